import type * as ssm from '@aws-sdk/client-ssm';
import { pageOf } from '../cloud/pages.ts';
import { AwsError, type CallContext, type Operations } from '../cloud/service.ts';
import { requestTagContext } from '../cloud/tag-context.ts';
import type { Parameter, ParameterVersion } from './parameter.ts';
import { nameOf, type Parameters } from './parameters.ts';

/** Parameters on a page of GetParametersByPath, and names in one request, at most. */
const AT_MOST = 10;

/** The operations of Parameter Store. */
export function parameterOperations(parameters: Parameters) {
  const one = (action: string) => (input: { readonly Name?: string | undefined }) => [
    parameters.access(action, input.Name),
  ];
  const many = (action: string) => (input: { readonly Names?: readonly string[] | undefined }) =>
    (input.Names ?? []).map((name) => parameters.access(action, name));
  const wire = (selector: string, decrypt: boolean | undefined, call: CallContext): ssm.Parameter => {
    const { parameter, version, value } = parameters.get(selector, decrypt === true, call.caller);
    return toWire(parameter, version, value);
  };
  return {
    PutParameter: {
      access: (input) => {
        const access = parameters.access('PutParameter', input.Name);
        const tags = requestTagContext(input.Tags);
        const put = {
          ...access,
          context: { ...access.context, ...tags, 'ssm:Overwrite': String(input.Overwrite === true) },
        };
        const tagging = { ...access, action: 'ssm:AddTagsToResource', context: { ...access.context, ...tags } };
        return (input.Tags?.length ?? 0) > 0 ? [put, tagging] : [put];
      },
      run: (input, call) => {
        const { version, tier } = parameters.put(input, call.caller);
        return { Version: version, Tier: tier };
      },
    },
    GetParameter: {
      access: one('GetParameter'),
      run: (input, call) => ({ Parameter: wire(input.Name ?? '', input.WithDecryption, call) }),
    },
    GetParameters: {
      access: many('GetParameters'),
      run: (input, call) => {
        const names = requireFew(input.Names);
        const found = names.filter((name) => parameters.find(name));
        return {
          Parameters: found.map((name) => wire(name, input.WithDecryption, call)),
          InvalidParameters: names.filter((name) => !parameters.find(name)),
        };
      },
    },
    GetParametersByPath: {
      access: (input) => [parameters.access('GetParametersByPath', input.Path)],
      run: (input, call) => byPath(parameters, input, call),
    },
    GetParameterHistory: {
      access: one('GetParameterHistory'),
      run: (input, call) => {
        const parameter = required(parameters, input.Name);
        const page = pageOf(parameter.versions, input.MaxResults ?? 50, input.NextToken);
        const reveal = (version: ParameterVersion) =>
          parameters.reveal(parameter, version, input.WithDecryption === true, call.caller);
        return {
          Parameters: page.items.map((version) => ({
            ...metadata(parameter, version),
            Value: reveal(version),
            Labels: [],
          })),
          NextToken: page.next,
        };
      },
    },
    DescribeParameters: {
      run: (input) => {
        const fitting = parameters
          .list()
          .filter((parameter) => (input.ParameterFilters ?? []).every((filter) => fits(parameter, filter)));
        const page = pageOf(fitting, input.MaxResults ?? 50, input.NextToken);
        const described = page.items.flatMap((parameter) => {
          const version = parameter.versions.at(-1);
          return version ? [metadata(parameter, version)] : [];
        });
        return { Parameters: described, NextToken: page.next };
      },
    },
    DeleteParameter: {
      access: one('DeleteParameter'),
      run: (input) => {
        if (!parameters.delete(input.Name ?? '')) throw new AwsError('ParameterNotFound', '');
        return {};
      },
    },
    DeleteParameters: {
      access: many('DeleteParameters'),
      run: (input) => {
        const names = requireFew(input.Names);
        const DeletedParameters = names.filter((name) => parameters.delete(name));
        return { DeletedParameters, InvalidParameters: names.filter((name) => !DeletedParameters.includes(name)) };
      },
    },
  } satisfies Operations<typeof ssm>;
}

