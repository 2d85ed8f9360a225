import { isOlderThan } from './age.ts';
import { type Fields, object, optionalText, time } from './fields.ts';
import { readInstance } from './instance-event.ts';
import type { Reading } from './signal.ts';

/** EC2 takes the instance so long after the event's time: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html */
const NOTICE_MS = 120_000;
/**
 * So much of it is not ours. The event's time has whole seconds and EC2's own clock behind it, and what is begun at the deadline still runs for
 * seconds: a request to a load balancer or to the API server may take five (aws-access.ts), and a container that is killed is not gone at once.
 */
const MARGIN_MS = 10_000;
/** After that the instance is gone, with time for EC2 to say so: no interruption is ever called off. */
const GONE_AFTER_MS = 300_000;

/**
 * Reads EC2's warning that it takes a spot instance back. The deadline counts from the event's time, however late the event comes (S8).
 * A warning that is older than five minutes is of an instance that is gone, and is read as EC2's word of that: what is left is cleaned up after it, and an
 * instance that is up all the same is left alone.
 * @throws MalformedSignal
 */
export function readSpotInterruption(event: Fields, now: Date): Reading {
  const instance = readInstance(event);
  if (isOlderThan(event, GONE_AFTER_MS, now)) return { signals: [{ kind: howItWent(event), ...instance }] };
  const deadline = new Date(Date.parse(time(event, 'time')) + NOTICE_MS - MARGIN_MS).toISOString();
  return { signals: [{ kind: 'spot-interruption', ...instance, deadline }] };
}

function howItWent(event: Fields): 'instance-stopped' | 'instance-terminated' {
  const action = optionalText(object(event, 'detail'), 'instance-action') ?? 'terminate';
  return action === 'terminate' ? 'instance-terminated' : 'instance-stopped';
}
