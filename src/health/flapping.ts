import type { Quiet } from './finding.ts';
import type { NodeMemory, Transition } from './memory.ts';
import type { ObservedNode } from './observations.ts';

const MINUTE_MS = 60_000;

/** What a change of Ready is seen in. */
interface Circumstances {
  readonly at: string;
  readonly quiet: Quiet;
  readonly withinMinutes: number;
  /** When an execution of ours was last seen at work on the node; undefined: not lately. ISO 8601. */
  readonly disturbedAt: string | undefined;
}

/**
 * The changes of Ready that were first seen within the time, this look's among them, oldest first. A node that joins comes and goes, and is not counted;
 * what is first seen when the API server has just been away is excused, and so is what an execution of ours that restarts, reboots or empties the node may have done: all while it is at
 * work, and that the node is Ready again right after it. One that is not Ready again then is what it has not mended.
 */
export function transitionsOf(
  node: ObservedNode,
  known: NodeMemory | undefined,
  { at, quiet, withinMinutes, disturbedAt }: Circumstances,
): readonly Transition[] {
  const from = Date.parse(at) - withinMinutes * MINUTE_MS;
  const recent = (known?.transitions ?? []).filter(({ seenAt }) => Date.parse(seenAt) >= from);
  const ready = node.conditions.find(({ type }) => type === 'Ready');
  const isNews = ready !== undefined && !(known?.transitions ?? []).some((one) => one.at === ready.since);
  if (!isNews || Date.parse(ready.since) < from) return recent;
  const isOurs = disturbedAt === at || (disturbedAt !== undefined && ready.status === 'True');
  const excused = node.joining || isOurs || quiet.state !== 'well';
  return [...recent, { at: ready.since, status: ready.status, seenAt: at, excused }];
}

/** How often a node became Ready or not: one that has the same status again was something else in between. */
export function countTransitions(transitions: readonly Transition[]): number {
  return transitions.reduce((count, { status, excused }, index) => {
    if (excused) return count;
    const before = transitions[index - 1];
    return count + (before?.status === status && !before.excused ? 2 : 1);
  }, 0);
}
