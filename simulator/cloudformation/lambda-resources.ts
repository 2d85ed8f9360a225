import { lambdaFunction } from './lambda-function.ts';
import { withoutUndefined } from './properties.ts';
import type { NewResource, ResourceHandlers } from './resource-handler.ts';
import { templateError } from './template-error.ts';

/** AWS::Lambda::* */
export const lambdaResources: ResourceHandlers = {
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::Lambda::Version': {
    create: async ({ properties, call, inUpdate }) => {
      const FunctionName = properties.required('FunctionName');
      const input = withoutUndefined({ FunctionName, ...properties.pick('CodeSha256', 'Description') });
      const there = inUpdate ? await newestVersion(call, FunctionName) : undefined;
      const { FunctionArn, Version } = await call('lambda', 'PublishVersion', input);
      if (Version === there) {
        const message = `A version for this Lambda function exists ( ${Version} ). Modify the function to create a new version.`;
        throw templateError(message);
      }
      return { ref: String(FunctionArn), attributes: { FunctionArn, Version } };
    },
    replacedBy: [],
    update: 'replaces',
    remove: ({ call, ref }) =>
      call('lambda', 'DeleteFunction', {
        FunctionName: ref.slice(0, ref.lastIndexOf(':')),
        Qualifier: ref.slice(ref.lastIndexOf(':') + 1),
      }),
  },
  'AWS::Lambda::Alias': {
    create: async ({ properties, call }) => {
      const input = properties.pick('FunctionName', 'FunctionVersion', 'Name', 'Description', 'RoutingConfig');
      const { AliasArn } = await call('lambda', 'CreateAlias', input);
      return { ref: String(AliasArn), attributes: { AliasArn } };
    },
    replacedBy: ['FunctionName', 'Name'],
    update: async ({ properties, call }) => {
      const input = properties.pick('FunctionName', 'FunctionVersion', 'Name', 'Description', 'RoutingConfig');
      await call('lambda', 'UpdateAlias', input);
    },
    remove: ({ properties, call }) => call('lambda', 'DeleteAlias', properties.pick('FunctionName', 'Name')),
  },
  'AWS::Lambda::Permission': {
    create: async ({ properties, call, generatedName }) => {
      const input = withoutUndefined({
        ...properties.pick('Action', 'FunctionName', 'Principal', 'SourceArn', 'SourceAccount', 'PrincipalOrgID'),
        ...properties.pick('FunctionUrlAuthType'),
        InvokedViaFunctionUrl: properties.flag('InvokedViaFunctionUrl'),
      });
      await call('lambda', 'AddPermission', { ...input, StatementId: generatedName });
      return { ref: generatedName, attributes: { Id: generatedName } };
    },
    replacedBy: [],
    update: 'replaces',
    remove: ({ properties, call, ref }) =>
      call('lambda', 'RemovePermission', { FunctionName: properties.required('FunctionName'), StatementId: ref }),
  },
  'AWS::Lambda::Url': {
    create: async ({ properties, call }) => {
      const FunctionName = properties.required('TargetFunctionArn');
      const AuthType = properties.required('AuthType');
      const { FunctionUrl, FunctionArn } = await call('lambda', 'CreateFunctionUrlConfig', { FunctionName, AuthType });
      return { ref: String(FunctionArn), attributes: { FunctionUrl, FunctionArn } };
    },
    replacedBy: ['TargetFunctionArn', 'Qualifier'],
    remove: ({ call, ref }) => call('lambda', 'DeleteFunctionUrlConfig', { FunctionName: ref }),
  },
  'AWS::Lambda::EventInvokeConfig': {
    create: async (resource) => {
      await resource.call('lambda', 'PutFunctionEventInvokeConfig', invokeConfig(resource));
      return { ref: resource.generatedName, attributes: {} };
    },
    replacedBy: ['FunctionName', 'Qualifier'],
    update: async (wanted) => {
      await wanted.call('lambda', 'PutFunctionEventInvokeConfig', invokeConfig(wanted));
    },
    remove: ({ properties, call }) =>
      call('lambda', 'DeleteFunctionEventInvokeConfig', properties.pick('FunctionName', 'Qualifier')),
  },
  'AWS::Lambda::EventSourceMapping': {
    create: async ({ properties, call }) => {
      const input = withoutUndefined({
        ...properties.pick(
          'EventSourceArn',
          'FunctionName',
          'FilterCriteria',
          'FunctionResponseTypes',
          'ScalingConfig',
        ),
        BatchSize: properties.number('BatchSize'),
        MaximumBatchingWindowInSeconds: properties.number('MaximumBatchingWindowInSeconds'),
        Enabled: properties.flag('Enabled'),
      });
      const { UUID, EventSourceMappingArn } = await call('lambda', 'CreateEventSourceMapping', input);
      return { ref: String(UUID), attributes: { Id: UUID, EventSourceMappingArn } };
    },
    replacedBy: ['EventSourceArn', 'StartingPosition', 'StartingPositionTimestamp'],
    update: async ({ properties, call }, { ref: UUID }) => {
      const input = withoutUndefined({
        UUID,
        ...properties.pick('FunctionName'),
        Enabled: properties.flag('Enabled') ?? true,
      });
      await call('lambda', 'UpdateEventSourceMapping', input);
    },
    remove: ({ call, ref }) => call('lambda', 'DeleteEventSourceMapping', { UUID: ref }),
  },
};

function invokeConfig({ properties }: NewResource): object {
  return withoutUndefined({
    ...properties.pick('FunctionName', 'Qualifier', 'DestinationConfig'),
    MaximumEventAgeInSeconds: properties.number('MaximumEventAgeInSeconds'),
    MaximumRetryAttempts: properties.number('MaximumRetryAttempts'),
  });
}

async function newestVersion(call: NewResource['call'], FunctionName: string): Promise<unknown> {
  const { Versions } = (await call('lambda', 'ListVersionsByFunction', { FunctionName, MaxItems: 10_000 })) as {
    Versions?: readonly { readonly Version: string }[];
  };
  return Versions?.map(({ Version }) => Version)
    .filter((version) => version !== '$LATEST')
    .at(-1);
}
