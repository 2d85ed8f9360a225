import { runningOf, workOf } from './begun.ts';
import type { Ledger } from './ledger.ts';
import type { NodeMemory } from './memory.ts';
import type { Observations, ObservedNode } from './observations.ts';
import { problemOf } from './seen.ts';

/** A node that was restarted, rebooted or put back settles within so long after the execution that did it. */
const SETTLED_MS = 5 * 60_000;

/** Instances and Nodes that executions are at work on, by id and by name; null: nobody can say. */
export type Disturbed = readonly string[] | null;

/** @param ledger undefined where nobody has asked: then nobody is at work. */
export function disturbedBy(ledger: Ledger | undefined, { begun }: Observations['memory'], now: Date): Disturbed {
  if (ledger === undefined) return [];
  if (problemOf(ledger.work) !== undefined) return null;
  const work = workOf(ledger, runningOf(ledger, begun, now)).filter(({ isOver }) => isOver !== true);
  return [...new Set(work.flatMap(({ instanceId, nodeName }) => [instanceId, nodeName]))].filter((one) => one !== '');
}

/**
 * When an execution of ours was last seen at work on a node, this look's answer among them; undefined: not lately. Where nobody can say, one may be.
 * ISO 8601.
 */
export function disturbedAt(
  { instanceId, name }: Pick<ObservedNode, 'instanceId' | 'name'>,
  known: NodeMemory | undefined,
  disturbed: Disturbed,
  { at, memory }: Pick<Observations, 'at' | 'memory'>,
): string | undefined {
  if (disturbed === null || disturbed.includes(instanceId) || disturbed.includes(name)) return at;
  const last = known?.disturbedAt;
  // What is new since the last pass may have happened while it was still at work, however long ago that pass is.
  const isLate = last === undefined || (last !== memory.at && Date.parse(at) - Date.parse(last) > SETTLED_MS);
  return isLate ? undefined : last;
}
