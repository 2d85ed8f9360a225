import { type Fields, time } from './fields.ts';
import { readInstance } from './instance-event.ts';
import type { Reading } from './signal.ts';

/** EC2 takes the instance so long after the event's time: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html */
const NOTICE_MS = 120_000;
/**
 * So much of it is not ours. The event's time has whole seconds and EC2's own clock behind it, and what is begun at the deadline still runs for
 * seconds: a request to a load balancer or to the API server may take five (aws-access.ts), and a container that is killed is not gone at once.
 */
const MARGIN_MS = 10_000;

/**
 * Reads EC2's warning that it takes a spot instance back. The deadline counts from the event's time, however late the event comes (S8).
 * @throws MalformedSignal
 */
export function readSpotInterruption(event: Fields): Reading {
  const deadline = new Date(Date.parse(time(event, 'time')) + NOTICE_MS - MARGIN_MS).toISOString();
  return { signals: [{ kind: 'spot-interruption', ...readInstance(event), deadline }] };
}
