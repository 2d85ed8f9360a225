import * as sns from '@aws-sdk/client-sns';
import { pageOf } from '../cloud/pages.ts';
import type { FunctionInvoker } from '../cloud/ports.ts';
import { type Access, AwsError, defineService, type Service } from '../cloud/service.ts';
import { compileEventPattern } from '../eventbridge/pattern.ts';
import type { MessageAttribute } from '../sqs/message.ts';
import { policyAllowsService, type ServiceSender } from '../sqs/queue-policy.ts';
import type { QueueSink } from '../sqs/queues.ts';
import type { World } from '../world/world.ts';
import type { TopicSink } from './topic-sink.ts';

/** What SNS delivers through. */
export interface TopicsPorts {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly queues: QueueSink;
  readonly functions: FunctionInvoker;
}

interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly attributes: Map<string, string>;
}

interface Topic {
  readonly arn: string;
  readonly tags: Map<string, string>;
  readonly attributes: Map<string, string>;
}

interface Notification {
  readonly message: string;
  readonly subject?: string | undefined;
  readonly attributes?: Readonly<Record<string, MessageAttribute>>;
  /** Whether the message is JSON with a text for each protocol (MessageStructure). */
  readonly structured?: boolean;
}

/** What somebody would find in the mail. */
export interface Mail {
  /** Epoch milliseconds of the world. */
  readonly at: number;
  readonly to: string;
  readonly topicArn: string;
  readonly subject: string;
  readonly message: string;
}

/** SNS: standard topics with queues, functions and mailboxes as subscribers. E-mail subscriptions count as confirmed. */
export class Topics implements TopicSink {
  readonly service: Service;
  /** Everything that was mailed, oldest first. */
  readonly mails: Mail[] = [];
  readonly #ports: TopicsPorts;
  readonly #topics = new Map<string, Topic>();
  readonly #subscriptions = new Map<string, Subscription>();

  constructor(ports: TopicsPorts) {
    this.#ports = ports;
    this.service = this.#define();
  }

  publishAsService(...[topicArn, notification, sender]: Parameters<TopicSink['publishAsService']>): void {
    const topic = this.#require(topicArn);
    if (!policyAllowsService(topic.attributes.get('Policy'), 'sns:Publish', topic.arn, sender)) {
      throw new AwsError(
        'AccessDenied',
        `${sender.principal} is not authorized to perform: SNS:Publish on resource: ${topic.arn}`,
        {
          status: 403,
        },
      );
    }
    this.#publish(topic, notification);
  }

  publishAsRole(...[topicArn, notification]: Parameters<TopicSink['publishAsRole']>): void {
    this.#publish(this.#require(topicArn), notification);
  }

