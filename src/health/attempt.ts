import { executionName } from './begun.ts';
import type { Finding } from './finding.ts';
import type { Circumstances } from './gate.ts';
import type { EndedExecution } from './ledger.ts';
import type { Rung } from './policy.ts';
import { minutesAfter } from './time.ts';

/** What stood aside is tried again so long after that. */
const AGAIN_MINUTES = 5;

/** What is started, and for an episode that began when. */
export interface Attempt {
  readonly execution: string;
  readonly since: string;
}

/** What was started for this episode; undefined: nothing. A repair is no clean-up of what it has left. */
function startedFor(finding: Finding, { diagnosis }: Circumstances): string | undefined {
  const known = diagnosis.observations.memory.subjects[finding.id];
  const execution = known?.since === finding.since ? known.execution : null;
  return execution?.startsWith(executionName(finding, '')) === true ? execution : undefined;
}

/** What became of what was started for this episode, if it is over; undefined also where the sign that it goes by came only after it was mended. */
export function endedExecution(finding: Finding, circumstances: Circumstances): EndedExecution | undefined {
  const over = overOf(finding, circumstances);
  return over !== undefined && isMendedSince(over, finding) ? undefined : over;
}

/** When what stood aside is tried again; undefined: it did not stand aside. */
export function againAt({ status, outcome, at }: EndedExecution): string | undefined {
  return status === 'SUCCEEDED' && /^(aside|stopped)\b/.test(outcome) ? minutesAfter(at, AGAIN_MINUTES) : undefined;
}

/** The rung that a repair stopped before, since something kept it from that; undefined: it did not stop. */
export function stoppedBefore({ status, outcome }: EndedExecution): Rung | undefined {
  const [, rung] = /^stopped before (restart|reboot|replace|page)\b/.exec(outcome) ?? [];
  return status === 'SUCCEEDED' ? (rung as Rung | undefined) : undefined;
}

/**
 * What is to be started for a finding now: the same in each pass, so that it cannot run twice. An episode that goes on because of another sign is a new one when
 * it was mended in between; what stood aside has done nothing, and gets a number.
 */
export function attemptAt(finding: Finding, circumstances: Circumstances): Attempt {
  const { since, symptoms } = finding;
  const over = overOf(finding, circumstances);
  if (over !== undefined && isMendedSince(over, finding)) {
    const [{ seenAt }] = symptoms;
    return { execution: executionName(finding, seenAt), since: seenAt };
  }
  const started = startedFor(finding, circumstances);
  if (over !== undefined && againAt(over) !== undefined) return { execution: nextOf(over.execution), since };
  return { execution: started ?? executionName(finding, since), since };
}

function overOf(finding: Finding, circumstances: Circumstances): EndedExecution | undefined {
  const execution = startedFor(finding, circumstances);
  return circumstances.ledger.ended.find((one) => one.execution === execution);
}

/** Whether it goes by a sign that was gone when this was over. */
function isMendedSince(over: EndedExecution, { symptoms: [{ seenAt }] }: Finding): boolean {
  const isMended = over.status === 'SUCCEEDED' && againAt(over) === undefined;
  return isMended && Date.parse(seenAt) > Date.parse(over.at);
}

// repair-i-1-20260301T120000, then -2, -3 of it.
function nextOf(execution: string): string {
  const [, name = execution, number = '1'] = /^(.*T\d{6})-(\d+)$/.exec(execution) ?? [];
  return `${name}-${Number(number) + 1}`;
}
