import * as sqs from '@aws-sdk/client-sqs';
import { pageOf } from '../cloud/pages.ts';
import { type Access, AwsError, type CallContext, defineService, type Service } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import { type MessageAttribute, md5OfAttributes, md5OfBody } from './message.ts';
import { Queue, requireBetween, sizeOf } from './queue.ts';
import { policyAllowsService, type ServiceSender } from './queue-policy.ts';
import type { QueueSource, ReceivedMessage } from './queue-source.ts';

/** What EventBridge, SNS, Lambda and the schedules need to put a message into a queue. */
export interface QueueSink {
  /**
   * Sends on behalf of a service.
   * @throws AwsError `AWS.SimpleQueueService.NonExistentQueue`, `AccessDenied` when the queue's policy does not let the service.
   */
  sendAsService(
    queueArn: string,
    message: { readonly body: string; readonly attributes?: Readonly<Record<string, MessageAttribute>> },
    sender: ServiceSender,
  ): void;
  /** Sends without asking the policy: for callers whose role was checked already. */
  sendAsRole(
    queueArn: string,
    message: { readonly body: string; readonly attributes?: Readonly<Record<string, MessageAttribute>> },
    roleArn: string,
  ): void;
}

interface Place {
  readonly account: string;
  readonly region: string;
}

/** SQS: standard queues on virtual time. FIFO queues are refused. */
export class Queues implements QueueSink, QueueSource {
  readonly service: Service;
  readonly #world: World;
  readonly #place: Place;
  readonly #queues = new Map<string, Queue>();

  constructor(world: World, place: Place) {
    this.#world = world;
    this.#place = place;
    this.service = this.#define();
  }

  /** The queue of that ARN or URL, if there is one. */
  find(arnOrUrl: string): Queue | undefined {
    return this.#queues.get(arnOrUrl.split(/[:/]/).at(-1) ?? '');
  }

  sendAsService(...[queueArn, message, sender]: Parameters<QueueSink['sendAsService']>): void {
    const queue = this.#require(queueArn);
    if (!policyAllowsService(queue.attribute('Policy'), 'sqs:SendMessage', queue.arn, sender)) {
      throw new AwsError('AccessDenied', `Access to the resource ${queue.url} is denied.`, { status: 403 });
    }
    queue.send({ ...message, senderId: sender.principal });
  }

  sendAsRole(...[queueArn, message, roleArn]: Parameters<QueueSink['sendAsRole']>): void {
    this.#require(queueArn).send({ ...message, senderId: roleArn });
  }

  receive(queueArn: string, max: number): readonly ReceivedMessage[] {
    return this.#require(queueArn).receive(max);
  }

  delete(queueArn: string, receiptHandle: string): void {
    this.find(queueArn)?.delete(receiptHandle);
  }

  changeVisibility(queueArn: string, receiptHandle: string, seconds: number): void {
    this.#require(queueArn).changeVisibility(receiptHandle, seconds);
  }

  onVisible(queueArn: string, listener: () => void): () => void {
    return this.#require(queueArn).onVisible(listener);
  }

  visibilityTimeoutSeconds(queueArn: string): number | undefined {
    const value = this.find(queueArn)?.attribute('VisibilityTimeout');
    return value === undefined ? undefined : Number(value);
  }

