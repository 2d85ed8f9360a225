import { MalformedSignal } from './errors.ts';
import { type Fields, isFields } from './fields.ts';

/** One notification out of whatever Lambda was called with. */
export interface Notification {
  /** The SQS message that it came in; absent for EventBridge and SNS. */
  readonly messageId?: string | undefined;
  /** The body, unparsed where it came as text. */
  readonly body: unknown;
}

/**
 * The notifications in an invocation: an EventBridge event, SQS records (raw, or an SNS envelope inside), or SNS records (S1).
 */
export function notificationsIn(event: unknown): readonly Notification[] {
  if (!isFields(event)) throw new MalformedSignal(`it is ${event === null ? 'null' : typeof event}, not an object`);
  if (!Array.isArray(event.Records)) return [{ body: event }];
  return event.Records.map((record: unknown) => {
    if (!isFields(record)) throw new MalformedSignal('a record is not an object');
    if (record.eventSource === 'aws:sqs') return { messageId: String(record.messageId), body: record.body };
    if (record.EventSource === 'aws:sns' && isFields(record.Sns)) return { body: record.Sns.Message };
    throw new MalformedSignal(
      `records of ${String(record.eventSource ?? record.EventSource ?? 'an unnamed source')} are not known`,
    );
  });
}

/**
 * The notification itself: JSON text is parsed, and an SNS envelope inside an SQS message is opened.
 * @throws MalformedSignal when it is not a JSON object.
 */
export function openBody(body: unknown): Fields {
  const value = typeof body === 'string' ? parseJson(body) : body;
  if (!isFields(value)) throw new MalformedSignal('the body is not a JSON object');
  return value.Type === 'Notification' && typeof value.Message === 'string' ? openBody(value.Message) : value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedSignal(`the body is not JSON: ${text.slice(0, 80)}`);
  }
}
