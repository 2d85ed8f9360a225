import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHmac,
  generateKeyPairSync,
  type KeyPairKeyObjectResult,
  privateDecrypt,
  timingSafeEqual,
} from 'node:crypto';
import { AwsError, type Caller } from '../cloud/service.ts';
import type { Authorizer } from '../iam/authorizer.ts';
import { ConditionContext } from '../iam/conditions.ts';
import { evaluatePolicies, principalFits } from '../iam/evaluate.ts';
import { type PolicyDocument, statementsOf } from '../iam/policy.ts';
import type { World } from '../world/world.ts';

/** A symmetric key, or a pair of RSA. */
export interface Key {
  readonly id: string;
  readonly arn: string;
  description: string;
  readonly createdAt: Date;
  policy: PolicyDocument;
  /** `AWS` for `alias/aws/s3` and the like: everybody in the account may use it through that service. */
  readonly manager: 'AWS' | 'CUSTOMER';
  readonly material: Uint8Array;
  /** `SYMMETRIC_DEFAULT`, `RSA_3072`, `HMAC_256`. */
  readonly spec: string;
  enabled: boolean;
  /** When it goes for good; until then it is disabled. */
  deletionAt?: number;
}

/** What the keys are made of. */
export interface KeysSettings {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly authorizer: Authorizer;
}

/** How a key is used: which action, on what behalf. */
export interface KeyUse {
  /** `kms:Decrypt`. */
  readonly action: string;
  readonly encryptionContext?: Readonly<Record<string, string>>;
  /** The service that calls KMS for the caller: `s3`, `ssm`, `secretsmanager`. */
  readonly via?: string;
}

/** The keys of the account, and who may use them. */
export class Keys {
  readonly #settings: KeysSettings;
  readonly #keys = new Map<string, Key>();
  readonly #aliases = new Map<string, string>();

  constructor(settings: KeysSettings) {
    this.#settings = settings;
  }

  createKey(
    options: { readonly description?: string; readonly policy?: PolicyDocument; readonly spec?: string } = {},
  ): Key {
    return this.#create(
      'CUSTOMER',
      options.description ?? '',
      options.policy ?? delegatingPolicy(this.#settings.account),
      options.spec,
    );
  }

  /** Names a key. `alias/…`; @throws AwsError NotFoundException. */
  createAlias(alias: string, keyId: string): void {
    this.#aliases.set(alias, this.get(keyId).id);
  }

  deleteAlias(alias: string): void {
    this.#aliases.delete(alias);
  }

