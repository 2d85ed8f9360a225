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

/**
 * Characters of blockers in what a drain gives back: some hundred pods. Its cause passes to whoever waits for it inside a text of 32,768 characters, where each quote
 * takes two (API reference of Step Functions, "ExecutionFailedEventDetails").
 */
export const roomInResult = 16_000;
/** Characters of an Event's message (Kubernetes API reference, "Event v1 events.k8s.io", note). */
const roomInEvent = 1024;

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

/** A blocker as a sentence: `shop/web-1: PodDisruptionBudget shop/web allows 0 disruptions (…)`. */
export function sentenceOf({ pod, why }: Blocker): string {
  return `${pod}: ${why}`;
}

/** As many sentences as fit into so many characters, two between any two of them, and then how many more there are. None takes more than a third: others want to be read, too. */
export function asManyAsFit(whole: readonly string[], characters: number): readonly string[] {
  const most = Math.floor(characters / 3);
  const sentences = whole.map((one) => (one.length > most ? `${one.slice(0, most - 1)}…` : one));
  let end = 0;
  const ends = sentences.map((sentence) => {
    end += sentence.length + 2;
    return end;
  });
  if (end - 2 <= characters) return sentences;
  const rest = (left: number) => `and ${left} more`;
  const fitting = ends.filter((one) => one + rest(sentences.length).length <= characters).length;
  return [...sentences.slice(0, fitting), rest(sentences.length - fitting)];
}

/** What an Event says of blockers, after what it says first. */
export function inAnEvent(start: string, blockers: readonly Blocker[]): string {
  return `${start}${asManyAsFit(blockers.map(sentenceOf), roomInEvent - start.length).join('; ')}`;
}
