import type { Budget, DrainPod } from './ports.ts';

/** Why a pod is still on a node that is to be empty. The question that people ask most (S11). */
export interface Blocker {
  /** `namespace/name`. */
  readonly pod: string;
  /** The disruption budget, `namespace/name`, where one says no. */
  readonly budget?: string | undefined;
  /** How many pods the budget lets go now. */
  readonly disruptionsAllowed?: number | undefined;
  /** For people. */
  readonly why: string;
}

/** How many blockers are told by name; the rest is a number. An event's message holds 1,024 characters. */
const toldByName = 8;

/** The name that people know a pod by. */
export function nameOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/** `1 pod`, `2 pods`. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** A pod that its budget keeps. */
export function keptByBudget(pod: DrainPod, budget: Budget): Blocker {
  const { observedGenerationIsCurrent, currentHealthy, desiredHealthy } = budget;
  const disruptionsAllowed = observedGenerationIsCurrent ? budget.disruptionsAllowed : 0;
  const why = observedGenerationIsCurrent
    ? `allows ${counted(disruptionsAllowed, 'disruption')} (${currentHealthy} healthy, ${desiredHealthy} wanted)`
    : 'has changed, and allows none until its controller has seen that';
  return {
    pod: nameOf(pod),
    budget: nameOf(budget),
    disruptionsAllowed,
    why: `PodDisruptionBudget ${nameOf(budget)} ${why}`,
  };
}

/** The blockers as sentences, `shop/web-1: PodDisruptionBudget shop/web allows 0 disruptions (…)`, and how many more there are. */
export function sentencesOf(blockers: readonly Blocker[]): string[] {
  const told = blockers.slice(0, toldByName).map(({ pod, why }) => `${pod}: ${why}`);
  const more = blockers.length - told.length;
  return more > 0 ? [...told, `and ${more} more`] : told;
}