  /** Names and the ids they stand for. */
  aliases(): readonly (readonly [string, string])[] {
    return [...this.#aliases];
  }

  /**
   * The key of an id, ARN, alias or alias ARN. AWS's own keys (`alias/aws/ssm`) come into being when first used.
   * @throws AwsError NotFoundException.
   */
  get(keyId: string): Key {
    const name = keyId.startsWith('arn:')
      ? keyId
          .split(':')
          .slice(5)
          .join(':')
          .replace(/^key\//, '')
      : keyId;
    const key = this.#keys.get(this.#aliases.get(name) ?? name) ?? this.#awsManaged(name);
    if (key) return key;
    const { region, account } = this.#settings;
    const kind = name.startsWith('alias/') ? 'Alias' : 'Key';
    const path = kind === 'Alias' ? name : `key/${name}`;
    throw new AwsError('NotFoundException', `${kind} 'arn:aws:kms:${region}:${account}:${path}' does not exist`);
  }

  list(): readonly Key[] {
    return [...this.#keys.values()];
  }

  /**
   * Checks that the caller may use the key: the key's policy must let it, directly or by handing over to IAM policies.
   * Other services call this on their callers' behalf and answer with their own code.
   * https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
   * @throws AwsError NotFoundException, DisabledException, AccessDeniedException.
   */
  authorizeUse(caller: Caller, keyId: string, use: KeyUse): Key {
    const key = this.get(keyId);
    if (!key.enabled && !ADMINISTRATION.has(use.action))
      throw new AwsError('DisabledException', `${key.arn} is disabled.`);
    if (key.manager === 'AWS' && use.via !== undefined) return key;
    const context = this.#contextOf(caller, use);
    const answer = evaluatePolicies([{ name: 'key', document: onlyFor(key.policy, caller) }], {
      action: use.action,
      resource: key.arn,
      context: new ConditionContext(context),
    });
    if (answer.decision === 'deny')
      throw denied(caller, key, use.action, 'with an explicit deny in a resource-based policy');
    if (namesCaller(answer.by, caller)) return key;
    const reason = this.#settings.authorizer.refusal(caller, { action: use.action, resource: key.arn, context });
    if (reason !== undefined) throw new AwsError('AccessDeniedException', reason, { status: 400 });
    if (answer.decision === 'none') {
      throw denied(caller, key, use.action, `because no resource-based policy allows the ${use.action} action`);
    }
    return key;
  }

  /** The public half of a pair, DER. @throws AwsError UnsupportedOperationException for a symmetric key. */
  publicKey(key: Key): Uint8Array {
    if (bitsOf(key) === undefined) throw new AwsError('UnsupportedOperationException', '');
    return pairOf(key).publicKey.export({ type: 'spki', format: 'der' });
  }

  /** What was encrypted for a pair with OAEP and SHA-256. @throws AwsError InvalidCiphertextException. */
  decryptWithPair(key: Key, ciphertext: Uint8Array): Uint8Array {
    try {
      const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
      return privateDecrypt({ key: pairOf(key).privateKey, ...padding }, ciphertext);
    } catch {
      throw new AwsError('InvalidCiphertextException', '');
    }
  }

  /** HMAC-SHA-256 of a text of at most 4,096 bytes. @throws AwsError InvalidKeyUsageException for a key that is none of `HMAC_256`. */
  mac(key: Key, message: Uint8Array): Uint8Array {
    if (key.spec !== 'HMAC_256')
      throw new AwsError(
        'InvalidKeyUsageException',
        `${key.arn} key usage is ENCRYPT_DECRYPT which is not valid here.`,
      );
    if (message.length > 4096) {
      const limit = "Member must have length less than or equal to 4096 at 'message'";
      throw new AwsError('ValidationException', limit);
    }
    return createHmac('sha256', key.material).update(message).digest();
  }

  /** @throws AwsError InvalidKeyUsageException, KMSInvalidMacException. */
  verifyMac(key: Key, message: Uint8Array, mac: Uint8Array): void {
    const right = this.mac(key, message);
    if (mac.length !== right.length || !timingSafeEqual(mac, right)) throw new AwsError('KMSInvalidMacException', '');
  }

  /** Encrypts under a key; the encryption context is authenticated with it. */
  encrypt(key: Key, plaintext: Uint8Array, context: Readonly<Record<string, string>> = {}): Uint8Array {
    const iv = this.#settings.world.random.for('kms:iv').bytes(12);
    const cipher = createCipheriv('aes-256-gcm', key.material, iv).setAAD(authenticated(context));
    const data = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([Buffer.from(key.id.padEnd(36)), iv, cipher.getAuthTag(), data]);
  }

  /** The key that a ciphertext was made with. @throws AwsError InvalidCiphertextException. */
  keyOf(ciphertext: Uint8Array): Key {
    const key = this.#keys.get(Buffer.from(ciphertext.subarray(0, 36)).toString().trim());
    if (!key) throw new AwsError('InvalidCiphertextException', '');
    return key;
  }

  /** @throws AwsError InvalidCiphertextException when data or encryption context do not fit. */
  decrypt(ciphertext: Uint8Array, context: Readonly<Record<string, string>> = {}): Uint8Array {
    const key = this.keyOf(ciphertext);
    try {
      const decipher = createDecipheriv('aes-256-gcm', key.material, ciphertext.subarray(36, 48)).setAAD(
        authenticated(context),
      );
      decipher.setAuthTag(ciphertext.subarray(48, 64));
      return Buffer.concat([decipher.update(ciphertext.subarray(64)), decipher.final()]);
    } catch {
      throw new AwsError('InvalidCiphertextException', '');
    }
  }

  #contextOf(caller: Caller, { encryptionContext, via }: KeyUse): Record<string, string | readonly string[]> {
    const entries = Object.entries(encryptionContext ?? {});
    return {
      'aws:PrincipalArn': caller.arn,
      'aws:PrincipalAccount': caller.account,
      'kms:CallerAccount': caller.account,
      ...(via === undefined ? {} : { 'kms:ViaService': `${via}.${this.#settings.region}.amazonaws.com` }),
      ...Object.fromEntries(entries.map(([key, value]) => [`kms:EncryptionContext:${key}`, value])),
      ...(entries.length === 0 ? {} : { 'kms:EncryptionContextKeys': entries.map(([key]) => key) }),
    };
  }

  #awsManaged(name: string): Key | undefined {
    if (!name.startsWith('alias/aws/')) return undefined;
    const key = this.#create('AWS', `Default key for ${name.slice(10)}`, delegatingPolicy(this.#settings.account));
    this.#aliases.set(name, key.id);
    return key;
  }

  #create(manager: Key['manager'], description: string, policy: PolicyDocument, spec = 'SYMMETRIC_DEFAULT'): Key {
    const { world, region, account } = this.#settings;
    const random = world.random.for('kms:keys');
    const id = random.uuid();
    const arn = `arn:aws:kms:${region}:${account}:key/${id}`;
    const key: Key = {
      id,
      arn,
      description,
      createdAt: world.date(),
      policy,
      manager,
      material: random.bytes(32),
      spec,
      enabled: true,
    };
    this.#keys.set(id, key);
    return key;
  }
}

// What a disabled key, or one that is pending deletion, still takes.
const ADMINISTRATION = new Set(['kms:ScheduleKeyDeletion', 'kms:DescribeKey', 'kms:PutKeyPolicy', 'kms:GetKeyPolicy']);

const pairs = new Map<number, KeyPairKeyObjectResult>();

// One pair of each size for all worlds of this process: it is made when somebody asks, which takes a second, and nobody can tell it from another.
function pairOf(key: Key): KeyPairKeyObjectResult {
  const bits = bitsOf(key) ?? 0;
  const pair = pairs.get(bits) ?? generateKeyPairSync('rsa', { modulusLength: bits });
  pairs.set(bits, pair);
  return pair;
}

function bitsOf({ spec }: Key): number | undefined {
  const bits = /^RSA_(\d+)$/.exec(spec)?.[1];
  return bits === undefined ? undefined : Number(bits);
}

// The default key policy: the account, so IAM policies decide.
function delegatingPolicy(account: string): PolicyDocument {
  return {
    Statement: { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' },
  };
}

// In a key policy `*` as resource is the key itself.
function onlyFor(policy: PolicyDocument, caller: Caller): PolicyDocument {
  return { Statement: statementsOf(policy).filter((statement) => principalFits(statement.Principal, caller)) };
}

function namesCaller(by: readonly { readonly statement: { readonly Principal?: unknown } }[], caller: Caller): boolean {
  return by.some(({ statement }) => JSON.stringify(statement.Principal ?? '').includes(`/${caller.roleName}"`));
}

function authenticated(context: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function denied(caller: Caller, key: Key, action: string, why: string): AwsError {
  const message = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${key.arn} ${why}`;
  return new AwsError('AccessDeniedException', message, { status: 400 });
}
