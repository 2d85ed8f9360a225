import { againAt, endedExecution } from './attempt.ts';
import type { Page, Refusal } from './decision.ts';
import type { Finding, Symptom } from './finding.ts';
import { type Circumstances, refuse } from './gate.ts';
import { sisters } from './sight.ts';
import { isReached, stampOf } from './time.ts';

/**
 * Tells a person, once of each signal: a quota that was told does not hide a quorum that is lost later. After that the reason is that somebody was told.
 *
 * @param words of the sign that the finding goes by
 */
export function page(finding: Finding, circumstances: Circumstances, words: string): Page | Refusal {
  const [first, ...others] = finding.symptoms;
  const told = toldAt(finding, first, circumstances);
  if (told === undefined) return pageOf(finding, first, words);
  const other = others.find((one) => isToTell(one, circumstances) && toldAt(finding, one, circumstances) === undefined);
  if (other !== undefined) return pageOf(finding, other, other.words);
  return refuse(finding, 'told', `${words}: a person was told at ${told}`);
}

function pageOf({ id }: Finding, { signal, seenAt }: Symptom, words: string): Page {
  return { finding: id, action: 'page', signal, key: `${id}-${signal}-${stampOf(seenAt)}`, words };
}

function toldAt(finding: Finding, { signal }: Symptom, { diagnosis }: Circumstances): string | undefined {
  const known = diagnosis.observations.memory.subjects[finding.id];
  return known?.since === finding.since ? (known.paged[signal] ?? known.paged[sisters[signal] ?? '']) : undefined;
}

/** Whether it is due, and nothing but telling is to be done about it. */
function isToTell({ ladder, dueAt, silence }: Symptom, { now, diagnosis }: Circumstances): boolean {
  return ladder[0] === 'page' && isReached(dueAt, now) && !(silence && diagnosis.quiet.state !== 'well');
}

/** Whether a person is told instead of anything being started: it was started and did not help, or the policy is to tell. */
export function pageInstead(finding: Finding, circumstances: Circumstances): Page | Refusal | undefined {
  const [{ words }] = finding.symptoms;
  const over = endedExecution(finding, circumstances);
  if (over && againAt(over) === undefined)
    return page(finding, circumstances, `${words}, although ${over.execution} ended (${over.outcome || over.status})`);
  return circumstances.policy.repair === 'notify'
    ? page(finding, circumstances, `${words}: repair is notify by policy`)
    : undefined;
}
