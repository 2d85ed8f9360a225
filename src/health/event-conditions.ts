import type { Observations, ObservedCondition, ObservedNode, ObservedNodeEvent } from './observations.ts';
import { seenOr } from './seen.ts';

/** How a rule names an Event of a Node: `Event:SoftLockup`. */
export const eventPrefix = 'Event:';
/** Nobody takes an Event back. Who finds a problem again tells of it again, mostly each minute or five. */
const TOLD_MINUTES = 10;

/**
 * What Events tell of a node, as conditions that are True: so they count from when they are first seen, and one from another boot is over until it is told again
 * (S17). An Event holds for ten minutes after it was last told: a clock of the node that is ahead lets it hold longer, one that is more than that behind hides it.
 */
export function eventConditions({ name }: ObservedNode, observations: Observations): readonly ObservedCondition[] {
  const since = Date.parse(observations.at) - TOLD_MINUTES * 60_000;
  const told = seenOr(observations.nodeEvents, []).filter(
    ({ nodeName, heardAt }) => nodeName === name && Date.parse(heardAt) >= since,
  );
  const latest = new Map<string, ObservedNodeEvent>();
  for (const event of told) {
    const known = latest.get(event.reason);
    if (known === undefined || known.heardAt < event.heardAt) latest.set(event.reason, event);
  }
  return [...latest.values()].map(({ reason, message, heardAt }) => ({
    type: `${eventPrefix}${reason}`,
    status: 'True',
    reason,
    message,
    // It has no beginning that would stay: Events of one reason come and expire one by one.
    since: '',
    heardAt,
  }));
}
