import type { Invocation } from '../cloud/ports.ts';
import { AwsError } from '../cloud/service.ts';
import type { QueueSource, ReceivedMessage } from '../sqs/queue-source.ts';
import type { World } from '../world/world.ts';

/** A queue that a function is invoked for. */
export interface EventSourceMapping {
  readonly id: string;
  readonly queueArn: string;
  /** As given: with its qualifier. */
  readonly functionArn: string;
  /** 1 to 10,000; above 10 a batching window is needed. */
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly reportsItemFailures: boolean;
  /** At most so many batches at once; SQS scaling begins with five. */
  readonly maximumConcurrency: number;
  readonly lastModified: Date;
  enabled: boolean;
}

interface Options {
  readonly world: World;
  readonly region: string;
  readonly queues: QueueSource;
  /** @throws AwsError when Lambda refuses. */
  readonly invoke: (functionArn: string, payload: unknown) => Promise<Invocation>;
}

interface Poller {
  readonly mapping: EventSourceMapping;
  busy: number;
  scheduled: boolean;
  stop: () => void;
}

// From a message's arrival to the poller's receive; assumed (long polling answers at once).
const POLL_MS = [10, 80] as const;

/**
 * Polls queues for functions: batches, partial failures, and messages that come back after their visibility timeout.
 * Source: docs.aws.amazon.com/lambda/latest/dg/with-sqs.html and services-sqs-errorhandling.html
 */
export class EventSourceMappings {
  readonly #options: Options;
  readonly #pollers = new Map<string, Poller>();

  constructor(options: Options) {
    this.#options = options;
  }

  add(mapping: EventSourceMapping): void {
    const poller: Poller = { mapping, busy: 0, scheduled: false, stop: () => undefined };
    this.#pollers.set(mapping.id, poller);
    poller.stop = this.#options.queues.onVisible(mapping.queueArn, () => this.#wake(poller));
    this.#wake(poller);
  }

  all(): readonly EventSourceMapping[] {
    return [...this.#pollers.values()].map(({ mapping }) => mapping);
  }

  /** @throws AwsError `ResourceNotFoundException`. */
  find(id: string): EventSourceMapping {
    return this.#find(id).mapping;
  }

  /** @throws AwsError `ResourceNotFoundException`. */
  enable(id: string, enabled: boolean): EventSourceMapping {
    const poller = this.#find(id);
    poller.mapping.enabled = enabled;
    this.#wake(poller);
    return poller.mapping;
  }

  /** @throws AwsError `ResourceNotFoundException`. */
  remove(id: string): EventSourceMapping {
    const poller = this.#find(id);
    poller.stop();
    poller.mapping.enabled = false;
    this.#pollers.delete(id);
    return poller.mapping;
  }

  #find(id: string): Poller {
    const poller = this.#pollers.get(id);
    if (poller) return poller;
    throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', { status: 404 });
  }

  #wake(poller: Poller): void {
    const { mapping } = poller;
    if (!mapping.enabled || poller.scheduled || poller.busy >= mapping.maximumConcurrency) return;
    const { world } = this.#options;
    poller.scheduled = true;
    const delayMs = world.random.for('lambda:pollers').integer(...POLL_MS) + mapping.windowSeconds * 1000;
    world.after(delayMs, `lambda polls ${mapping.queueArn}`, () => {
      poller.scheduled = false;
      void this.#poll(poller);
    });
  }

  async #poll(poller: Poller): Promise<void> {
    const { mapping } = poller;
    const messages = mapping.enabled ? this.#receive(mapping) : [];
    if (messages.length === 0) return;
    poller.busy += 1;
    this.#wake(poller);
    const failed = await this.#handle(mapping, messages);
    for (const { messageId, receiptHandle } of messages) {
      if (!failed.has(messageId)) this.#options.queues.delete(mapping.queueArn, receiptHandle);
    }
    poller.busy -= 1;
    this.#wake(poller);
  }

  // A receive gives at most ten; a larger batch takes several.
  #receive({ queueArn, batchSize }: EventSourceMapping): readonly ReceivedMessage[] {
    const messages: ReceivedMessage[] = [];
    while (messages.length < batchSize) {
      const more = this.#options.queues.receive(queueArn, Math.min(10, batchSize - messages.length));
      if (more.length === 0) break;
      messages.push(...more);
    }
    return messages;
  }

  // The ids of messages that stay in the queue.
  async #handle(mapping: EventSourceMapping, messages: readonly ReceivedMessage[]): Promise<ReadonlySet<string>> {
    const all = new Set(messages.map(({ messageId }) => messageId));
    const Records = messages.map((message) => this.#record(mapping, message));
    try {
      const result = await this.#options.invoke(mapping.functionArn, { Records });
      if (!result.ok) return all;
      return mapping.reportsItemFailures ? itemFailures(result.payload, all) : new Set();
    } catch (error) {
      if (error instanceof AwsError) return all;
      throw error;
    }
  }

  #record({ queueArn }: EventSourceMapping, message: ReceivedMessage): object {
    const { messageId, receiptHandle, body, attributes, messageAttributes, md5OfBody } = message;
    return {
      messageId,
      receiptHandle,
      body,
      attributes,
      messageAttributes: lowerCased(messageAttributes),
      md5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn,
      awsRegion: this.#options.region,
    };
  }
}

// An answer that Lambda cannot read fails the whole batch; none at all is a success.
function itemFailures(payload: unknown, all: ReadonlySet<string>): ReadonlySet<string> {
  const failures = (payload as { batchItemFailures?: unknown } | null)?.batchItemFailures;
  if (failures === undefined || failures === null) return new Set();
  if (!Array.isArray(failures)) return all;
  const ids = failures.map((failure: { itemIdentifier?: unknown } | null) => failure?.itemIdentifier);
  return ids.every((id) => typeof id === 'string' && all.has(id)) ? new Set(ids as string[]) : all;
}

// `StringValue` of the queue is `stringValue` in a function's event.
function lowerCased(attributes: ReceivedMessage['messageAttributes']): object {
  const entries = Object.entries(attributes).map(([name, attribute]) => {
    const members = Object.entries(attribute).map(([key, value]) => [
      `${key.charAt(0).toLowerCase()}${key.slice(1)}`,
      value,
    ]);
    return [name, { stringListValues: [], binaryListValues: [], ...Object.fromEntries(members) }];
  });
  return Object.fromEntries(entries);
}