  #require(arnOrUrl: string | undefined): Queue {
    const queue = this.find(arnOrUrl ?? '');
    if (!queue) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  }

  #arn(name: string): string {
    return `arn:aws:sqs:${this.#place.region}:${this.#place.account}:${name}`;
  }

  #create(input: sqs.CreateQueueCommandInput): sqs.CreateQueueCommandOutput['QueueUrl'] {
    const name = input.QueueName ?? '';
    if (name.endsWith('.fifo')) throw new AwsError('NotImplemented', 'FIFO queues are not simulated.', { status: 501 });
    if (!/^[\w-]{1,80}$/.test(name)) {
      throw new AwsError(
        'InvalidParameterValue',
        'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
      );
    }
    const existing = this.#queues.get(name);
    if (existing) return reuse(existing, input.Attributes ?? {});
    const url = `https://sqs.${this.#place.region}.amazonaws.com/${this.#place.account}/${name}`;
    const queue = new Queue(this.#world, { name, arn: this.#arn(name), url }, (arn) => this.find(arn));
    queue.setAttributes(input.Attributes ?? {});
    for (const [key, value] of Object.entries(input.tags ?? {})) queue.tags.set(key, value);
    this.#queues.set(name, queue);
    return url;
  }

  async #receive(input: sqs.ReceiveMessageCommandInput): Promise<readonly ReceivedMessage[]> {
    const queue = this.#require(input.QueueUrl);
    const max = input.MaxNumberOfMessages ?? 1;
    requireBetween('MaxNumberOfMessages', max, 1, 10);
    requireBetween('WaitTimeSeconds', input.WaitTimeSeconds, 0, 20);
    const waitSeconds = input.WaitTimeSeconds ?? Number(queue.attribute('ReceiveMessageWaitTimeSeconds'));
    const deadline = this.#world.now() + waitSeconds * 1000;
    for (;;) {
      const messages = queue.receive(max, input.VisibilityTimeout);
      if (messages.length > 0 || this.#world.now() >= deadline) return messages;
      await this.#arrival(queue, deadline);
    }
  }

  // Long polling: wakes when a message becomes visible, or when the time is up.
  #arrival(queue: Queue, deadline: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        stop();
        timer.cancel();
        resolve();
      };
      const stop = queue.onVisible(done);
      const timer = this.#world.afterInBackground(deadline - this.#world.now(), `long poll of ${queue.name}`, done);
    });
  }

  #send(queue: Queue, input: sqs.SendMessageBatchRequestEntry | sqs.SendMessageCommandInput, call: CallContext) {
    const attributes = (input.MessageAttributes ?? {}) as Readonly<Record<string, MessageAttribute>>;
    const message = queue.send({
      body: input.MessageBody ?? '',
      attributes,
      delaySeconds: input.DelaySeconds,
      senderId: call.caller.arn,
    });
    return {
      MessageId: message.id,
      MD5OfMessageBody: md5OfBody(message.body),
      MD5OfMessageAttributes: md5OfAttributes(attributes),
    };
  }

  #define(): Service {
    const on =
      (action: string) =>
      (input: { readonly QueueUrl?: string | undefined }): readonly Access[] => [
        { action: `sqs:${action}`, resource: this.#arn(input.QueueUrl?.split('/').at(-1) ?? '') },
      ];
    const onName =
      (action: string) =>
      (input: { readonly QueueName?: string | undefined }): readonly Access[] => [
        { action: `sqs:${action}`, resource: this.#arn(input.QueueName ?? '') },
      ];
    return defineService('sqs', sqs, {
      CreateQueue: { access: onName('CreateQueue'), run: (input) => ({ QueueUrl: this.#create(input) }) },
      DeleteQueue: {
        access: on('DeleteQueue'),
        run: (input) => {
          this.#queues.delete(this.#require(input.QueueUrl).name);
          return {};
        },
      },
      GetQueueUrl: {
        access: onName('GetQueueUrl'),
        run: (input) => ({ QueueUrl: this.#require(input.QueueName).url }),
      },
      ListQueues: {
        run: (input) => {
          const urls = [...this.#queues.values()]
            .filter(({ name }) => name.startsWith(input.QueueNamePrefix ?? ''))
            .map(({ url }) => url);
          const page = pageOf(urls, input.MaxResults ?? 1000, input.NextToken, 'InvalidParameterValue');
          return { QueueUrls: page.items, NextToken: page.next };
        },
      },
      GetQueueAttributes: {
        access: on('GetQueueAttributes'),
        run: (input) => ({
          Attributes: select(this.#require(input.QueueUrl).describe(), input.AttributeNames ?? []),
        }),
      },
      SetQueueAttributes: {
        access: on('SetQueueAttributes'),
        run: (input) => {
          this.#require(input.QueueUrl).setAttributes(input.Attributes ?? {});
          return {};
        },
      },
      SendMessage: {
        access: on('SendMessage'),
        run: (input, call) => this.#send(this.#require(input.QueueUrl), input, call),
      },
      SendMessageBatch: {
        access: on('SendMessage'),
        run: (input, call) => {
          const queue = this.#require(input.QueueUrl);
          requireBatchSize(input.Entries ?? [], Number(queue.attribute('MaximumMessageSize')));
          const { done, failed } = batch('SendMessage', input.Entries, (entry) => this.#send(queue, entry, call));
          return { Successful: done, Failed: failed };
        },
      },
      ReceiveMessage: {
        access: on('ReceiveMessage'),
        mutating: true,
        run: async (input) => ({ Messages: (await this.#receive(input)).map((message) => toWire(message, input)) }),
      },
      DeleteMessage: {
        access: on('DeleteMessage'),
        run: (input) => {
          this.#require(input.QueueUrl).delete(input.ReceiptHandle ?? '');
          return {};
        },
      },
      DeleteMessageBatch: {
        access: on('DeleteMessage'),
        run: (input) => {
          const queue = this.#require(input.QueueUrl);
          const { done, failed } = batch('DeleteMessage', input.Entries, (entry) => {
            queue.delete(entry.ReceiptHandle ?? '');
            return {};
          });
          return { Successful: done, Failed: failed };
        },
      },
      ChangeMessageVisibilityBatch: {
        access: on('ChangeMessageVisibility'),
        run: (input) => {
          const queue = this.#require(input.QueueUrl);
          const { done, failed } = batch('ChangeMessageVisibility', input.Entries, (entry) => {
            queue.changeVisibility(entry.ReceiptHandle ?? '', entry.VisibilityTimeout ?? 0);
            return {};
          });
          return { Successful: done, Failed: failed };
        },
      },
      ChangeMessageVisibility: {
        access: on('ChangeMessageVisibility'),
        run: (input) => {
          this.#require(input.QueueUrl).changeVisibility(input.ReceiptHandle ?? '', input.VisibilityTimeout ?? 0);
          return {};
        },
      },
      PurgeQueue: {
        access: on('PurgeQueue'),
        run: (input) => {
          this.#require(input.QueueUrl).purge();
          return {};
        },
      },
      ListQueueTags: {
        access: on('ListQueueTags'),
        run: (input) => ({ Tags: Object.fromEntries(this.#require(input.QueueUrl).tags) }),
      },
      TagQueue: {
        access: on('TagQueue'),
        run: (input) => {
          const { tags } = this.#require(input.QueueUrl);
          for (const [key, value] of Object.entries(input.Tags ?? {})) tags.set(key, value);
          return {};
        },
      },
      UntagQueue: {
        access: on('UntagQueue'),
        run: (input) => {
          const { tags } = this.#require(input.QueueUrl);
          for (const key of input.TagKeys ?? []) tags.delete(key);
          return {};
        },
      },
    });
  }
}

// CreateQueue is idempotent for equal attributes.
function reuse(queue: Queue, attributes: Readonly<Record<string, string>>): string {
  for (const [name, value] of Object.entries(attributes)) {
    if (queue.attribute(name) !== value) {
      throw new AwsError(
        'QueueNameExists',
        `A queue already exists with the same name and a different value for attribute ${name}`,
      );
    }
  }
  return queue.url;
}

function select(attributes: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  if (names.includes('All')) return { ...attributes };
  for (const name of names) {
    if (name in attributes || KNOWN_BUT_UNSET.has(name)) continue;
    throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
  }
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name)));
}

const KNOWN_BUT_UNSET = new Set(Object.values(sqs.QueueAttributeName) as readonly string[]);

function toWire(message: ReceivedMessage, input: sqs.ReceiveMessageCommandInput): sqs.Message {
  const system = [...(input.MessageSystemAttributeNames ?? []), ...(input.AttributeNames ?? [])] as readonly string[];
  const wanted = input.MessageAttributeNames ?? [];
  const attributes = Object.fromEntries(
    Object.entries(message.messageAttributes).filter(([name]) => wanted.some((pattern) => fits(pattern, name))),
  );
  const systemAttributes = Object.entries(message.attributes).filter(
    ([name]) => system.includes('All') || system.includes(name),
  );
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: message.md5OfBody,
    ...(systemAttributes.length === 0 ? {} : { Attributes: Object.fromEntries(systemAttributes) }),
    ...(Object.keys(attributes).length === 0
      ? {}
      : {
          MessageAttributes: attributes as Record<string, sqs.MessageAttributeValue>,
          MD5OfMessageAttributes: md5OfAttributes(attributes),
        }),
  };
}

function fits(pattern: string, name: string): boolean {
  if (pattern === 'All' || pattern === '.*' || pattern === name) return true;
  return pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -1));
}

// The whole batch may be as long as the longest single message.
function requireBatchSize(entries: readonly sqs.SendMessageBatchRequestEntry[], limit: number): void {
  const size = entries.reduce((sum, { MessageBody = '', MessageAttributes }) => {
    const attributes = (MessageAttributes ?? {}) as Readonly<Record<string, MessageAttribute>>;
    return sum + sizeOf({ body: MessageBody, attributes });
  }, 0);
  if (size <= limit) return;
  throw new AwsError(
    'BatchRequestTooLong',
    `Batch requests cannot be longer than ${limit} bytes. You have sent ${size} bytes.`,
  );
}

// One entry that fails does not hold up the others: the answer tells each one's fate.
function batch<Entry extends { readonly Id: string | undefined }, Done extends object>(
  action: string,
  entries: readonly Entry[] | undefined,
  run: (entry: Entry) => Done,
) {
  if (!entries || entries.length === 0) {
    throw new AwsError('EmptyBatchRequest', `There should be at least one ${action}BatchRequestEntry in the request.`);
  }
  if (entries.length > 10) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are 10. You have sent ${entries.length}.`,
    );
  }
  const ids = entries.map(({ Id }) => Id ?? '');
  if (!ids.every((id) => /^[\w-]{1,80}$/.test(id))) {
    throw new AwsError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    );
  }
  const repeated = ids.find((id, index) => ids.indexOf(id) < index);
  if (repeated !== undefined) throw new AwsError('BatchEntryIdsNotDistinct', `Id ${repeated} repeated.`);
  const done: (Done & { Id: string | undefined })[] = [];
  const failed: sqs.BatchResultErrorEntry[] = [];
  for (const entry of entries) {
    try {
      done.push({ ...run(entry), Id: entry.Id });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  return { done, failed };
}
