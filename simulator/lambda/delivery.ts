import type { AwsCalls, Caller } from '../cloud/service.ts';
import { AwsError } from '../cloud/service.ts';
import { roleSession } from '../iam/credentials.ts';
import type { Deliver } from './async-invocations.ts';

type Send = (
  target: Target,
  body: string,
  attributes: Readonly<Record<string, string>>,
) => readonly [string, string, object];

interface Target {
  readonly arn: string;
  readonly region: string;
  readonly account: string;
  readonly name: string;
}

const SEND: Readonly<Record<string, Send>> = {
  sqs: ({ region, account, name }, MessageBody, attributes) => [
    'sqs',
    'SendMessage',
    {
      QueueUrl: `https://sqs.${region}.amazonaws.com/${account}/${name}`,
      MessageBody,
      MessageAttributes: textAttributes(attributes),
    },
  ],
  sns: ({ arn }, Message, attributes) => [
    'sns',
    'Publish',
    { TopicArn: arn, Message, MessageAttributes: textAttributes(attributes) },
  ],
  lambda: ({ arn }, body) => [
    'lambda',
    'Invoke',
    { FunctionName: arn, InvocationType: 'Event', Payload: Buffer.from(body) },
  ],
  events: ({ arn }, Detail) => [
    'events',
    'PutEvents',
    {
      Entries: [
        { EventBusName: arn, Source: 'lambda', DetailType: 'Lambda Function Invocation Result', Detail, Resources: [] },
      ],
    },
  ],
};

/** Delivers through the services' own operations, as the function's role, which must be allowed to. */
export function deliveryThrough(calls: AwsCalls): Deliver {
  return async (targetArn, body, { roleArn, attributes = {} }) => {
    const [, , service = '', region = '', account = '', name = ''] = targetArn.split(':');
    const send = SEND[service];
    if (!send) throw new AwsError('InvalidParameterValueException', `${targetArn} is no destination`);
    const [prefix, operation, input] = send({ arn: targetArn, region, account, name }, body, attributes);
    await calls.call(prefix, operation, input, callerOf(roleArn));
  };
}

function callerOf(roleArn: string): Caller {
  const [, , , , account = '', path = ''] = roleArn.split(':');
  return roleSession(account, path.slice(path.lastIndexOf('/') + 1), 'awslambda');
}

function textAttributes(attributes: Readonly<Record<string, string>>): object {
  const entries = Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]);
  return Object.fromEntries(entries);
}
