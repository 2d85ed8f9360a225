import type { ConditionMemory } from './memory.ts';
import type { ObservedCondition, ObservedNode } from './observations.ts';

/**
 * Whether a condition was left over from another boot: nobody who would take it back has spoken since (S17). When whoever raised it speaks again and
 * still says so, it is believed, and counts from there. It tells by the condition's own times and compares no clocks.
 */
export function isLatched(
  node: ObservedNode,
  condition: ObservedCondition,
  known: ConditionMemory | undefined,
): boolean {
  const now = rememberCondition(node, condition, known);
  return now.rebooted !== null && now.rebooted.heardAt === condition.heardAt;
}

/** What is to be known of a sick condition at the next look. */
export function rememberCondition(
  { bootId }: ObservedNode,
  { since, heardAt }: ObservedCondition,
  known: ConditionMemory | undefined,
): ConditionMemory {
  if (known === undefined || known.since !== since) return { since, bootId, rebooted: null };
  if (bootId === '' || known.bootId === '' || bootId === (known.rebooted?.bootId ?? known.bootId)) return known;
  return { ...known, rebooted: { bootId, heardAt } };
}
