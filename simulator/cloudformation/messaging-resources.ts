import type { Properties } from './properties.ts';
import { withoutUndefined } from './properties.ts';
import type { ResourceHandlers } from './resource-handler.ts';

const QUEUE_ATTRIBUTES = [
  'DelaySeconds',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'VisibilityTimeout',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'SqsManagedSseEnabled',
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
  'RedrivePolicy',
  'RedriveAllowPolicy',
];

const TOPIC_ATTRIBUTES = [
  'DisplayName',
  'KmsMasterKeyId',
  'FifoTopic',
  'ContentBasedDeduplication',
  'SignatureVersion',
];

const SUBSCRIPTION_ATTRIBUTES = [
  'DeliveryPolicy',
  'FilterPolicy',
  'FilterPolicyScope',
  'RawMessageDelivery',
  'RedrivePolicy',
];

/** AWS::SQS::* and AWS::SNS::* */
export const messagingResources: ResourceHandlers = {
  'AWS::SQS::Queue': async ({ properties, call, generatedName, targets }) => {
    const QueueName = properties.text('QueueName') ?? generatedName.slice(0, 80);
    const input = {
      QueueName,
      Attributes: attributes(properties, QUEUE_ATTRIBUTES),
      tags: properties.tags,
    };
    const { QueueUrl } = await call('sqs', 'CreateQueue', input);
    const Arn = `arn:aws:sqs:${targets.region}:${targets.account}:${QueueName}`;
    return { ref: String(QueueUrl), attributes: { Arn, QueueName, QueueUrl } };
  },
  'AWS::SQS::QueuePolicy': async ({ properties, call, generatedName }) => {
    const Policy = properties.document('PolicyDocument');
    for (const QueueUrl of properties.texts('Queues')) {
      await call('sqs', 'SetQueueAttributes', { QueueUrl, Attributes: { Policy } });
    }
    return { ref: generatedName, attributes: { Id: generatedName } };
  },
  'AWS::SNS::Topic': async ({ properties, call, generatedName }) => {
    const Name = properties.text('TopicName') ?? generatedName;
    const input = withoutUndefined({
      Name,
      Attributes: attributes(properties, TOPIC_ATTRIBUTES),
      Tags: properties.tagList,
    });
    const { TopicArn } = await call('sns', 'CreateTopic', input);
    for (const subscription of properties.each('Subscription')) {
      await call('sns', 'Subscribe', { TopicArn, ...subscription.pick('Endpoint', 'Protocol') });
    }
    return { ref: String(TopicArn), attributes: { TopicArn, TopicName: Name } };
  },
  'AWS::SNS::Subscription': async ({ properties, call }) => {
    const input = {
      ...properties.pick('TopicArn', 'Protocol', 'Endpoint'),
      Attributes: attributes(properties, SUBSCRIPTION_ATTRIBUTES),
      ReturnSubscriptionArn: true,
    };
    const { SubscriptionArn } = await call('sns', 'Subscribe', input);
    return { ref: String(SubscriptionArn), attributes: { Arn: SubscriptionArn } };
  },
  'AWS::SNS::TopicPolicy': async ({ properties, call, generatedName }) => {
    const AttributeValue = properties.document('PolicyDocument');
    for (const TopicArn of properties.texts('Topics')) {
      await call('sns', 'SetTopicAttributes', { TopicArn, AttributeName: 'Policy', AttributeValue });
    }
    return { ref: generatedName, attributes: { Id: generatedName } };
  },
};

// Both APIs take attributes as text, and documents as JSON text.
function attributes(properties: Properties, names: readonly string[]): Record<string, string> {
  const given = Object.entries(properties.pick(...names));
  return Object.fromEntries(
    given.map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  );
}
