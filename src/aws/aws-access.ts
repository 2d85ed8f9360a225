import { channel } from 'node:diagnostics_channel';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsCredentialIdentity } from '@smithy/types';
import { auditCalls } from './audited-calls.ts';

/** As which role, and where, AWS is called. */
export interface AwsSettings {
  readonly region: string;
  /** Role to assume. Default: the credentials of the process. */
  readonly roleArn?: string | undefined;
  readonly externalId?: string | undefined;
  /** Whether buckets are addressed by path, as servers other than AWS want it. Default: no. */
  readonly bucketsByPath?: boolean | undefined;
  /** Attempts of a call in all. Default: what fits into the time of a function. */
  readonly attempts?: number | undefined;
}

/** What every client is made with. */
export interface AwsClientSettings {
  readonly region: string;
  readonly credentials: () => Promise<AwsCredentialIdentity>;
  readonly retryMode: 'adaptive';
  readonly maxAttempts: number;
  readonly requestHandler: NodeHttpHandler;
  readonly forcePathStyle: boolean;
  readonly expectContinueHeader: false;
}

/** AWS in one region as one role: makes its clients, each once, when they are first asked for. */
export interface AwsAccess {
  readonly region: string;
  client<C>(Client: new (settings: AwsClientSettings) => C): C;
  credentials(): Promise<AwsCredentialIdentity>;
  /** The same region as another role, assumed from this one. */
  assuming(roleArn: string, externalId?: string): AwsAccess;
}

/** With 5 s each and adaptive backoff they end within the functions' 30 s. State machines try again, and keep hooks alive meanwhile. */
const ATTEMPTS = 3;
const CONNECT_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 5_000;
/** Credentials are replaced so long before they end, as the SDK itself does. */
const EXPIRY_MARGIN_MS = 5 * 60_000;

const calls = channel('tender.aws.call');

/** Opens AWS. Does no I/O. */
export function awsAccess(settings: AwsSettings): AwsAccess {
  const own = accessWith(settings, defaultProvider());
  return settings.roleArn === undefined ? own : own.assuming(settings.roleArn, settings.externalId);
}

function accessWith(settings: AwsSettings, credentials: () => Promise<AwsCredentialIdentity>): AwsAccess {
  const requestHandler = new CountingHandler({
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    throwOnRequestTimeout: true,
  });
  const clientSettings: AwsClientSettings = {
    region: settings.region,
    credentials,
    retryMode: 'adaptive',
    maxAttempts: settings.attempts ?? ATTEMPTS,
    requestHandler,
    forcePathStyle: settings.bucketsByPath ?? false,
    // S3 clients would ask before each large part, on a connection of its own.
    expectContinueHeader: false,
  };
  const clients = new Map<unknown, unknown>();
  const access: AwsAccess = {
    region: settings.region,
    credentials,
    client<C>(Client: new (settings: AwsClientSettings) => C): C {
      const known = clients.get(Client);
      if (known !== undefined) return known as C;
      const made = new Client(clientSettings);
      auditCalls(made);
      clients.set(Client, made);
      return made;
    },
    assuming: (roleArn, externalId) => accessWith(settings, assumedRole(access, roleArn, externalId)),
  };
  return access;
}

/** Says on the diagnostics channel `tender.aws.call` that a request goes out, retries included, and in the error which host has not answered: that of a timeout names none. */
class CountingHandler extends NodeHttpHandler {
  override async handle(...request: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    calls.publish(undefined);
    try {
      return await super.handle(...request);
    } catch (error) {
      const [{ hostname }] = request;
      if (error instanceof Error && !error.message.includes(hostname)) error.message += ` (${hostname})`;
      throw error;
    }
  }
}

// The client of STS is loaded when a role is assumed: most clusters live in the account of their deployment.
function assumedRole(from: AwsAccess, roleArn: string, externalId?: string): () => Promise<AwsCredentialIdentity> {
  let current: AwsCredentialIdentity | undefined;
  return async () => {
    if (current?.expiration && current.expiration.getTime() - Date.now() > EXPIRY_MARGIN_MS) return current;
    const { assumeRole } = await import('./assume-role.ts');
    current = await assumeRole(from, roleArn, externalId);
    return current;
  };
}
