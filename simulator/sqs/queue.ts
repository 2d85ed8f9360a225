import { AwsError } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import { type MessageAttribute, md5OfBody, type QueuedMessage } from './message.ts';
import type { ReceivedMessage } from './queue-source.ts';

/** What a message needs to be put into a queue. */
export interface NewMessage {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, MessageAttribute>>;
  readonly delaySeconds?: number | undefined;
  readonly senderId: string;
}

/** The attributes that may be set, with AWS's defaults (SetQueueAttributes). */
const DEFAULTS: Readonly<Record<string, string>> = {
  DelaySeconds: '0',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  VisibilityTimeout: '30',
  SqsManagedSseEnabled: 'true',
};
const WITHOUT_DEFAULT = [
  'Policy',
  'RedrivePolicy',
  'RedriveAllowPolicy',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
];
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  DelaySeconds: [0, 900],
  MaximumMessageSize: [1024, 1048576],
  MessageRetentionPeriod: [60, 1209600],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  VisibilityTimeout: [0, 43200],
};

/** One standard queue on virtual time: delays, visibility, retention, redrive. */
export class Queue {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly tags = new Map<string, string>();
  readonly createdAt: number;
  readonly #world: World;
  readonly #attributes = new Map(Object.entries(DEFAULTS));
  readonly #deadLetterQueue: (arn: string) => Queue | undefined;
  readonly #listeners = new Set<() => void>();
  #messages: QueuedMessage[] = [];
  #modifiedAt: number;

  constructor(
    world: World,
    identity: { readonly name: string; readonly arn: string; readonly url: string },
    deadLetterQueue: (arn: string) => Queue | undefined,
  ) {
    this.#world = world;
    this.name = identity.name;
    this.arn = identity.arn;
    this.url = identity.url;
    this.createdAt = world.now();
    this.#modifiedAt = world.now();
    this.#deadLetterQueue = deadLetterQueue;
  }

  /** @throws AwsError `InvalidAttributeName`, `InvalidAttributeValue`. */
  setAttributes(attributes: Readonly<Record<string, string | undefined>>): void {
    for (const [name, value] of Object.entries(attributes)) {
      requireValid(name, value ?? '');
      // An empty value takes the attribute away.
      if (value === undefined || value === '') this.#attributes.delete(name);
      else this.#attributes.set(name, value);
    }
    this.#modifiedAt = this.#world.now();
  }

  attribute(name: string): string | undefined {
    return this.#attributes.get(name);
  }

