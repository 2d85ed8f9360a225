import type { MessageAttribute } from './message.ts';

/** A message as a poller gets it. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly md5OfBody: string;
  /** System attributes (`ApproximateReceiveCount`, `SentTimestamp` …), as text. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, MessageAttribute>>;
}

/** What Lambda's event source mappings need of SQS. All are by queue ARN. */
export interface QueueSource {
  /** Up to `max` messages, hidden for the queue's visibility timeout; none when there are none. Does not wait. */
  receive(queueArn: string, max: number): readonly ReceivedMessage[];
  /** Deletes what was handled. An unknown handle is ignored. */
  delete(queueArn: string, receiptHandle: string): void;
  /** Makes a message visible again at once or after so many seconds. */
  changeVisibility(queueArn: string, receiptHandle: string, seconds: number): void;
  /** Calls the listener whenever a message becomes visible (sent, or given back); returns how to stop that. */
  onVisible(queueArn: string, listener: () => void): () => void;
  /** The queue's visibility timeout in seconds; undefined when there is no such queue. */
  visibilityTimeoutSeconds(queueArn: string): number | undefined;
}