  #require(arn: string | undefined): Topic {
    const topic = this.#topics.get(arn ?? '');
    if (!topic) throw new AwsError('NotFound', 'Topic does not exist', { status: 404 });
    return topic;
  }

  #requireSubscription(arn: string | undefined): Subscription {
    const subscription = this.#subscriptions.get(arn ?? '');
    if (!subscription) throw new AwsError('NotFound', 'Subscription does not exist', { status: 404 });
    return subscription;
  }

  #publish(topic: Topic, notification: Notification): string {
    const { world } = this.#ports;
    if (notification.message === '') throw invalid('Invalid parameter: Empty message');
    if (Buffer.byteLength(notification.message) > 262_144) throw invalid('Invalid parameter: Message too long');
    if (notification.structured) requireDefault(notification.message);
    const id = world.random.for('sns:message').uuid();
    world.history.record('sns', 'Published', {
      topic: topic.arn,
      messageId: id,
      subject: notification.subject ?? null,
    });
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.topicArn !== topic.arn || !wants(subscription, notification)) continue;
      const latency = world.random.for('sns:latency').between(20, 300);
      world.after(latency, `notification to ${subscription.endpoint}`, () =>
        this.#deliver(topic, subscription, notification, id),
      );
    }
    return id;
  }

  #deliver(topic: Topic, subscription: Subscription, published: Notification, id: string): void {
    const notification = published.structured
      ? { ...published, message: messageFor(subscription.protocol, published.message) ?? '' }
      : published;
    const { world, queues, functions, account } = this.#ports;
    const sender = { principal: 'sns.amazonaws.com', sourceArn: topic.arn, sourceAccount: account };
    try {
      if (subscription.protocol === 'sqs') {
        const raw = subscription.attributes.get('RawMessageDelivery') === 'true';
        const body = raw ? notification.message : JSON.stringify(this.#envelope(topic, subscription, notification, id));
        queues.sendAsService(
          subscription.endpoint,
          { body, ...(raw ? { attributes: notification.attributes ?? {} } : {}) },
          sender,
        );
      } else if (subscription.protocol === 'lambda') {
        const Sns = this.#lambdaEnvelope(topic, subscription, notification, id);
        const record = { EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: subscription.arn, Sns };
        functions.invokeLater(subscription.endpoint, { Records: [record] }, sender);
      } else {
        const subject = notification.subject ?? 'AWS Notification Message';
        this.mails.push({
          at: world.now(),
          to: subscription.endpoint,
          topicArn: topic.arn,
          subject,
          message: notification.message,
        });
      }
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      world.history.record('sns', 'DeliveryFailed', { endpoint: subscription.endpoint, reason: error.message });
      this.#redrive(subscription, notification, sender);
    }
  }

  // A refusal is not tried again (https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html).
  #redrive(subscription: Subscription, { message, attributes = {} }: Notification, sender: ServiceSender): void {
    const policy = subscription.attributes.get('RedrivePolicy');
    if (policy === undefined) return;
    const { deadLetterTargetArn } = JSON.parse(policy) as { readonly deadLetterTargetArn: string };
    try {
      this.#ports.queues.sendAsService(deadLetterTargetArn, { body: message, attributes }, sender);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      this.#ports.world.history.record('sns', 'MessageLost', {
        endpoint: subscription.endpoint,
        reason: error.message,
      });
    }
  }

  // Lambda gets every field, and two of them under names of its own (https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html).
  #lambdaEnvelope(topic: Topic, subscription: Subscription, notification: Notification, id: string) {
    const { SigningCertURL, UnsubscribeURL, ...same } = this.#envelope(topic, subscription, notification, id);
    return {
      Subject: null,
      MessageAttributes: {},
      ...same,
      SigningCertUrl: SigningCertURL,
      UnsubscribeUrl: UnsubscribeURL,
    };
  }

  // https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html; signatures are not made.
  #envelope(topic: Topic, subscription: Subscription, notification: Notification, id: string) {
    const { region, world } = this.#ports;
    const attributes = Object.entries(notification.attributes ?? {});
    return {
      Type: 'Notification',
      MessageId: id,
      TopicArn: topic.arn,
      ...(notification.subject === undefined ? {} : { Subject: notification.subject }),
      Message: notification.message,
      Timestamp: world.date().toISOString(),
      SignatureVersion: '1',
      Signature: 'NOT-SIGNED',
      SigningCertURL: `https://sns.${region}.amazonaws.com/SimpleNotificationService.pem`,
      UnsubscribeURL: `https://sns.${region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=${subscription.arn}`,
      ...(attributes.length === 0
        ? {}
        : {
            MessageAttributes: Object.fromEntries(
              attributes.map(([name, { DataType, StringValue }]) => [name, { Type: DataType, Value: StringValue }]),
            ),
          }),
    };
  }

  #subscribe(input: sns.SubscribeCommandInput): Subscription {
    const topic = this.#require(input.TopicArn);
    const protocol = input.Protocol ?? '';
    if (!['sqs', 'lambda', 'email', 'email-json'].includes(protocol)) {
      throw new AwsError('NotImplemented', `Subscribe: the protocol ${protocol} is not simulated.`, { status: 501 });
    }
    const endpoint = input.Endpoint ?? '';
    const attributes = new Map(Object.entries(input.Attributes ?? {}));
    const same = [...this.#subscriptions.values()].find(
      (each) => each.topicArn === topic.arn && each.protocol === protocol && each.endpoint === endpoint,
    );
    if (same) return unchanged(same, attributes);
    const arn = `${topic.arn}:${this.#ports.world.random.for('sns:subscription').uuid()}`;
    const subscription = { arn, topicArn: topic.arn, protocol, endpoint, attributes };
    requireFilterPolicy(attributes.get('FilterPolicy'));
    this.#subscriptions.set(arn, subscription);
    return subscription;
  }

  #define(): Service {
    const { region, account } = this.#ports;
    const arnOf = (name: string | undefined) => `arn:aws:sns:${region}:${account}:${name ?? ''}`;
    const on =
      (action: string) =>
      (input: { readonly TopicArn?: string | undefined }): readonly Access[] => [
        { action: `sns:${action}`, resource: input.TopicArn ?? '*' },
      ];
    const onSubscription =
      (action: string) =>
      (input: { readonly SubscriptionArn?: string | undefined }): readonly Access[] => [
        // The topic is the resource: an ARN of a subscription is its topic's with an id at the end.
        { action: `sns:${action}`, resource: input.SubscriptionArn?.split(':').slice(0, 6).join(':') ?? '*' },
      ];
    return defineService('sns', sns, {
      CreateTopic: {
        access: (input) => [{ action: 'sns:CreateTopic', resource: arnOf(input.Name) }],
        run: (input) => {
          if (input.Name?.endsWith('.fifo'))
            throw new AwsError('NotImplemented', 'FIFO topics are not simulated.', { status: 501 });
          const arn = arnOf(input.Name);
          const topic = this.#topics.get(arn) ?? {
            arn,
            tags: new Map(),
            attributes: new Map(Object.entries({ Policy: defaultPolicy(arn, account), ...input.Attributes })),
          };
          for (const { Key, Value } of input.Tags ?? []) topic.tags.set(Key ?? '', Value ?? '');
          this.#topics.set(arn, topic);
          return { TopicArn: arn };
        },
      },
      DeleteTopic: {
        access: on('DeleteTopic'),
        run: (input) => {
          this.#topics.delete(input.TopicArn ?? '');
          for (const each of this.#subscriptions.values())
            if (each.topicArn === input.TopicArn) this.#subscriptions.delete(each.arn);
          return {};
        },
      },
      ListTopics: {
        run: (input) => {
          const page = pageOf([...this.#topics.keys()], 100, input.NextToken, 'InvalidParameter');
          return { Topics: page.items.map((TopicArn) => ({ TopicArn })), NextToken: page.next };
        },
      },
      GetTopicAttributes: {
        access: on('GetTopicAttributes'),
        run: (input) => {
          const topic = this.#require(input.TopicArn);
          return { Attributes: { ...Object.fromEntries(topic.attributes), TopicArn: topic.arn, Owner: account } };
        },
      },
      SetTopicAttributes: {
        access: on('SetTopicAttributes'),
        run: (input) => {
          this.#require(input.TopicArn).attributes.set(input.AttributeName ?? '', input.AttributeValue ?? '');
          return {};
        },
      },
      Subscribe: { access: on('Subscribe'), run: (input) => ({ SubscriptionArn: this.#subscribe(input).arn }) },
      GetSubscriptionAttributes: {
        access: onSubscription('GetSubscriptionAttributes'),
        run: (input) => {
          const { arn, topicArn, protocol, endpoint, attributes } = this.#requireSubscription(input.SubscriptionArn);
          const fixed = { SubscriptionArn: arn, TopicArn: topicArn, Protocol: protocol, Endpoint: endpoint };
          const Attributes = {
            RawMessageDelivery: 'false',
            ...Object.fromEntries(attributes),
            ...fixed,
            Owner: account,
          };
          return { Attributes: { ...Attributes, PendingConfirmation: 'false' } };
        },
      },
      SetSubscriptionAttributes: {
        access: onSubscription('SetSubscriptionAttributes'),
        run: (input) => {
          const { attributes } = this.#requireSubscription(input.SubscriptionArn);
          if (input.AttributeName === 'FilterPolicy') requireFilterPolicy(input.AttributeValue);
          attributes.set(input.AttributeName ?? '', input.AttributeValue ?? '');
          return {};
        },
      },
      Unsubscribe: {
        run: (input) => {
          this.#subscriptions.delete(input.SubscriptionArn ?? '');
          return {};
        },
      },
      ListSubscriptions: { run: (input) => this.#list(input.NextToken, undefined) },
      ListSubscriptionsByTopic: {
        access: on('ListSubscriptionsByTopic'),
        run: (input) => this.#list(input.NextToken, this.#require(input.TopicArn).arn),
      },
      Publish: {
        access: on('Publish'),
        mutating: true,
        run: (input) => ({
          MessageId: this.#publish(this.#require(input.TopicArn ?? input.TargetArn), notificationOf(input)),
        }),
      },
      PublishBatch: {
        access: on('Publish'),
        mutating: true,
        run: (input) => {
          const topic = this.#require(input.TopicArn);
          return publishEach(requireBatch(input.PublishBatchRequestEntries), (entry) =>
            this.#publish(topic, notificationOf(entry)),
          );
        },
      },
    });
  }

  #list(token: string | undefined, topicArn: string | undefined) {
    const fitting = [...this.#subscriptions.values()].filter(
      (each) => topicArn === undefined || each.topicArn === topicArn,
    );
    const page = pageOf(fitting, 100, token, 'InvalidParameter');
    return {
      Subscriptions: page.items.map((each) => ({
        SubscriptionArn: each.arn,
        TopicArn: each.topicArn,
        Protocol: each.protocol,
        Endpoint: each.endpoint,
        Owner: this.#ports.account,
      })),
      NextToken: page.next,
    };
  }
}

// Filter policies share the language of event patterns; attributes are lists of their values.
function wants(subscription: Subscription, notification: Notification): boolean {
  const policy = subscription.attributes.get('FilterPolicy');
  if (policy === undefined) return true;
  const pattern = compileEventPattern(policy);
  if (subscription.attributes.get('FilterPolicyScope') === 'MessageBody') {
    try {
      return pattern.matches(JSON.parse(notification.message));
    } catch {
      return false;
    }
  }
  const values = Object.entries(notification.attributes ?? {}).map(([name, attribute]) => [
    name,
    filterValue(attribute),
  ]);
  return pattern.matches(Object.fromEntries(values));
}

// https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
function filterValue({ DataType = 'String', StringValue }: MessageAttribute): unknown {
  if (StringValue === undefined) return null;
  if (DataType.startsWith('String.Array')) return JSON.parse(StringValue) as unknown;
  return DataType.startsWith('Number') ? Number(StringValue) : StringValue;
}

function requireFilterPolicy(policy: string | undefined): void {
  if (policy === undefined) return;
  try {
    compileEventPattern(policy);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw invalid(`Invalid parameter: FilterPolicy: ${error.message}`);
  }
}

// Subscribe is idempotent for equal attributes.
function unchanged(same: Subscription, attributes: ReadonlyMap<string, string>): Subscription {
  const differs = [...attributes].some(([name, value]) => same.attributes.get(name) !== value);
  if (!differs) return same;
  throw invalid('Invalid parameter: Attributes Reason: Subscription already exists with different attributes');
}

// A topic that nobody gave a policy: its own account, and alarms, which say whose they are (AWS:SourceOwner).
function defaultPolicy(arn: string, account: string): string {
  const actions = [
    'GetTopicAttributes',
    'SetTopicAttributes',
    'AddPermission',
    'RemovePermission',
    'DeleteTopic',
    'Subscribe',
    'ListSubscriptionsByTopic',
    'Publish',
  ];
  const statement = {
    Sid: '__default_statement_ID',
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: actions.map((action) => `SNS:${action}`),
    Resource: arn,
    Condition: { StringEquals: { 'AWS:SourceOwner': account } },
  };
  return JSON.stringify({ Version: '2008-10-17', Id: '__default_policy_ID', Statement: [statement] });
}

function requireBatch(entries: readonly sns.PublishBatchRequestEntry[] = []): readonly sns.PublishBatchRequestEntry[] {
  if (entries.length === 0) throw new AwsError('EmptyBatchRequest', "The batch request doesn't contain any entries.");
  if (entries.length > 10) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      'The batch request contains more entries than permissible (10).',
    );
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new AwsError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
  }
  return entries;
}

function publishEach(
  entries: readonly sns.PublishBatchRequestEntry[],
  publish: (entry: sns.PublishBatchRequestEntry) => string,
): { Successful: sns.PublishBatchResultEntry[]; Failed: sns.BatchResultErrorEntry[] } {
  const Successful: sns.PublishBatchResultEntry[] = [];
  const Failed: sns.BatchResultErrorEntry[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, MessageId: publish(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  return { Successful, Failed };
}

function requireDefault(message: string): void {
  if (messageFor('default', message) === undefined)
    throw invalid('Invalid parameter: Message Structure - No default entry in JSON message body');
}

function messageFor(protocol: string, structured: string): string | undefined {
  try {
    const texts = JSON.parse(structured) as Readonly<Record<string, unknown>> | null;
    const text = texts?.[protocol] ?? texts?.default;
    return typeof text === 'string' ? text : undefined;
  } catch {
    throw invalid('Invalid parameter: Message Structure - JSON message body failed to parse');
  }
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameter', message);
}

function notificationOf(input: sns.PublishCommandInput | sns.PublishBatchRequestEntry): Notification {
  return {
    message: input.Message ?? '',
    subject: input.Subject,
    attributes: (input.MessageAttributes ?? {}) as Readonly<Record<string, MessageAttribute>>,
    structured: input.MessageStructure === 'json',
  };
}
