import type * as lambda from '@aws-sdk/client-lambda';
import { AwsError, type Operations } from '../cloud/service.ts';
import type { EventSourceMapping, EventSourceMappings } from './event-source-mappings.ts';
import { parseFunctionName } from './function-name.ts';
import type { Functions } from './functions.ts';

/** Event source mappings of SQS queues; other sources and filters are refused. */
export function mappingOperations(functions: Functions, mappings: EventSourceMappings): Operations<typeof lambda> {
  return {
    CreateEventSourceMapping: {
      run: (input, call) => {
        const mapping: EventSourceMapping = {
          id: call.world.random.for('lambda:mappings').uuid(),
          lastModified: call.world.date(),
          ...settingsOf(functions, input),
        };
        mappings.add(mapping);
        return shown(mapping, call.region, call.account);
      },
    },
    GetEventSourceMapping: {
      run: ({ UUID = '' }, call) => shown(mappings.find(UUID), call.region, call.account),
    },
    ListEventSourceMappings: {
      run: ({ EventSourceArn, FunctionName }, call) => {
        const wanted = FunctionName ? functions.find(FunctionName).arn : undefined;
        const fitting = mappings
          .all()
          .filter(({ queueArn }) => !EventSourceArn || queueArn === EventSourceArn)
          .filter(({ functionArn }) => !wanted || functionArn === wanted || functionArn.startsWith(`${wanted}:`));
        return { EventSourceMappings: fitting.map((mapping) => shown(mapping, call.region, call.account)) };
      },
    },
    UpdateEventSourceMapping: {
      run: ({ UUID = '', Enabled, ...others }, call) => {
        const unsupported = Object.entries(others).find(
          ([name, value]) => value !== undefined && name !== 'FunctionName',
        );
        if (unsupported) throw refused(`Updating ${unsupported[0]} of an event source mapping`);
        return shown(mappings.enable(UUID, Enabled ?? mappings.find(UUID).enabled), call.region, call.account);
      },
    },
    DeleteEventSourceMapping: {
      run: ({ UUID = '' }, call) => ({ ...shown(mappings.remove(UUID), call.region, call.account), State: 'Deleting' }),
    },
  };
}

function settingsOf(
  functions: Functions,
  input: lambda.CreateEventSourceMappingRequest,
): Omit<EventSourceMapping, 'id' | 'lastModified'> {
  const { EventSourceArn = '', FunctionName = '', BatchSize = 10, MaximumBatchingWindowInSeconds = 0 } = input;
  if (!/^arn:[\w-]+:sqs:/.test(EventSourceArn)) throw refused(`An event source ${EventSourceArn}`);
  if (input.FilterCriteria?.Filters?.length) throw refused('FilterCriteria of an event source mapping');
  if (BatchSize > 10 && MaximumBatchingWindowInSeconds < 1) {
    const message = 'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10';
    throw new AwsError('InvalidParameterValueException', message);
  }
  const { qualifier } = parseFunctionName(FunctionName);
  const { arn } = functions.find(FunctionName);
  return {
    queueArn: EventSourceArn,
    functionArn: qualifier ? `${arn}:${qualifier}` : arn,
    batchSize: BatchSize,
    windowSeconds: MaximumBatchingWindowInSeconds,
    reportsItemFailures: input.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    maximumConcurrency: input.ScalingConfig?.MaximumConcurrency ?? 5,
    enabled: input.Enabled ?? true,
  };
}

function shown(mapping: EventSourceMapping, region: string, account: string): lambda.EventSourceMappingConfiguration {
  return {
    UUID: mapping.id,
    EventSourceMappingArn: `arn:aws:lambda:${region}:${account}:event-source-mapping:${mapping.id}`,
    EventSourceArn: mapping.queueArn,
    FunctionArn: mapping.functionArn,
    BatchSize: mapping.batchSize,
    MaximumBatchingWindowInSeconds: mapping.windowSeconds,
    LastModified: mapping.lastModified,
    State: mapping.enabled ? 'Enabled' : 'Disabled',
    StateTransitionReason: 'USER_INITIATED',
    FunctionResponseTypes: mapping.reportsItemFailures ? ['ReportBatchItemFailures'] : [],
  };
}

function refused(what: string): AwsError {
  return new AwsError('NotImplemented', `${what} is not supported.`, { status: 501 });
}
