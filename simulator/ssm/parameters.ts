import type { PutParameterCommandInput } from '@aws-sdk/client-ssm';
import { type Access, AwsError, type Caller } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import { largestValue, type Parameter, type ParameterVersion } from './parameter.ts';

/** What Parameter Store needs of KMS; `Keys` of kms/ is it. */
export interface ParameterKeys {
  /** @throws AwsError when the caller may not, or there is no such key. */
  authorizeUse(
    caller: Caller,
    keyId: string,
    use: {
      readonly action: string;
      readonly encryptionContext?: Readonly<Record<string, string>>;
      readonly via?: string;
    },
  ): { readonly arn: string };
}

export interface Place {
  readonly region: string;
  readonly account: string;
}

/** Parameter Store keeps this many versions and drops older ones. */
const VERSIONS_KEPT = 100;
const LEVELS = 15;

/** The parameters of the account and region. */
export class Parameters {
  readonly world: World;
  readonly place: Place;
  readonly #keys: ParameterKeys;
  readonly #byName = new Map<string, Parameter>();

  constructor(world: World, place: Place, keys: ParameterKeys) {
    this.world = world;
    this.place = place;
    this.#keys = keys;
  }

  /** Sets a public parameter (`/aws/service/…`), as AWS does; whoever fills the world calls this. */
  setPublic(name: string, value: string): void {
    this.#put({ Name: name, Value: value, Type: 'String', Overwrite: true }, 'AWS', undefined);
  }

  /** The current value without any check: for other services that resolve parameters. */
  valueOf(name: string): string | undefined {
    return this.find(name)?.versions.at(-1)?.value;
  }

  list(): readonly Parameter[] {
    return [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(nameOrArn: string): Parameter | undefined {
    const name = nameOf(nameOrArn);
    // `a` and `/a` have the same ARN.
    return this.#byName.get(name) ?? (nameOrArn.startsWith('arn:') ? this.#byName.get(`/${name}`) : undefined);
  }

  arnOf(nameOrArn: string): string {
    if (nameOrArn.startsWith('arn:')) return nameOrArn;
    // A name without a leading slash gets one in the ARN.
    const { region, account } = this.place;
    // What AWS publishes is of no account.
    const owner = nameOrArn.startsWith('/aws/') ? '' : account;
    return `arn:aws:ssm:${region}:${owner}:parameter/${nameOrArn.replace(/^\//, '')}`;
  }

  /** Access to one parameter, with the conditions that its tags give (S41). */
  access(action: string, nameOrArn: string | undefined): Access {
    const name = nameOf(nameOrArn ?? '');
    const context: Record<string, string> = {};
    for (const [key, value] of this.find(name)?.tags ?? []) {
      context[`ssm:resourceTag/${key}`] = value;
      context[`aws:ResourceTag/${key}`] = value;
    }
    return { action: `ssm:${action}`, resource: this.arnOf(name), context };
  }

  /** @throws AwsError as PutParameter does. */
  put(input: PutParameterCommandInput, caller: Caller): ParameterVersion {
    requireName(input.Name ?? '');
    if (input.Overwrite && (input.Tags?.length ?? 0) > 0) {
      throw invalid(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
      );
    }
    const type = input.Type ?? this.find(input.Name ?? '')?.versions.at(-1)?.type;
    if (type !== 'SecureString') return this.#put(input, caller.arn, undefined);
    const keyId = input.KeyId ?? this.find(input.Name ?? '')?.versions.at(-1)?.keyId ?? 'alias/aws/ssm';
    this.#useKey(caller, keyId, 'kms:Encrypt', this.arnOf(input.Name ?? ''));
    return this.#put(input, caller.arn, keyId);
  }

  /**
   * A parameter by name, ARN, `name:version`.
   * @throws AwsError `ParameterNotFound`, `ParameterVersionNotFound`, and KMS's refusals when it has to decrypt.
   */
  get(
    selector: string,
    decrypt: boolean,
    caller: Caller,
  ): { parameter: Parameter; version: ParameterVersion; value: string } {
    const parameter = this.find(selector);
    if (!parameter) throw new AwsError('ParameterNotFound', '');
    const wanted = versionOf(selector);
    const version =
      wanted === undefined
        ? parameter.versions.at(-1)
        : parameter.versions.find((each) => String(each.version) === wanted);
    if (!version) {
      throw new AwsError(
        'ParameterVersionNotFound',
        `Systems Manager could not find version ${wanted} of ${parameter.name}. Verify the version and try again.`,
      );
    }
    return { parameter, version, value: this.reveal(parameter, version, decrypt, caller) };
  }

  /** The value as the caller gets it: a SecureString is ciphertext unless it asks for, and may do, decryption. */
  reveal(parameter: Parameter, version: ParameterVersion, decrypt: boolean, caller: Caller): string {
    if (version.type !== 'SecureString') return version.value;
    if (!decrypt) return Buffer.from(`encrypted ${parameter.name} version ${version.version}`).toString('base64');
    this.#useKey(caller, version.keyId ?? 'alias/aws/ssm', 'kms:Decrypt', parameter.arn);
    return version.value;
  }

  /** Whether there was one. */
  delete(name: string): boolean {
    const deleted = this.#byName.delete(nameOf(name));
    if (deleted) this.world.history.record('ssm', 'ParameterDeleted', { name });
    return deleted;
  }

  #useKey(caller: Caller, keyId: string, action: string, parameterArn: string): void {
    try {
      this.#keys.authorizeUse(caller, keyId, {
        action,
        via: 'ssm',
        encryptionContext: { PARAMETER_ARN: parameterArn },
      });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error.code === 'NotFoundException') throw new AwsError('InvalidKeyId', `Invalid keyId ${keyId}`);
      if (error.code === 'DisabledException') throw new AwsError('InvalidKeyId', error.message);
      throw new AwsError('AccessDeniedException', error.message);
    }
  }

  #put(input: PutParameterCommandInput, by: string, keyId: string | undefined): ParameterVersion {
    const name = nameOf(input.Name ?? '');
    const existing = this.find(name);
    if (existing && !input.Overwrite) {
      throw new AwsError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    const version = this.#version(input, existing?.versions.at(-1), by, keyId);
    const parameter: Parameter = existing ?? { name, arn: this.arnOf(name), tags: new Map(), versions: [] };
    for (const { Key, Value } of input.Tags ?? []) parameter.tags.set(Key ?? '', Value ?? '');
    parameter.versions.push(version);
    parameter.versions.splice(0, parameter.versions.length - VERSIONS_KEPT);
    this.#byName.set(name, parameter);
    this.world.history.record('ssm', 'ParameterPut', { name, version: version.version, type: version.type });
    return version;
  }

  #version(
    input: PutParameterCommandInput,
    last: ParameterVersion | undefined,
    by: string,
    keyId: string | undefined,
  ): ParameterVersion {
    const value = input.Value ?? '';
    const type = input.Type ?? last?.type;
    if (type === undefined) throw invalid('A parameter type is required when you create a parameter.');
    if (last && (last.type === 'SecureString') !== (type === 'SecureString')) {
      throw new AwsError(
        'HierarchyTypeMismatchException',
        `Parameter ${input.Name} has type ${last.type}; its type can't be changed.`,
      );
    }
    const allowedPattern = input.AllowedPattern ?? last?.allowedPattern;
    if (allowedPattern !== undefined && !new RegExp(allowedPattern).test(value)) {
      throw new AwsError(
        'ParameterPatternMismatchException',
        `Parameter value, cannot be validated against allowedPattern: ${allowedPattern}`,
      );
    }
    return {
      version: (last?.version ?? 0) + 1,
      type,
      value,
      description: input.Description ?? last?.description,
      keyId,
      tier: tierFor(input, value, last),
      allowedPattern,
      dataType: input.DataType ?? last?.dataType ?? 'text',
      policies: input.Policies,
      modifiedAt: this.world.now(),
      modifiedBy: by,
    };
  }
}

