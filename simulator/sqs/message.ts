import { createHash } from 'node:crypto';

/** The value of a message attribute as SQS and SNS know it. */
export interface MessageAttribute {
  readonly DataType: string | undefined;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: Uint8Array | undefined;
}

/** A message in a queue. */
export interface QueuedMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  /** ARN or unique id of who sent it. */
  readonly senderId: string;
  /** Epoch milliseconds of the world. */
  readonly sentAt: number;
  /** Nobody receives it before. */
  visibleAt: number;
  receiveCount: number;
  firstReceivedAt: number | undefined;
  /** Of the latest receipt; older handles still delete, as on AWS. */
  receipts: Set<string>;
  /** Set when a redrive moved it here. */
  readonly movedFrom: string | undefined;
}

/** The hexadecimal MD5 of a body, which SDKs check. */
export function md5OfBody(body: string): string {
  return createHash('md5').update(body).digest('hex');
}

/**
 * The MD5 of message attributes; undefined when there are none.
 * Rule: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function md5OfAttributes(attributes: Readonly<Record<string, MessageAttribute>>): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const add = (bytes: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const attribute = attributes[name];
    add(Buffer.from(name));
    add(Buffer.from(attribute?.DataType ?? ''));
    const binary = attribute?.DataType?.startsWith('Binary') === true;
    hash.update(Buffer.from([binary ? 2 : 1]));
    add(binary ? (attribute?.BinaryValue ?? new Uint8Array()) : Buffer.from(attribute?.StringValue ?? ''));
  }
  return hash.digest('hex');
}
