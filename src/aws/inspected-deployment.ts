import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DescribeParametersCommand, GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { ParameterFacts } from '../doctor/ports.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess, AwsClientSettings } from './aws-access.ts';
import { awsCall } from './errors.ts';

/** How many have subscribed to a topic and confirmed it. */
export async function confirmedSubscribers(home: AwsAccess, topicArn: string): Promise<number> {
  const client = home.client(SNSClient);
  const pages = await allPages(paginateListSubscriptionsByTopic({ client }, { TopicArn: topicArn }));
  const all = pages.flatMap(({ Subscriptions = [] }) => Subscriptions);
  return all.filter(({ SubscriptionArn = '' }) => SubscriptionArn.startsWith('arn:')).length;
}

/** Asks where everything else is asked, also for a queue whose URL names another host: a local cloud's do. */
class QueuesHere extends SQSClient {
  constructor(settings: AwsClientSettings) {
    super({ ...settings, useQueueUrlAsEndpoint: false });
  }
}

/** How many messages lie in queues, by name: visible, in flight and delayed ones. */
export function messagesIn(
  home: AwsAccess,
  names: readonly string[],
): Promise<readonly { readonly name: string; readonly messages: number }[]> {
  const sqs = home.client(QueuesHere);
  const counts = [
    'ApproximateNumberOfMessages',
    'ApproximateNumberOfMessagesNotVisible',
    'ApproximateNumberOfMessagesDelayed',
  ] as const;
  return Promise.all(
    names.map(async (name) => {
      const { QueueUrl } = await awsCall(sqs.send(new GetQueueUrlCommand({ QueueName: name })));
      const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...counts] });
      const { Attributes = {} } = await awsCall(sqs.send(command));
      return { name, messages: counts.reduce((sum, count) => sum + Number(Attributes[count] ?? 0), 0) };
    }),
  );
}

/** Whether a function has a layer. */
export async function hasLayer(home: AwsAccess, name: string): Promise<boolean> {
  const command = new GetFunctionConfigurationCommand({ FunctionName: name });
  return ((await awsCall(home.client(LambdaClient).send(command))).Layers ?? []).length > 0;
}

/** How much of its parameter an entry takes. */
export async function parameterSize(home: AwsAccess, name: string): Promise<ParameterFacts> {
  const ssm = home.client(SSMClient);
  const filter = { Key: 'Name', Option: 'Equals', Values: [name] };
  const [{ Parameter }, { Parameters = [] }] = await Promise.all([
    awsCall(ssm.send(new GetParameterCommand({ Name: name, WithDecryption: true }))),
    awsCall(ssm.send(new DescribeParametersCommand({ ParameterFilters: [filter] }))),
  ]);
  return { bytes: Buffer.byteLength(Parameter?.Value ?? ''), advanced: Parameters[0]?.Tier === 'Advanced' };
}

/** The settings of a function. */
export async function functionSettings(home: AwsAccess, name: string): Promise<Readonly<Record<string, string>>> {
  const command = new GetFunctionConfigurationCommand({ FunctionName: name });
  return (await awsCall(home.client(LambdaClient).send(command))).Environment?.Variables ?? {};
}