/** The name in a selector: without `:version`, and out of an ARN. */
export function nameOf(nameOrArn: string): string {
  const text = nameOrArn.startsWith('arn:')
    ? nameOrArn
        .split(':')
        .slice(5)
        .join(':')
        .replace(/^parameter/, '')
    : nameOrArn;
  const name = text.split(':')[0] ?? '';
  // The ARN of an unqualified name has a slash that the name has not.
  return nameOrArn.startsWith('arn:') && name.lastIndexOf('/') === 0 ? name.slice(1) : name;
}

function versionOf(selector: string): string | undefined {
  return (selector.startsWith('arn:') ? selector.split(':').slice(6) : selector.split(':').slice(1))[0];
}

function requireName(name: string): void {
  if (!/^[\w./-]+$/.test(name)) {
    throw invalid(
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  }
  if (/^\/?(aws|ssm)/i.test(name)) {
    if (/^\/?aws/i.test(name))
      throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
    throw invalid('Parameter name: can\'t be prefixed with "ssm" (case-insensitive).');
  }
  if (name.includes('/') && !name.startsWith('/')) {
    throw invalid('Parameter name must be a fully qualified name.');
  }
  if (name.split('/').length - 1 > LEVELS) {
    throw new AwsError(
      'HierarchyLevelLimitExceededException',
      `A parameter hierarchy can have a maximum of ${LEVELS} levels.`,
    );
  }
}

function tierFor(
  input: PutParameterCommandInput,
  value: string,
  last: ParameterVersion | undefined,
): 'Standard' | 'Advanced' {
  const size = Buffer.byteLength(value);
  if (size === 0)
    throw invalid(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  if (size > largestValue.Advanced) {
    throw invalid('Advanced tier parameters support a maximum parameter value of 8192 characters.');
  }
  if (input.Tier === 'Advanced' || last?.tier === 'Advanced') return 'Advanced';
  if (size <= largestValue.Standard) return 'Standard';
  if (input.Tier === 'Intelligent-Tiering') return 'Advanced';
  throw invalid(
    'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html',
  );
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
