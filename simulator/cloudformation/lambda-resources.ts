import { withoutUndefined } from './properties.ts';
import type { NewResource, ResourceHandlers } from './resource-handler.ts';
import { templateError } from './template-error.ts';

/** AWS::Lambda::* */
export const lambdaResources: ResourceHandlers = {
  'AWS::Lambda::Function': async (resource) => {
    const { properties, call } = resource;
    const name = properties.text('FunctionName') ?? resource.generatedName.slice(0, 64);
    const output = await call('lambda', 'CreateFunction', functionInput(resource, name));
    const concurrency = properties.number('ReservedConcurrentExecutions');
    if (concurrency !== undefined) {
      await call('lambda', 'PutFunctionConcurrency', { FunctionName: name, ReservedConcurrentExecutions: concurrency });
    }
    return { ref: name, attributes: { Arn: output.FunctionArn } };
  },
  'AWS::Lambda::Version': async ({ properties, call }) => {
    const FunctionName = properties.required('FunctionName');
    const input = withoutUndefined({ FunctionName, ...properties.pick('CodeSha256', 'Description') });
    const { FunctionArn, Version } = await call('lambda', 'PublishVersion', input);
    return { ref: String(FunctionArn), attributes: { FunctionArn, Version } };
  },
  'AWS::Lambda::Alias': async ({ properties, call }) => {
    const input = properties.pick('FunctionName', 'FunctionVersion', 'Name', 'Description', 'RoutingConfig');
    const { AliasArn } = await call('lambda', 'CreateAlias', input);
    return { ref: String(AliasArn), attributes: { AliasArn } };
  },
  'AWS::Lambda::Permission': async ({ properties, call, generatedName }) => {
    const input = properties.pick(
      'Action',
      'FunctionName',
      'Principal',
      'SourceArn',
      'SourceAccount',
      'PrincipalOrgID',
    );
    await call('lambda', 'AddPermission', { ...input, StatementId: generatedName });
    return { ref: generatedName, attributes: { Id: generatedName } };
  },
  'AWS::Lambda::EventInvokeConfig': async ({ properties, call, generatedName }) => {
    const input = withoutUndefined({
      ...properties.pick('FunctionName', 'Qualifier', 'DestinationConfig'),
      MaximumEventAgeInSeconds: properties.number('MaximumEventAgeInSeconds'),
      MaximumRetryAttempts: properties.number('MaximumRetryAttempts'),
    });
    await call('lambda', 'PutFunctionEventInvokeConfig', input);
    return { ref: generatedName, attributes: {} };
  },
  'AWS::Lambda::EventSourceMapping': async ({ properties, call }) => {
    const input = withoutUndefined({
      ...properties.pick('EventSourceArn', 'FunctionName', 'FilterCriteria', 'FunctionResponseTypes', 'ScalingConfig'),
      BatchSize: properties.number('BatchSize'),
      MaximumBatchingWindowInSeconds: properties.number('MaximumBatchingWindowInSeconds'),
      Enabled: properties.flag('Enabled'),
    });
    const { UUID, EventSourceMappingArn } = await call('lambda', 'CreateEventSourceMapping', input);
    return { ref: String(UUID), attributes: { Id: UUID, EventSourceMappingArn } };
  },
};

function functionInput(resource: NewResource, FunctionName: string): Record<string, unknown> {
  const { properties } = resource;
  return withoutUndefined({
    FunctionName,
    Code: { ZipFile: codeOf(resource) },
    Tags: properties.tagMap,
    Timeout: properties.number('Timeout'),
    MemorySize: properties.number('MemorySize'),
    Environment: environmentOf(resource),
    EphemeralStorage: sizeOf(resource),
    ...properties.pick('Handler', 'Role', 'Runtime', 'Description', 'VpcConfig', 'DeadLetterConfig', 'Architectures'),
    ...properties.pick('Layers', 'LoggingConfig', 'PackageType'),
  });
}

function codeOf({ properties, targets, logicalId }: NewResource): Uint8Array {
  const code = properties.nested('Code');
  const key = code.required('S3Key');
  const bytes = targets.artifact(key);
  if (bytes) return bytes;
  throw templateError(`There is no artifact ${key} for the code of ${logicalId}`);
}

// Numbers and booleans become text, as CloudFormation makes them.
function environmentOf({ properties }: NewResource): object | undefined {
  if (properties.get('Environment') === undefined) return undefined;
  const variables = properties.nested('Environment').nested('Variables').all;
  return { Variables: Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)])) };
}

function sizeOf({ properties }: NewResource): object | undefined {
  const Size = properties.get('EphemeralStorage') && properties.nested('EphemeralStorage').number('Size');
  return Size ? { Size } : undefined;
}