  /** All attributes as GetQueueAttributes gives them for `All`. */
  describe(): Record<string, string> {
    this.#dropExpired();
    const now = this.#world.now();
    const hidden = this.#messages.filter(({ visibleAt }) => visibleAt > now);
    const delayed = hidden.filter(({ receiveCount }) => receiveCount === 0).length;
    return {
      ...Object.fromEntries(this.#attributes),
      QueueArn: this.arn,
      CreatedTimestamp: seconds(this.createdAt),
      LastModifiedTimestamp: seconds(this.#modifiedAt),
      ApproximateNumberOfMessages: String(this.#messages.length - hidden.length),
      ApproximateNumberOfMessagesNotVisible: String(hidden.length - delayed),
      ApproximateNumberOfMessagesDelayed: String(delayed),
    };
  }

  /** All messages, oldest first, also hidden ones: for people and tests who look into a queue. */
  peek(): readonly QueuedMessage[] {
    this.#dropExpired();
    return this.#messages;
  }

  /** @throws AwsError `InvalidParameterValue` for a body that is empty or too long. */
  send(message: NewMessage): QueuedMessage {
    const limit = Number(this.attribute('MaximumMessageSize'));
    if (message.body === '')
      throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
    if (sizeOf(message) > limit) {
      throw invalid(`One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`);
    }
    requireBetween('DelaySeconds', message.delaySeconds, 0, 900);
    const delay = (message.delaySeconds ?? Number(this.attribute('DelaySeconds'))) * 1000;
    const queued = {
      id: this.#world.random.for('sqs:message-id').uuid(),
      body: message.body,
      attributes: message.attributes ?? {},
      senderId: message.senderId,
      sentAt: this.#world.now(),
      visibleAt: this.#world.now() + delay,
      receiveCount: 0,
      firstReceivedAt: undefined,
      receipts: new Set<string>(),
      movedFrom: undefined,
    };
    this.#add(queued);
    this.#world.history.record('sqs', 'MessageSent', { queue: this.name, messageId: queued.id });
    return queued;
  }

  /** Takes up to `max` visible messages and hides them; those that were received too often go to the dead-letter queue. */
  receive(max: number, visibilitySeconds = Number(this.attribute('VisibilityTimeout'))): readonly ReceivedMessage[] {
    requireBetween('VisibilityTimeout', visibilitySeconds, 0, 43200);
    this.#dropExpired();
    const taken: ReceivedMessage[] = [];
    for (const message of this.#messages.filter(({ visibleAt }) => visibleAt <= this.#world.now())) {
      if (taken.length === max) break;
      if (!this.#redrive(message)) taken.push(this.#take(message, visibilitySeconds));
    }
    return taken;
  }

  /** @throws AwsError `ReceiptHandleIsInvalid` for a handle this queue never gave. */
  delete(receiptHandle: string): void {
    this.#requireHandle(receiptHandle);
    this.#messages = this.#messages.filter(({ receipts }) => !receipts.has(receiptHandle));
  }

  /** @throws AwsError `ReceiptHandleIsInvalid`, `MessageNotInflight`, `InvalidParameterValue`. */
  changeVisibility(receiptHandle: string, visibilitySeconds: number): void {
    this.#requireHandle(receiptHandle);
    requireBetween('VisibilityTimeout', visibilitySeconds, 0, 43200);
    const message = this.#messages.find(({ receipts }) => receipts.has(receiptHandle));
    if (!message || message.visibleAt <= this.#world.now()) {
      throw new AwsError('MessageNotInflight', 'The specified message is not in flight.');
    }
    this.#hide(message, visibilitySeconds * 1000);
  }

  purge(): void {
    this.#messages = [];
  }

  /** When the next hidden message comes back, epoch milliseconds; undefined when none will. */
  nextVisibleAt(): number | undefined {
    const times = this.#messages.map(({ visibleAt }) => visibleAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Calls the listener whenever a message becomes visible; returns how to stop that. */
  onVisible(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #add(message: QueuedMessage): void {
    this.#messages.push(message);
    this.#hide(message, message.visibleAt - this.#world.now());
  }

  #hide(message: QueuedMessage, milliseconds: number): void {
    message.visibleAt = this.#world.now() + milliseconds;
    const visibleAt = message.visibleAt;
    this.#world.afterInBackground(milliseconds, `message visible in ${this.name}`, () => {
      if (message.visibleAt === visibleAt && this.#messages.includes(message)) {
        for (const listener of this.#listeners) listener();
      }
    });
  }

  #take(message: QueuedMessage, visibilitySeconds: number): ReceivedMessage {
    message.receiveCount += 1;
    message.firstReceivedAt ??= this.#world.now();
    const receiptHandle = Buffer.from(`${this.name} ${message.id} ${message.receiveCount}`).toString('base64');
    message.receipts.add(receiptHandle);
    this.#hide(message, visibilitySeconds * 1000);
    return {
      messageId: message.id,
      receiptHandle,
      body: message.body,
      md5OfBody: md5OfBody(message.body),
      messageAttributes: message.attributes,
      attributes: {
        ApproximateReceiveCount: String(message.receiveCount),
        SentTimestamp: String(message.sentAt),
        SenderId: message.senderId,
        ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
        ...(message.movedFrom === undefined ? {} : { DeadLetterQueueSourceArn: message.movedFrom }),
      },
    };
  }

  // SQS counts a receipt when it gives the message out, and moves it at the receipt after the last allowed one.
  #redrive(message: QueuedMessage): boolean {
    const policy = this.attribute('RedrivePolicy');
    if (policy === undefined) return false;
    const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(policy) as {
      readonly deadLetterTargetArn: string;
      readonly maxReceiveCount: number | string;
    };
    const target = this.#deadLetterQueue(deadLetterTargetArn);
    if (!target || message.receiveCount < Number(maxReceiveCount)) return false;
    this.#messages = this.#messages.filter((other) => other !== message);
    target.#add({
      ...message,
      visibleAt: this.#world.now(),
      receiveCount: 0,
      firstReceivedAt: undefined,
      receipts: new Set(),
      movedFrom: this.arn,
    });
    this.#world.history.record('sqs', 'MessageDeadLettered', {
      queue: this.name,
      to: target.name,
      messageId: message.id,
    });
    return true;
  }

  #dropExpired(): void {
    const oldest = this.#world.now() - Number(this.attribute('MessageRetentionPeriod')) * 1000;
    this.#messages = this.#messages.filter(({ sentAt }) => sentAt >= oldest);
  }

  #requireHandle(receiptHandle: string): void {
    if (!Buffer.from(receiptHandle, 'base64').toString().startsWith(`${this.name} `)) {
      throw new AwsError(
        'ReceiptHandleIsInvalid',
        `The input receipt handle "${receiptHandle}" is not a valid receipt handle.`,
        {
          status: 404,
        },
      );
    }
  }
}

/**
 * What a message counts towards the limits: its body, and name, type and value of each attribute, in bytes.
 * Rule: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function sizeOf({ body, attributes = {} }: Pick<NewMessage, 'body' | 'attributes'>): number {
  const texts = Object.entries(attributes).flatMap(([name, { DataType = '', StringValue = '', BinaryValue }]) => [
    Buffer.byteLength(name),
    Buffer.byteLength(DataType),
    BinaryValue?.byteLength ?? Buffer.byteLength(StringValue),
  ]);
  return texts.reduce((sum, bytes) => sum + bytes, Buffer.byteLength(body));
}

/** @throws AwsError `InvalidParameterValue` for a value that is given and lies outside. */
export function requireBetween(parameter: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (value >= least && value <= most)) return;
  throw invalid(
    `Value ${value} for parameter ${parameter} is invalid. Reason: Must be between ${least} and ${most}, if provided.`,
  );
}

function requireValid(name: string, value: string): void {
  if (name === 'FifoQueue' || name === 'ContentBasedDeduplication') {
    throw new AwsError('NotImplemented', 'FIFO queues are not simulated.', { status: 501 });
  }
  if (!(name in DEFAULTS) && !WITHOUT_DEFAULT.includes(name)) {
    throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
  }
  const range = RANGES[name];
  const number = Number(value);
  if (value !== '' && range && !(Number.isInteger(number) && range[0] <= number && number <= range[1])) {
    throw new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
  }
  if (value !== '' && (name.endsWith('Policy') || name === 'Policy') && !isJsonObject(value)) {
    throw new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
  }
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function seconds(milliseconds: number): string {
  return String(Math.floor(milliseconds / 1000));
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message);
}
