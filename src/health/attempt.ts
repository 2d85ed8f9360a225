import { executionName } from './begun.ts';
import type { Finding, Symptom } from './finding.ts';
import type { Circumstances } from './gate.ts';
import type { EndedExecution } from './ledger.ts';
import type { Rung } from './policy.ts';
import { sisters } from './sight.ts';
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

/** What became of what was started for this episode, if it is over; undefined also where that says nothing of the sign that it goes by now. */
export function endedExecution(finding: Finding, circumstances: Circumstances): EndedExecution | undefined {
  const over = overOf(finding, circumstances);
  return over !== undefined && isAnotherMatter(over, finding, circumstances) ? undefined : over;
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
 * what it began with is over; what stood aside has done nothing, and gets a number.
 */
export function attemptAt(finding: Finding, circumstances: Circumstances): Attempt {
  const { since, symptoms } = finding;
  const over = overOf(finding, circumstances);
  if (over !== undefined && isAnotherMatter(over, finding, circumstances)) {
    const [{ seenAt }] = symptoms;
    const execution = executionName(finding, seenAt);
    // Names only grow: a sign from before what is over may have given its name to something that ended earlier.
    const isNew = execution > withoutNumber(over.execution);
    return { execution: isNew ? execution : nextOf(over.execution), since: seenAt };
  }
  const started = startedFor(finding, circumstances);
  if (over !== undefined && againAt(over) !== undefined) return { execution: nextOf(over.execution), since };
  return { execution: started ?? executionName(finding, since), since };
}

function overOf(finding: Finding, circumstances: Circumstances): EndedExecution | undefined {
  const execution = startedFor(finding, circumstances);
  return circumstances.ledger.ended.find((one) => one.execution === execution);
}

/** What a repair sees to whatever it was started for: it ends well only when the node is Ready. */
const OF_EVERY_REPAIR: readonly string[] = ['NotReady', 'Unknown', 'NeverJoined'];

/** Whether what is over has nothing to do with the sign that the finding goes by now. */
function isAnotherMatter(over: EndedExecution, finding: Finding, circumstances: Circumstances): boolean {
  if (againAt(over) !== undefined) return false;
  const [first] = finding.symptoms;
  return over.status === 'SUCCEEDED' ? isSince(over, first) : isOverFor(over, finding, circumstances);
}

/**
 * Whether a repair that failed has failed for a sign that is gone, and the one that is left was there before it began, or came when it was over: what came
 * meanwhile may be its own doing. One that a person stopped is that person's.
 */
function isOverFor(over: EndedExecution, { id, symptoms }: Finding, { diagnosis }: Circumstances): boolean {
  const { startedFor: signal, startedAt } = diagnosis.observations.memory.subjects[id] ?? {};
  if (signal === undefined || !startedAt || over.status === 'ABORTED') return false;
  const isThere = symptoms.some(
    (one) => (one.signal === signal || one.signal === sisters[signal]) && !isSince(over, one),
  );
  const [first] = symptoms;
  const isEarlier = Date.parse(first.seenAt) < Date.parse(startedAt) && !OF_EVERY_REPAIR.includes(first.signal);
  return !isThere && (isEarlier || isSince(over, first));
}

function isSince({ at }: EndedExecution, { seenAt }: Symptom): boolean {
  return Date.parse(seenAt) > Date.parse(at);
}

// repair-i-1-20260301T120000, then -2, -3 of it.
function nextOf(execution: string): string {
  const [, number = '1'] = numbered.exec(execution) ?? [];
  return `${withoutNumber(execution)}-${Number(number) + 1}`;
}

const numbered = /(?<=T\d{6})-(\d+)$/;

function withoutNumber(execution: string): string {
  return execution.replace(numbered, '');
}
