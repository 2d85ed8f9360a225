import { isOlderThan } from './age.ts';
import { type Fields, time } from './fields.ts';
import { readInstance } from './instance-event.ts';
import type { Reading } from './signal.ts';

/** So long a recommendation is followed. After that the risk has come true, or passed. */
const HOLDS_MS = 60 * 60_000;

/**
 * Reads EC2's notice that a spot instance is at an elevated risk of interruption. It names no time; what it is worth, the cluster's policy says (S8).
 * It is advice of its moment: one that comes late, as from a queue days after, would empty a node that is well.
 * Shape: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/rebalance-recommendations.html
 * @throws MalformedSignal
 */
export function readRebalanceRecommendation(event: Fields, now: Date): Reading {
  const signal = { kind: 'rebalance-recommendation', ...readInstance(event) } as const;
  if (isOlderThan(event, HOLDS_MS, now)) {
    const which = `a rebalance recommendation of ${time(event, 'time')} for ${signal.instanceId}`;
    return { drop: `${which} is more than an hour old: it is followed no more` };
  }
  return { signals: [signal] };
}
