import { AwsError } from '../cloud/service.ts';
import { policyAllowsService, type ServiceSender } from '../sqs/queue-policy.ts';
import type { FunctionSettings } from './function-settings.ts';
import { type RuntimeOptions, VersionRuntime } from './version-runtime.ts';

/** What Lambda does with events whose asynchronous invocation goes on failing. */
export interface EventInvokeConfig {
  /** 0 to 2. */
  readonly maximumRetryAttempts: number;
  /** 60 to 21,600. */
  readonly maximumEventAgeSeconds: number;
  readonly onFailureArn?: string;
  readonly onSuccessArn?: string;
  readonly lastModified: Date;
}

/** A name that points to a version. */
export interface FunctionAlias {
  readonly name: string;
  readonly version: string;
  readonly description: string;
}

/** A function with all its versions and aliases. */
export class DeployedFunction {
  readonly aliases = new Map<string, FunctionAlias>();
  readonly tags = new Map<string, string>();
  /** Resource-based policy statements by statement id. */
  readonly policy = new Map<string, Readonly<Record<string, unknown>>>();
  /** By qualifier; `$LATEST` for the unqualified function. */
  readonly eventInvokeConfigs = new Map<string, EventInvokeConfig>();
  reservedConcurrency: number | undefined;
  readonly #options: RuntimeOptions;
  readonly #published: VersionRuntime[] = [];
  #latest: VersionRuntime;
  #nextVersion = 1;

  constructor(settings: FunctionSettings, options: RuntimeOptions) {
    this.#options = options;
    this.#latest = new VersionRuntime(settings, '$LATEST', options);
  }

  get latest(): VersionRuntime {
    return this.#latest;
  }

  get name(): string {
    return this.#latest.settings.name;
  }

  get arn(): string {
    return this.#latest.settings.arn;
  }

  /** `$LATEST` and the published ones, oldest first. */
  get versions(): readonly VersionRuntime[] {
    return [this.#latest, ...this.#published];
  }

  /** Invocations under way, of all versions. */
  get concurrency(): number {
    return this.versions.reduce((sum, version) => sum + version.running.size, 0);
  }

  /** New code or settings for `$LATEST`; published versions keep theirs. Environments of the old code are thrown away. */
  update(settings: FunctionSettings): void {
    this.#latest.retire();
    this.#latest = new VersionRuntime(settings, '$LATEST', this.#options);
  }

  /** Publishes `$LATEST`; gives the last version again when nothing has changed since, as Lambda does. */
  publish(): VersionRuntime {
    const last = this.#published.at(-1);
    if (last && sameBehaviour(last.settings, this.#latest.settings)) return last;
    const version = new VersionRuntime(this.#latest.settings, String(this.#nextVersion++), this.#options);
    this.#published.push(version);
    return version;
  }

  /** Deletes one published version. @throws AwsError `ResourceConflictException` when an alias points to it. */
  unpublish(version: string): void {
    const alias = [...this.aliases.values()].find((candidate) => candidate.version === version);
    if (alias) {
      const message = `Version ${version} is currently referenced by alias ${alias.name}`;
      throw new AwsError('ResourceConflictException', message, { status: 409 });
    }
    const at = this.#published.findIndex((runtime) => runtime.version === version);
    if (at >= 0) this.#published.splice(at, 1);
  }

  /** Whether the function's own policy lets a service, or anybody, invoke this function, version or alias. */
  allows(arn: string, sender: ServiceSender, action = 'lambda:InvokeFunction'): boolean {
    const policy = JSON.stringify({ Statement: [...this.policy.values()] });
    return policyAllowsService(policy, action, arn, sender);
  }

  /** @throws AwsError `ResourceNotFoundException`. */
  resolve(qualifier: string | undefined): VersionRuntime {
    const wanted = this.aliases.get(qualifier ?? '')?.version ?? qualifier ?? '$LATEST';
    const found = this.versions.find((runtime) => runtime.version === wanted);
    if (found) return found;
    throw notFound(`${this.arn}:${qualifier}`);
  }
}

/** As Lambda says that there is no such function, version or alias. */
export function notFound(arn: string): AwsError {
  return new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, {
    status: 404,
    fields: { Type: 'User' },
  });
}

function sameBehaviour(a: FunctionSettings, b: FunctionSettings): boolean {
  return comparable(a) === comparable(b);
}

function comparable({ lastModified: _, code, ...rest }: FunctionSettings): string {
  return JSON.stringify([code.sha256, rest]);
}
