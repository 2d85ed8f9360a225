import { eventPrefix } from './event-conditions.ts';
import type { ConditionMemory, NodeMemory } from './memory.ts';
import type { ObservedCondition, ObservedNode } from './observations.ts';

/**
 * Whether a condition was left over from another boot: nobody who would take it back has spoken since (S17). When whoever raised it speaks again and
 * still says so, it is believed, and counts from there. It tells by the condition's own times and compares no clocks.
 */
export function isLatched(node: ObservedNode, condition: ObservedCondition, known: NodeMemory | undefined): boolean {
  const now = rememberCondition(node, condition, known);
  return now.rebooted !== null && now.rebooted.heardAt === condition.heardAt;
}

/** What is to be known of a sick condition at the next look. */
export function rememberCondition(
  { bootId }: ObservedNode,
  { type, since, heardAt }: ObservedCondition,
  node: NodeMemory | undefined,
): ConditionMemory {
  const known = node?.conditions[type];
  if (known === undefined || known.since !== since) {
    // Nobody can say in which of the two boots an Event was told that is first seen with the second.
    const before = type.startsWith(eventPrefix) ? (node?.bootId ?? '') : '';
    const isBetween = before !== '' && bootId !== '' && before !== bootId;
    return isBetween ? { since, bootId: before, rebooted: { bootId, heardAt } } : { since, bootId, rebooted: null };
  }
  if (bootId === '' || known.bootId === '' || bootId === (known.rebooted?.bootId ?? known.bootId)) return known;
  return { ...known, rebooted: { bootId, heardAt } };
}
