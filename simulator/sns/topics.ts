import * as sns from '@aws-sdk/client-sns';
import { pageOf } from '../cloud/pages.ts';
import type { FunctionInvoker } from '../cloud/ports.ts';
import { type Access, AwsError, defineService, type Service } from '../cloud/service.ts';
import { compileEventPattern } from '../eventbridge/pattern.ts';
import type { MessageAttribute } from '../sqs/message.ts';
import { policyAllowsService } from '../sqs/queue-policy.ts';
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

  #publish(topic: Topic, notification: Notification): string {
    const { world } = this.#ports;
    if (notification.message === '') throw new AwsError('InvalidParameter', 'Invalid parameter: Empty message');
    if (Buffer.byteLength(notification.message) > 262_144)
      throw new AwsError('InvalidParameter', 'Invalid parameter: Message too long');
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

  #deliver(topic: Topic, subscription: Subscription, notification: Notification, id: string): void {
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
        const Sns = this.#envelope(topic, subscription, notification, id);
        const record = { EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: subscription.arn, Sns };
        functions.invokeLater(subscription.endpoint, { Records: [record] });
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
    }
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
    const same = [...this.#subscriptions.values()].find(
      (each) => each.topicArn === topic.arn && each.protocol === protocol && each.endpoint === endpoint,
    );
    if (same) return same;
    const arn = `${topic.arn}:${this.#ports.world.random.for('sns:subscription').uuid()}`;
    const attributes = new Map(Object.entries(input.Attributes ?? {}));
    const subscription = { arn, topicArn: topic.arn, protocol, endpoint, attributes };
    wants(subscription, { message: '{}' });
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
            attributes: new Map(Object.entries(input.Attributes ?? {})),
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
          const entries = input.PublishBatchRequestEntries ?? [];
          return {
            Successful: entries.map((entry) => ({
              Id: entry.Id,
              MessageId: this.#publish(topic, notificationOf(entry)),
            })),
            Failed: [],
          };
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
  const values = Object.entries(notification.attributes ?? {}).map(([name, { StringValue }]) => [
    name,
    StringValue ?? null,
  ]);
  return pattern.matches(Object.fromEntries(values));
}

function notificationOf(input: sns.PublishCommandInput | sns.PublishBatchRequestEntry): Notification {
  return {
    message: input.Message ?? '',
    subject: input.Subject,
    attributes: (input.MessageAttributes ?? {}) as Readonly<Record<string, MessageAttribute>>,
  };
}