function requireFew(names: readonly string[] = []): readonly string[] {
  if (names.length <= AT_MOST) return names;
  throw new AwsError(
    'ValidationException',
    `1 validation error detected: Value '[${names.join(', ')}]' at 'names' failed to satisfy constraint: Member must have length less than or equal to ${AT_MOST}`,
  );
}

function required(parameters: Parameters, name: string | undefined): Parameter {
  const parameter = parameters.find(name ?? '');
  if (!parameter) throw new AwsError('ParameterNotFound', '');
  return parameter;
}

function byPath(parameters: Parameters, input: ssm.GetParametersByPathCommandInput, call: CallContext) {
  const path = input.Path ?? '';
  if (!path.startsWith('/')) {
    throw new AwsError(
      'ValidationException',
      'The parameter path must be a fully qualified name. It must begin with a forward slash.',
    );
  }
  const prefix = path.endsWith('/') ? path : `${path}/`;
  const fitting = parameters
    .list()
    .filter(({ name }) => name.startsWith(prefix) && (input.Recursive || !name.slice(prefix.length).includes('/')))
    .filter((parameter) => (input.ParameterFilters ?? []).every((filter) => fits(parameter, filter)));
  const size = input.MaxResults ?? AT_MOST;
  if (size > AT_MOST) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value '${size}' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to ${AT_MOST}`,
    );
  }
  const page = pageOf(fitting, size, input.NextToken);
  return {
    Parameters: page.items.map(({ name }) => {
      const { parameter, version, value } = parameters.get(name, input.WithDecryption === true, call.caller);
      return toWire(parameter, version, value);
    }),
    NextToken: page.next,
  };
}

function toWire(parameter: Parameter, version: ParameterVersion, value: string): ssm.Parameter {
  return {
    Name: parameter.name,
    Type: version.type,
    Value: value,
    Version: version.version,
    LastModifiedDate: new Date(version.modifiedAt),
    ARN: parameter.arn,
    DataType: version.dataType,
  };
}

function metadata(parameter: Parameter, version: ParameterVersion) {
  return {
    Name: parameter.name,
    ARN: parameter.arn,
    Type: version.type,
    LastModifiedDate: new Date(version.modifiedAt),
    LastModifiedUser: version.modifiedBy,
    Version: version.version,
    Tier: version.tier,
    Policies: [],
    DataType: version.dataType,
    ...(version.keyId === undefined ? {} : { KeyId: version.keyId }),
    ...(version.description === undefined ? {} : { Description: version.description }),
    ...(version.allowedPattern === undefined ? {} : { AllowedPattern: version.allowedPattern }),
  };
}

function fits(parameter: Parameter, { Key = '', Option = 'Equals', Values = [] }: ssm.ParameterStringFilter): boolean {
  const version = parameter.versions.at(-1);
  const test = (actual: string | undefined) =>
    actual !== undefined && Values.some((value) => compare(Option, actual, value));
  if (Key.startsWith('tag:')) {
    const actual = parameter.tags.get(Key.slice('tag:'.length));
    return actual !== undefined && (Values.length === 0 || test(actual));
  }
  switch (Key) {
    case 'Name':
      return test(parameter.name);
    case 'Type':
      return test(version?.type);
    case 'KeyId':
      return test(version?.keyId);
    case 'Tier':
      return test(version?.tier);
    case 'DataType':
      return test(version?.dataType);
    case 'Path': {
      const recursive = Option === 'Recursive';
      return Values.some((path) => isBelow(nameOf(parameter.name), path.replace(/\/$/, ''), recursive));
    }
    default:
      throw new AwsError('InvalidFilterKey', `Filter key ${Key} is not valid.`);
  }
}

function isBelow(name: string, path: string, recursive: boolean): boolean {
  return name.startsWith(`${path}/`) && (recursive || !name.slice(path.length + 1).includes('/'));
}

function compare(option: string, actual: string, wanted: string): boolean {
  switch (option) {
    case 'Equals':
      return actual === wanted;
    case 'BeginsWith':
      return actual.startsWith(wanted);
    case 'Contains':
      return actual.includes(wanted);
    default:
      throw new AwsError('InvalidFilterOption', `The filter option ${option} is not valid.`);
  }
}
