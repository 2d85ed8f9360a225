import { attemptAt } from './attempt.ts';
import { isConfirmedGone } from './confirmed-gone.ts';
import { controlPlane } from './control-plane-gate.ts';
import type { Decision } from './decision.ts';
import type { Finding } from './finding.ts';
import { type Circumstances, refuse } from './gate.ts';
import { page, pageInstead } from './page.ts';
import { isGone } from './roster.ts';
import { partNames, problemOf, seenOr } from './seen.ts';

/** A member whose instance EC2 has said twice is gone is replaced; about one whose instance is there a person is told. */
export function replaceMember(finding: Finding, circumstances: Circumstances): Decision {
  const { id, instanceId, symptoms } = finding;
  const [{ words, ladder }] = symptoms;
  const { instances, memory, at } = circumstances.diagnosis.observations;
  const instead = pageInstead(finding, circumstances);
  if (instead !== undefined) return instead;
  const problem = problemOf(instances);
  if (problem !== undefined) return refuse(finding, 'unknown', `${partNames.instances} could not be read: ${problem}`);
  const instance = seenOr(instances, []).find((one) => one.instanceId === instanceId);
  if (!ladder.includes('replace') || instanceId === '' || !isGone(instance)) return page(finding, circumstances, words);
  if (!isConfirmedGone(instanceId, memory, at)) {
    return refuse(finding, 'unconfirmed', `${words}; EC2 says its instance is gone: waits for it to say so again`);
  }
  const refusal = controlPlane(finding, circumstances);
  if (refusal !== undefined) return refusal;
  return {
    finding: id,
    action: 'replace-member',
    memberId: id.slice('etcd-member/'.length),
    instanceId,
    execution: attemptAt(finding, circumstances).execution,
    words: `${words}, and its instance is gone: it is replaced`,
  };
}
