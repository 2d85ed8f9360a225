import { notificationsIn, openBody } from './envelopes.ts';
import { type Fields, isFields } from './fields.ts';
import { readNotification } from './read-notification.ts';

/** A message in one of the queues for signals that came to nothing. */
export interface QueuedSignal {
  readonly queue: string;
  readonly messageId: string;
  /** ISO 8601. */
  readonly sentAt: string;
  readonly body: string;
  /** What EventBridge and the scheduler say beside the body: `RULE_ARN`, `TARGET_ARN`, `ERROR_CODE`, … */
  readonly attributes: Readonly<Record<string, string>>;
}

/** How a signal is given another try. */
export type AnotherTry =
  | { readonly kind: 'invoke'; readonly functionName: string; readonly event: unknown }
  | { readonly kind: 'start'; readonly stateMachineArn: string; readonly name: string; readonly input: string };

/** A signal that came to nothing, in words. */
export interface FailedSignal {
  /** `EC2 Instance-terminate Lifecycle Action`. */
  readonly kind: string;
  /** Instance, group or execution that it is about; empty: it does not say. */
  readonly about: string;
  readonly why: string;
  /** undefined: nobody can read it. */
  readonly again?: AnotherTry | undefined;
}

const STATE_MACHINE = /:stateMachine:/;

/**
 * What a message of these queues is, and how it is given another try: as it first came, to whom it was for. Pure.
 * @param router name of the function that routes signals
 */
export function readFailedSignal({ messageId, body, attributes }: QueuedSignal, router: string): FailedSignal {
  const value = parsed(body);
  if (isFields(value) && 'requestPayload' in value) return ofDestination(value, router);
  const { TARGET_ARN: target = '', ERROR_CODE: code = '', ERROR_MESSAGE: message = '' } = attributes;
  if (target !== '' || code !== '') {
    const why = [code, message].filter((one) => one !== '').join(': ') || 'it could not be delivered';
    return { ...wordsOf(value), why, again: toTarget(target, messageId, value, body, router) };
  }
  // A queue's own message, which was received three times: as Lambda would have had it.
  const record = { eventSource: 'aws:sqs', messageId, body };
  const again = { kind: 'invoke', functionName: router, event: { Records: [record] } } as const;
  return { ...wordsOf(value), why: 'it was tried three times; the function’s log says why', again };
}

/** Why another try now would start nothing, as far as the signal itself tells: it is of no kind that asks for something, or too old. Pure. */
export function whyDropped(again: AnotherTry | undefined, now: Date): string | undefined {
  if (again?.kind !== 'invoke' || !isFields(again.event)) return undefined;
  try {
    const readings = notificationsIn(again.event).map(({ body }) => readNotification(openBody(body), now));
    const drops = readings.flatMap((reading) => ('drop' in reading ? [reading.drop] : []));
    return drops.length > 0 && drops.length === readings.length ? drops.join('; ') : undefined;
  } catch {
    return undefined;
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
function ofDestination({ requestPayload, responsePayload, requestContext }: Fields, router: string): FailedSignal {
  const { errorType, errorMessage } = isFields(responsePayload) ? responsePayload : {};
  const condition = isFields(requestContext) ? textOf(requestContext.condition) : '';
  const why = [textOf(errorType), textOf(errorMessage)].filter((one) => one !== '').join(': ') || condition;
  return { ...wordsOf(requestPayload), why, again: { kind: 'invoke', functionName: router, event: requestPayload } };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html */
function toTarget(target: string, messageId: string, value: unknown, body: string, router: string): AnotherTry {
  if (!STATE_MACHINE.test(target))
    return { kind: 'invoke', functionName: /:function:(.+)$/.exec(target)?.[1] ?? router, event: value };
  const id = isFields(value) && typeof value.id === 'string' ? value.id : messageId;
  // The same name for the same event, so that it starts nothing twice.
  return { kind: 'start', stateMachineArn: target, name: `redriven-${id}`, input: body };
}

function wordsOf(value: unknown): Pick<FailedSignal, 'kind' | 'about'> {
  const event = opened(value);
  const detail = isFields(event.detail) ? event.detail : event;
  const kind = textOf(event['detail-type']) || textOf(event.LifecycleTransition) || 'unknown';
  const names = ['EC2InstanceId', 'instance-id', 'AutoScalingGroupName', 'executionArn', 'eventArn'];
  const about = names.map((name) => textOf(detail[name])).filter((one) => one !== '');
  return { kind: 'time' in event && kind === 'unknown' ? 'schedule tick' : kind, about: about.join(', ') };
}

/** What cannot be opened says nothing. */
function opened(value: unknown): Fields {
  try {
    return openBody(value);
  } catch {
    return {};
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
