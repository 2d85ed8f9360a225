import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { AwsAccess, AwsClientSettings } from './aws-access.ts';
import { batches } from './batches.ts';
import { awsCall, awsCallUnless } from './errors.ts';

/** A message that is hidden from others until it is given back or removed. */
export interface HeldMessage {
  readonly queue: string;
  readonly messageId: string;
  /** ISO 8601. */
  readonly sentAt: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Takes it out of its queue for good. */
  remove(): Promise<void>;
}

/** How long what was received is hidden if nobody gives it back. It is hidden anew while somebody works on it, so that however long that takes nobody else receives it. */
const HIDDEN_SECONDS = 120;
const RENEWED_EVERY_MS = 40_000;
/** Received with one request, and given back with one. */
const AT_ONCE = 10;
/** SQS answers from a part of its servers; only so many empty answers in a row mean that there is nothing more. */
const EMPTY_ANSWERS = 3;

/** A queue's address names AWS's own host, wherever the queue is asked for: a local cloud, a VPC endpoint. */
class QueueClient extends SQSClient {
  constructor(settings: AwsClientSettings) {
    super({ ...settings, useQueueUrlAsEndpoint: false });
  }
}

/**
 * Looks through a queue and gives back what it held: SQS has no way to look without receiving, and with a visibility timeout of 0 the same messages would come again and
 * again. For a moment nobody else receives them, and each counts as received once more. undefined: there is no such queue.
 */
export async function lookThrough<T>(
  aws: AwsAccess,
  queue: string,
  limit: number,
  work: (messages: readonly HeldMessage[]) => Promise<T>,
): Promise<T | undefined> {
  const client = aws.client(QueueClient);
  const missing = ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'];
  const found = await awsCallUnless(missing, client.send(new GetQueueUrlCommand({ QueueName: queue })));
  const url = found?.QueueUrl;
  if (url === undefined) return undefined;
  const held = new Map<string, Message>();
  const removed = new Set<string>();
  const left = () => [...held.values()].filter(({ MessageId = '' }) => !removed.has(MessageId));
  const stopRenewing = keepHidden(client, url, left);
  try {
    await receiveAll(client, url, limit, held);
    const messages = [...held.values()].map((message) => heldOf(message, queue, client, url, removed));
    return await work(messages.toSorted((a, b) => (a.sentAt < b.sentAt ? -1 : 1)));
  } finally {
    await stopRenewing();
    await hide(client, url, left(), 0);
  }
}

/** Until it is stopped. A renewal that fails is made up for by the next. */
function keepHidden(client: SQSClient, url: string, left: () => readonly Message[]): () => Promise<void> {
  let renewal = Promise.resolve();
  const timer = setInterval(() => {
    renewal = renewal.then(() => hide(client, url, left(), HIDDEN_SECONDS)).catch(() => undefined);
  }, RENEWED_EVERY_MS);
  return () => {
    clearInterval(timer);
    return renewal;
  };
}

async function receiveAll(client: SQSClient, url: string, limit: number, held: Map<string, Message>): Promise<void> {
  const command = new ReceiveMessageCommand({
    QueueUrl: url,
    MaxNumberOfMessages: AT_ONCE,
    VisibilityTimeout: HIDDEN_SECONDS,
    MessageSystemAttributeNames: ['SentTimestamp'],
    MessageAttributeNames: ['All'],
  });
  for (let empty = 0; empty < EMPTY_ANSWERS && held.size < limit; ) {
    const { Messages = [] } = await awsCall(client.send(command));
    empty = Messages.length === 0 ? empty + 1 : 0;
    for (const message of Messages) held.set(message.MessageId ?? '', message);
  }
}

function heldOf(message: Message, queue: string, client: SQSClient, url: string, removed: Set<string>): HeldMessage {
  const { MessageId = '', ReceiptHandle = '', Body = '', Attributes = {}, MessageAttributes = {} } = message;
  const attributes = Object.entries(MessageAttributes).map(([name, { StringValue = '' }]) => [name, StringValue]);
  return {
    queue,
    messageId: MessageId,
    sentAt: new Date(Number(Attributes.SentTimestamp ?? 0)).toISOString(),
    body: Body,
    attributes: Object.fromEntries(attributes),
    async remove() {
      await awsCall(client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle })));
      removed.add(MessageId);
    },
  };
}

/** For so long from now; 0 gives them back. */
async function hide(client: SQSClient, url: string, messages: readonly Message[], seconds: number): Promise<void> {
  for (const batch of batches(messages, AT_ONCE)) {
    const Entries = batch.map(({ ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle,
      VisibilityTimeout: seconds,
    }));
    await awsCall(client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries })));
  }
}
