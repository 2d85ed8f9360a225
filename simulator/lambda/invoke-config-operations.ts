import type * as lambda from '@aws-sdk/client-lambda';
import { AwsError, type Operations } from '../cloud/service.ts';
import type { DeployedFunction, EventInvokeConfig } from './deployed-function.ts';
import { parseFunctionName } from './function-name.ts';
import { onFunction } from './function-operations.ts';
import type { Functions } from './functions.ts';

/** How asynchronous events are retried, and who may invoke. */
export function invokeConfigOperations(functions: Functions): Operations<typeof lambda> {
  return {
    PutFunctionEventInvokeConfig: {
      access: onFunction('PutFunctionEventInvokeConfig'),
      run: (input, call) => {
        const [found, qualifier] = locate(functions, input);
        const onFailureArn = input.DestinationConfig?.OnFailure?.Destination;
        const onSuccessArn = input.DestinationConfig?.OnSuccess?.Destination;
        const config: EventInvokeConfig = {
          maximumRetryAttempts: input.MaximumRetryAttempts ?? 2,
          maximumEventAgeSeconds: input.MaximumEventAgeInSeconds ?? 21_600,
          lastModified: call.world.date(),
          ...(onFailureArn ? { onFailureArn } : {}),
          ...(onSuccessArn ? { onSuccessArn } : {}),
        };
        found.eventInvokeConfigs.set(qualifier, config);
        return shown(found, qualifier, config);
      },
    },
    GetFunctionEventInvokeConfig: {
      access: onFunction('GetFunctionEventInvokeConfig'),
      run: (input) => {
        const [found, qualifier] = locate(functions, input);
        const config = found.eventInvokeConfigs.get(qualifier);
        if (config) return shown(found, qualifier, config);
        const message = `The function ${found.arn}:${qualifier} doesn't have an EventInvokeConfig`;
        throw new AwsError('ResourceNotFoundException', message, { status: 404 });
      },
    },
    DeleteFunctionEventInvokeConfig: {
      access: onFunction('DeleteFunctionEventInvokeConfig'),
      run: (input) => {
        const [found, qualifier] = locate(functions, input);
        found.eventInvokeConfigs.delete(qualifier);
        return {};
      },
    },
    AddPermission: {
      access: onFunction('AddPermission'),
      mutating: true,
      run: (input) => {
        const [found, qualifier] = locate(functions, input);
        const { StatementId = '' } = input;
        if (found.policy.has(StatementId)) {
          const message = `The statement id (${StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`;
          throw new AwsError('ResourceConflictException', message, { status: 409 });
        }
        const statement = permission(input, qualifier === '$LATEST' ? found.arn : `${found.arn}:${qualifier}`);
        found.policy.set(StatementId, statement);
        return { Statement: JSON.stringify(statement) };
      },
    },
    RemovePermission: {
      access: onFunction('RemovePermission'),
      run: (input) => {
        const [found] = locate(functions, input);
        if (found.policy.delete(input.StatementId ?? '')) return {};
        throw new AwsError(
          'ResourceNotFoundException',
          `Statement ${input.StatementId} is not found in resource policy.`,
          { status: 404 },
        );
      },
    },
    GetPolicy: {
      access: onFunction('GetPolicy'),
      run: (input) => {
        const [found] = locate(functions, input);
        if (found.policy.size === 0) {
          throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', {
            status: 404,
          });
        }
        return {
          Policy: JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: [...found.policy.values()] }),
        };
      },
    },
  };
}

function locate(
  functions: Functions,
  input: { FunctionName: string | undefined; Qualifier?: string | undefined },
): readonly [DeployedFunction, string] {
  const { name, qualifier = '$LATEST' } = parseFunctionName(input.FunctionName ?? '', input.Qualifier);
  const found = functions.find(name);
  found.resolve(qualifier);
  return [found, qualifier];
}

function shown(
  found: DeployedFunction,
  qualifier: string,
  config: EventInvokeConfig,
): lambda.FunctionEventInvokeConfig {
  const { onFailureArn, onSuccessArn } = config;
  return {
    FunctionArn: `${found.arn}:${qualifier}`,
    LastModified: config.lastModified,
    MaximumRetryAttempts: config.maximumRetryAttempts,
    MaximumEventAgeInSeconds: config.maximumEventAgeSeconds,
    DestinationConfig: {
      OnFailure: onFailureArn ? { Destination: onFailureArn } : {},
      OnSuccess: onSuccessArn ? { Destination: onSuccessArn } : {},
    },
  };
}

function permission(input: lambda.AddPermissionRequest, resource: string): Record<string, unknown> {
  const { StatementId, Action, Principal = '', SourceArn, SourceAccount, FunctionUrlAuthType } = input;
  const equal = {
    ...(SourceAccount ? { 'AWS:SourceAccount': SourceAccount } : {}),
    ...(FunctionUrlAuthType ? { 'lambda:FunctionUrlAuthType': FunctionUrlAuthType } : {}),
  };
  const conditions = {
    ...(SourceArn ? { ArnLike: { 'AWS:SourceArn': SourceArn } } : {}),
    ...(Object.keys(equal).length > 0 ? { StringEquals: equal } : {}),
    ...(input.InvokedViaFunctionUrl ? { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } } : {}),
  };
  return {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: Principal.endsWith('.amazonaws.com') ? { Service: Principal } : { AWS: Principal },
    Action,
    Resource: resource,
    ...(Object.keys(conditions).length > 0 ? { Condition: conditions } : {}),
  };
}
