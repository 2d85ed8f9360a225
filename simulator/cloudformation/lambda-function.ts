import { withoutUndefined } from './properties.ts';
import {
  differs,
  type ExistingResource,
  type NewResource,
  type ResourceHandler,
  updateTags,
} from './resource-handler.ts';
import { templateError } from './template-error.ts';

/** AWS::Lambda::Function. */
export const lambdaFunction: ResourceHandler = {
  create: async (resource) => {
    const { properties, call } = resource;
    const name = properties.text('FunctionName') ?? resource.generatedName.slice(0, 64);
    const output = await call('lambda', 'CreateFunction', {
      FunctionName: name,
      Code: { ZipFile: await codeOf(resource) },
      ...withoutUndefined({ Tags: properties.tagMap, ...properties.pick('Architectures', 'PackageType') }),
      ...settingsOf(resource),
    });
    const values = { ref: name, attributes: { Arn: output.FunctionArn } };
    resource.born(values);
    await reserve(resource, name);
    return values;
  },
  replacedBy: ['FunctionName', 'PackageType'],
  update: updateFunction,
  remove: ({ call, ref }) => call('lambda', 'DeleteFunction', { FunctionName: ref }),
};

// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html: what is not sent stays, so what the template has no more is sent as its default.
const DEFAULTS = {
  Timeout: 3,
  MemorySize: 128,
  Description: '',
  Environment: { Variables: {} },
  EphemeralStorage: { Size: 512 },
  VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
  DeadLetterConfig: { TargetArn: '' },
  Layers: [],
};

async function updateFunction(wanted: NewResource, before: ExistingResource): Promise<void> {
  const { properties, call } = wanted;
  const FunctionName = before.ref;
  if (differs(wanted, before, 'Code')) {
    await call('lambda', 'UpdateFunctionCode', { FunctionName, ZipFile: await codeOf(wanted) });
  }
  const [now, old] = [settingsOf(wanted), settingsOf(before)];
  if (JSON.stringify(now) !== JSON.stringify(old)) {
    const gone = Object.entries(DEFAULTS).filter(([name]) => name in old && !(name in now));
    await call('lambda', 'UpdateFunctionConfiguration', { FunctionName, ...now, ...Object.fromEntries(gone) });
  }
  if (differs(wanted, before, 'ReservedConcurrentExecutions')) {
    if (properties.get('ReservedConcurrentExecutions') === undefined)
      await call('lambda', 'DeleteFunctionConcurrency', { FunctionName });
    else await reserve(wanted, FunctionName);
  }
  const Resource = before.attributes.Arn;
  await updateTags(
    wanted,
    before,
    (_, Tags) => call('lambda', 'TagResource', { Resource, Tags }),
    (TagKeys) => call('lambda', 'UntagResource', { Resource, TagKeys }),
  );
}

async function reserve({ properties, call }: NewResource, FunctionName: string): Promise<void> {
  const ReservedConcurrentExecutions = properties.number('ReservedConcurrentExecutions');
  if (ReservedConcurrentExecutions === undefined) return;
  await call('lambda', 'PutFunctionConcurrency', { FunctionName, ReservedConcurrentExecutions });
}

function settingsOf(resource: Pick<NewResource, 'properties'>): Record<string, unknown> {
  const { properties } = resource;
  return withoutUndefined({
    Timeout: properties.number('Timeout'),
    MemorySize: properties.number('MemorySize'),
    Environment: environmentOf(resource),
    EphemeralStorage: sizeOf(resource),
    ...properties.pick('Handler', 'Role', 'Runtime', 'Description', 'VpcConfig', 'DeadLetterConfig'),
    ...properties.pick('Layers', 'LoggingConfig'),
  });
}

async function codeOf({ properties, targets, logicalId }: NewResource): Promise<Uint8Array> {
  const code = properties.nested('Code');
  const key = code.required('S3Key');
  const bytes = await targets.artifact(key, code.text('S3Bucket'));
  if (bytes) return bytes;
  throw templateError(`There is no artifact ${key} for the code of ${logicalId}`);
}

// Numbers and booleans become text, as CloudFormation makes them.
function environmentOf({ properties }: Pick<NewResource, 'properties'>): object | undefined {
  if (properties.get('Environment') === undefined) return undefined;
  const variables = properties.nested('Environment').nested('Variables').all;
  return { Variables: Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)])) };
}

function sizeOf({ properties }: Pick<NewResource, 'properties'>): object | undefined {
  const Size = properties.get('EphemeralStorage') && properties.nested('EphemeralStorage').number('Size');
  return Size ? { Size } : undefined;
}
