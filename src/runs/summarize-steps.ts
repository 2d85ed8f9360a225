import type { Step } from './read-steps.ts';

/** All visits of one state: what loops is told once. */
export interface StepSummary {
  readonly step: string;
  readonly kind: string;
  readonly calls: string;
  /** ISO 8601, of the first visit. */
  readonly at: string;
  readonly times: number;
  readonly seconds: number;
  readonly retries: number;
  /** The last error that it met; empty: none. */
  readonly trouble: string;
  readonly apiCalls: number;
  readonly started: readonly string[];
  /** Whether the execution is in it now. */
  readonly now: boolean;
}

/** What only sorts and assigns takes no time and tells nothing. */
const SILENT: ReadonlySet<string> = new Set(['Choice', 'Pass', 'Succeed']);

/** States in the order in which they were first entered, each with all its visits. `until` is now, or when the execution ended. Pure. */
export function summarizeSteps(steps: readonly Step[], until: string, isRunning: boolean): readonly StepSummary[] {
  const byName = new Map<string, Step[]>();
  for (const step of steps.filter(({ kind }) => !SILENT.has(kind))) {
    const visits = byName.get(step.name) ?? [];
    visits.push(step);
    byName.set(step.name, visits);
  }
  return [...byName].map(([name, visits]) => summary(name, visits, until, isRunning));
}

function summary(step: string, visits: readonly Step[], until: string, isRunning: boolean): StepSummary {
  const [first] = visits;
  const sum = (pick: (one: Step) => number) => visits.reduce((total, one) => total + pick(one), 0);
  return {
    step,
    kind: first?.kind ?? '',
    calls: visits.find(({ calls }) => calls !== '')?.calls ?? '',
    at: first?.enteredAt ?? '',
    times: visits.length,
    seconds: sum((one) => Date.parse(one.leftAt || until) - Date.parse(one.enteredAt)) / 1000,
    retries: sum(({ attempts }) => Math.max(0, attempts - 1)),
    trouble: visits.flatMap(({ errors }) => errors).at(-1) ?? '',
    apiCalls: sum(({ apiCalls }) => apiCalls),
    started: visits.flatMap(({ started }) => started),
    now: isRunning && visits.some(({ leftAt }) => leftAt === ''),
  };
}
