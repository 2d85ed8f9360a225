import type { Caller } from '../cloud/service.ts';
import type { World } from '../world/world.ts';

/** What a client signs with. */
export interface IssuedCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Epoch milliseconds; sessions of functions and instances are renewed before, unseen, and have none. */
  readonly expiresAt?: number;
}

/** The keys that were issued, and whose they are. Same seed, same keys; they never get into the log. */
export class Credentials {
  readonly #world: World;
  readonly #account: string;
  readonly #issued: Map<string, { readonly caller: Caller; readonly credentials: IssuedCredentials }>;

  /** @param sameKeys another account's, of the same world: a key that either has issued is known to both. */
  constructor(world: World, account: string, sameKeys?: Credentials) {
    this.#world = world;
    this.#account = account;
    this.#issued = sameKeys ? sameKeys.#issued : new Map();
  }

  /** A person with administrator rights; also whoever signs with keys that nobody issued. */
  get operator(): Caller {
    return { arn: `arn:aws:iam::${this.#account}:user/operator`, account: this.#account, context: {} };
  }

  issue(caller: Caller, expiresAt?: number): IssuedCredentials {
    const random = this.#world.random.for('iam:credentials');
    const credentials = {
      accessKeyId: `ASIA${random.hex(16).toUpperCase()}`,
      secretAccessKey: random.hex(40),
      sessionToken: Buffer.from(random.bytes(48)).toString('base64'),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    this.#issued.set(credentials.accessKeyId, { caller, credentials });
    return credentials;
  }

  /** Whose key it is. Keys that nobody issued belong to the operator: a person may export anything. */
  lookup(accessKeyId: string | undefined): Caller {
    return this.#issued.get(accessKeyId ?? '')?.caller ?? this.operator;
  }

  /** Whether it is a session's key whose time is over. */
  hasExpired(accessKeyId: string | undefined): boolean {
    const expiresAt = this.#issued.get(accessKeyId ?? '')?.credentials.expiresAt;
    return expiresAt !== undefined && expiresAt <= this.#world.now();
  }

  /** The secret behind an issued key, to check a signature with. */
  secretOf(accessKeyId: string): IssuedCredentials | undefined {
    return this.#issued.get(accessKeyId)?.credentials;
  }
}

/** The caller of a role session, as Lambda, EC2 and AssumeRole make them. `tags` become `aws:PrincipalTag/…`. */
export function roleSession(
  account: string,
  roleName: string,
  session: string,
  context: Readonly<Record<string, string>> = {},
): Caller {
  return { arn: `arn:aws:sts::${account}:assumed-role/${roleName}/${session}`, account, roleName, context };
}
