import { AwsError } from '../cloud/service.ts';
import { type IntegrationPorts, roleCaller } from './integration-ports.ts';
import { isObject, type Json, type JsonObject, toJson } from './json.ts';
import { sdkMetadata } from './sdk-metadata.ts';
import { StateError } from './state-error.ts';
import type { TaskIntegration, TaskOrigin } from './task-integration.ts';

/**
 * `sns:publish`. A Message that is an object is sent as its JSON text.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-sns.html
 */
export function snsPublishIntegration(ports: IntegrationPorts): TaskIntegration {
  const send = (args: Json, origin: TaskOrigin): Promise<Json> =>
    optimizedCall(ports, origin, { prefix: 'sns', operation: 'Publish', errors: 'SNS' }, withText(args, 'Message'));
  return { call: async (args, origin) => ({ response: await send(args, origin) }) };
}

/**
 * `sqs:sendMessage`. A MessageBody that is an object is sent as its JSON text.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html
 */
export function sqsSendMessageIntegration(ports: IntegrationPorts): TaskIntegration {
  const send = (args: Json, origin: TaskOrigin): Promise<Json> =>
    optimizedCall(
      ports,
      origin,
      { prefix: 'sqs', operation: 'SendMessage', errors: 'SQS' },
      withText(args, 'MessageBody'),
    );
  return { call: async (args, origin) => ({ response: await send(args, origin) }) };
}

/**
 * `events:putEvents`. Details may be objects; an entry that fails fails the task, `EventBridge.FailedEntry`.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
 */
export function putEventsIntegration(ports: IntegrationPorts): TaskIntegration {
  return {
    call: async (args, origin) => {
      const entries = isObject(args) && Array.isArray(args.Entries) ? args.Entries : [];
      const input = {
        ...(isObject(args) ? args : {}),
        Entries: entries.map((entry: Json) => withText(entry, 'Detail')),
      };
      const response = await optimizedCall(
        ports,
        origin,
        { prefix: 'events', operation: 'PutEvents', errors: 'EventBridge' },
        input,
      );
      if (isObject(response) && Number(response.FailedEntryCount ?? 0) > 0) {
        throw new StateError('EventBridge.FailedEntry', JSON.stringify(response));
      }
      return { response };
    },
  };
}

interface Target {
  readonly prefix: string;
  readonly operation: string;
  /** What errors begin with. */
  readonly errors: string;
}

/** Calls a service as an optimised integration does. @throws StateError */
export async function optimizedCall(
  ports: IntegrationPorts,
  origin: TaskOrigin,
  target: Target,
  input: Json,
): Promise<Json> {
  const caller = roleCaller(origin.roleArn, ports.account, origin.executionName);
  try {
    const output = toJson(await ports.calls.call(target.prefix, target.operation, input, caller));
    const { $metadata: _metadata, ...rest } = isObject(output) ? output : {};
    return { ...rest, ...sdkMetadata(ports.world) };
  } catch (error) {
    throw error instanceof AwsError ? optimizedFailure(ports, target, error) : error;
  }
}

/** Optimised integrations speak through the SDK for Java 1: its modelled classes end in Exception, the rest is Amazon<Service>Exception. */
export function optimizedFailure(ports: IntegrationPorts, target: Pick<Target, 'errors'>, error: AwsError): StateError {
  const name = error.code.endsWith('Exception') ? error.code : `Amazon${target.errors}Exception`;
  const requestId = ports.world.random.for('states:requests').uuid();
  const details = `(Service: Amazon${target.errors}; Status Code: ${error.status ?? 400}; Error Code: ${error.code}; Request ID: ${requestId}; Proxy: null)`;
  return new StateError(`${target.errors}.${name}`, `${error.message} ${details}`);
}

function withText(value: Json, key: string): JsonObject {
  if (!isObject(value)) return {};
  const member = value[key];
  return member === undefined || typeof member === 'string' ? value : { ...value, [key]: JSON.stringify(member) };
}
