import { type Properties, withoutUndefined } from './properties.ts';
import {
  differs,
  type ExistingResource,
  type NewResource,
  type ResourceHandlers,
  updateTags,
  without,
} from './resource-handler.ts';

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

/** What a queue has where its template says nothing. docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const QUEUE_DEFAULTS: Readonly<Record<string, string>> = {
  DelaySeconds: '0',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  VisibilityTimeout: '30',
  SqsManagedSseEnabled: 'true',
};

/** AWS::SQS::* and AWS::SNS::* */
export const messagingResources: ResourceHandlers = {
  'AWS::SQS::Queue': {
    create: async ({ properties, call, generatedName, targets }) => {
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
    replacedBy: ['QueueName', 'FifoQueue'],
    update: async (wanted, before) => {
      const QueueUrl = before.ref;
      const Attributes = changedAttributes(wanted, before, QUEUE_ATTRIBUTES, QUEUE_DEFAULTS);
      if (Object.keys(Attributes).length > 0) await wanted.call('sqs', 'SetQueueAttributes', { QueueUrl, Attributes });
      await updateTags(
        wanted,
        before,
        (_, Tags) => wanted.call('sqs', 'TagQueue', { QueueUrl, Tags }),
        (TagKeys) => wanted.call('sqs', 'UntagQueue', { QueueUrl, TagKeys }),
      );
    },
    remove: ({ call, ref }) => call('sqs', 'DeleteQueue', { QueueUrl: ref }),
  },
  'AWS::SQS::QueuePolicy': {
    create: async (resource) => {
      await setQueuePolicy(
        resource,
        resource.properties.texts('Queues'),
        resource.properties.document('PolicyDocument'),
      );
      return { ref: resource.generatedName, attributes: { Id: resource.generatedName } };
    },
    replacedBy: [],
    update: async (wanted, before) => {
      const queues = wanted.properties.texts('Queues');
      await setQueuePolicy(wanted, queues, wanted.properties.document('PolicyDocument'));
      await setQueuePolicy(wanted, without(before.properties.texts('Queues'), queues), '');
    },
    remove: (resource) => setQueuePolicy(resource, resource.properties.texts('Queues'), ''),
  },
  'AWS::SNS::Topic': {
    create: async ({ properties, call, generatedName }) => {
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
    replacedBy: ['TopicName', 'FifoTopic'],
    update: async (wanted, before) => {
      const changed = changedAttributes(wanted, before, TOPIC_ATTRIBUTES, {});
      for (const [AttributeName, AttributeValue] of Object.entries(changed)) {
        await wanted.call('sns', 'SetTopicAttributes', { TopicArn: before.ref, AttributeName, AttributeValue });
      }
    },
    remove: ({ call, ref }) => call('sns', 'DeleteTopic', { TopicArn: ref }),
  },
  'AWS::SNS::Subscription': {
    create: async ({ properties, call }) => {
      const input = {
        ...properties.pick('TopicArn', 'Protocol', 'Endpoint'),
        Attributes: attributes(properties, SUBSCRIPTION_ATTRIBUTES),
        ReturnSubscriptionArn: true,
      };
      const { SubscriptionArn } = await call('sns', 'Subscribe', input);
      return { ref: String(SubscriptionArn), attributes: { Arn: SubscriptionArn } };
    },
    replacedBy: ['TopicArn', 'Protocol', 'Endpoint'],
    update: async (wanted, before) => {
      const SubscriptionArn = before.ref;
      const changed = changedAttributes(wanted, before, SUBSCRIPTION_ATTRIBUTES, {});
      for (const [AttributeName, AttributeValue] of Object.entries(changed)) {
        await wanted.call('sns', 'SetSubscriptionAttributes', { SubscriptionArn, AttributeName, AttributeValue });
      }
    },
    remove: ({ call, ref }) => call('sns', 'Unsubscribe', { SubscriptionArn: ref }),
  },
  // Without a policy of its own a topic has the default one, which no operation brings back: it goes with its topic.
  'AWS::SNS::TopicPolicy': {
    create: async (resource) => {
      await setTopicPolicy(resource);
      return { ref: resource.generatedName, attributes: { Id: resource.generatedName } };
    },
    replacedBy: [],
    update: setTopicPolicy,
    remove: async () => undefined,
  },
};

async function setQueuePolicy(
  { call }: Pick<NewResource, 'call'>,
  queues: readonly string[],
  Policy: string | undefined,
): Promise<void> {
  for (const QueueUrl of queues) await call('sqs', 'SetQueueAttributes', { QueueUrl, Attributes: { Policy } });
}

async function setTopicPolicy({ properties, call }: NewResource): Promise<void> {
  const AttributeValue = properties.document('PolicyDocument');
  for (const TopicArn of properties.texts('Topics')) {
    await call('sns', 'SetTopicAttributes', { TopicArn, AttributeName: 'Policy', AttributeValue });
  }
}

/** The attributes that have another value; what is not given any more gets its default, or none. */
function changedAttributes(
  wanted: NewResource,
  before: ExistingResource,
  names: readonly string[],
  defaults: Readonly<Record<string, string>>,
): Record<string, string> {
  const now = attributes(wanted.properties, names);
  const changed = names.filter((name) => differs(wanted, before, name));
  return Object.fromEntries(changed.map((name) => [name, now[name] ?? defaults[name] ?? '']));
}

// Both APIs take attributes as text, and documents as JSON text.
function attributes(properties: Properties, names: readonly string[]): Record<string, string> {
  const given = Object.entries(properties.pick(...names));
  return Object.fromEntries(
    given.map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  );
}
