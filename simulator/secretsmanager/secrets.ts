import { AwsError } from '../cloud/service.ts';
import type { World } from '../world/world.ts';

/** One value that a secret had. Text or bytes; never logged. */
export interface SecretVersion {
  readonly id: string;
  readonly text: string | undefined;
  readonly bytes: Uint8Array | undefined;
  readonly createdAt: Date;
  readonly stages: Set<string>;
}

/** A secret and its versions. */
export interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: Date;
  changedAt: Date;
  description: string | undefined;
  kmsKeyId: string | undefined;
  /** Set while it waits for its deletion. */
  deletedAt: Date | undefined;
  readonly tags: Map<string, string>;
  readonly versions: Map<string, SecretVersion>;
}

/** What a new version holds. */
export interface SecretValue {
  readonly text?: string | undefined;
  readonly bytes?: Uint8Array | undefined;
}

/** The secrets of the account. */
export class Secrets {
  readonly #world: World;
  readonly #region: string;
  readonly #account: string;
  readonly #secrets = new Map<string, Secret>();

  constructor(world: World, region: string, account: string) {
    this.#world = world;
    this.#region = region;
    this.#account = account;
  }

  /** @throws AwsError ResourceExistsException, InvalidRequestException while a secret of that name waits for deletion. */
  create(
    name: string,
    options: {
      readonly description?: string | undefined;
      readonly kmsKeyId?: string | undefined;
      readonly tags?: Readonly<Record<string, string>>;
    } = {},
  ): Secret {
    const existing = this.#secrets.get(name);
    if (existing?.deletedAt) {
      throw new AwsError(
        'InvalidRequestException',
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
      );
    }
    if (existing)
      throw new AwsError('ResourceExistsException', `The operation failed because the secret ${name} already exists.`);
    const suffix = this.#world.random.for('secretsmanager:suffix').hex(6);
    const now = this.#world.date();
    const secret: Secret = {
      name,
      arn: `arn:aws:secretsmanager:${this.#region}:${this.#account}:secret:${name}-${suffix}`,
      createdAt: now,
      changedAt: now,
      description: options.description,
      kmsKeyId: options.kmsKeyId,
      deletedAt: undefined,
      tags: new Map(Object.entries(options.tags ?? {})),
      versions: new Map(),
    };
    this.#secrets.set(name, secret);
    return secret;
  }

  /** By name, ARN, or ARN without the random suffix. */
  find(secretId: string): Secret | undefined {
    const named = this.#secrets.get(secretId);
    if (named || !secretId.startsWith('arn:')) return named;
    return [...this.#secrets.values()].find(({ arn }) => arn === secretId || arn.slice(0, -7) === secretId);
  }

  /** @throws AwsError ResourceNotFoundException. */
  get(secretId: string): Secret {
    const secret = this.find(secretId);
    if (!secret) throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    return secret;
  }

  /** As {@link Secrets.get}. @throws AwsError InvalidRequestException also while it waits for deletion. */
  getLive(secretId: string): Secret {
    const secret = this.get(secretId);
    if (secret.deletedAt) {
      const message = "You can't perform this operation on the secret because it was marked for deletion.";
      throw new AwsError('InvalidRequestException', message);
    }
    return secret;
  }

  /**
   * Adds a version and moves the stages to it; what was AWSCURRENT becomes AWSPREVIOUS. The same token with the same value
   * again does nothing.
   * @throws AwsError ResourceExistsException for the same token with another value.
   */
  putValue(
    secret: Secret,
    value: SecretValue,
    versionId = this.#versionId(),
    stages: readonly string[] = ['AWSCURRENT'],
  ): SecretVersion {
    const existing = secret.versions.get(versionId);
    if (existing) {
      if (sameValue(existing, value)) return existing;
      const message = `You can't use ClientRequestToken ${versionId} because that value is already in use for a version of secret ${secret.arn}.`;
      throw new AwsError('ResourceExistsException', message);
    }
    const current = this.version(secret, { stage: 'AWSCURRENT' });
    if (current && stages.includes('AWSCURRENT')) moveStage(secret, 'AWSPREVIOUS', current);
    const version: SecretVersion = {
      id: versionId,
      text: value.text,
      bytes: value.bytes,
      createdAt: this.#world.date(),
      stages: new Set(),
    };
    secret.versions.set(versionId, version);
    for (const stage of current ? stages : ['AWSCURRENT', ...stages]) moveStage(secret, stage, version);
    secret.changedAt = this.#world.date();
    return version;
  }

  version(
    secret: Secret,
    which: { readonly id?: string | undefined; readonly stage?: string | undefined },
  ): SecretVersion | undefined {
    const stage = which.stage ?? (which.id === undefined ? 'AWSCURRENT' : undefined);
    const versions = [...secret.versions.values()];
    return versions.find(({ id, stages }) => (which.id ?? id) === id && (stage === undefined || stages.has(stage)));
  }

  /** Marks it for deletion after so many days, or removes it at once for 0. Returns when it is gone. */
  delete(secret: Secret, recoveryDays: number): Date {
    const gone = new Date(this.#world.now() + recoveryDays * 86_400_000);
    secret.deletedAt = this.#world.date();
    const remove = () => {
      if (secret.deletedAt && this.#secrets.get(secret.name) === secret) this.#secrets.delete(secret.name);
    };
    if (recoveryDays === 0) remove();
    else this.#world.afterInBackground(recoveryDays * 86_400_000, `delete secret ${secret.name}`, remove);
    return gone;
  }

  list(): readonly Secret[] {
    return [...this.#secrets.values()];
  }

  #versionId(): string {
    return this.#world.random.for('secretsmanager:version').uuid();
  }
}

function moveStage(secret: Secret, stage: string, to: SecretVersion): void {
  for (const version of secret.versions.values()) version.stages.delete(stage);
  to.stages.add(stage);
}

function sameValue(version: SecretVersion, value: SecretValue): boolean {
  const bytes = (data: Uint8Array | undefined) => (data ? Buffer.from(data).toString('base64') : undefined);
  return version.text === value.text && bytes(version.bytes) === bytes(value.bytes);
}
