import { attemptAt } from './attempt.ts';
import { isConfirmedGone } from './confirmed-gone.ts';
import type { Decision, Refusal } from './decision.ts';
import type { Finding } from './finding.ts';
import { type Circumstances, type Gate, refuse } from './gate.ts';
import { newestLease, rememberLease } from './leases.ts';
import type { Observations, ObservedNode } from './observations.ts';
import { page, pageInstead } from './page.ts';
import { saysReady } from './roster.ts';
import { seenOr } from './seen.ts';
import { notOurs } from './work-gates.ts';

/** More Nodes than this part, and more than one, whose instances EC2 does not know: then it is EC2's answer, or where it was asked, that is to be doubted. */
const DOUBTFUL = 0.2;

/** A lease that is older than this by our clock moves no more, whatever the clock of its node. */
const STILL_MS = 10 * 60_000;

/**
 * A Node goes when EC2 has said twice that its instance is gone. An instance that EC2 does not know may be of another account or region; so its Node stays
 * while it lives, when nothing says that it was ours, and when there are too many of them. One that EC2 has called terminated before it forgot it is not doubted.
 */
export const unconfirmed: Gate = (finding, circumstances) => {
  const { diagnosis, subjects } = circumstances;
  const { observations, findings } = diagnosis;
  const [{ words }] = finding.symptoms;
  const { memory, at } = observations;
  const subject = subjects.get(finding.id);
  const isUnknown = ({ id, kind, instanceId }: Finding) =>
    kind === 'node-without-instance' &&
    subjects.get(id)?.instance === undefined &&
    memory.gone[instanceId]?.terminated !== true;
  if (isUnknown(finding)) {
    if (isAlive(subject?.node, observations)) {
      const alive = `${words}, but the Node is Ready or its lease moves: left to a person`;
      return refuse(finding, 'unconfirmed', alive);
    }
    const refusal = notKnownAsOurs(finding, circumstances);
    if (refusal !== undefined) return refusal;
  }
  if (!isConfirmedGone(finding.instanceId, memory, at)) {
    return refuse(finding, 'unconfirmed', `${words}: waits for EC2 to say so again`);
  }
  const many = findings.filter(isUnknown).length;
  const all = seenOr(observations.nodes, []).length;
  if (!isUnknown(finding) || many <= 1 || many <= DOUBTFUL * all) return undefined;
  return refuse(finding, 'unconfirmed', `EC2 does not know the instances of ${many} of ${all} Nodes: that is doubted`);
};

/** A claim says as well as a group that the instance was ours. */
function notKnownAsOurs(finding: Finding, circumstances: Circumstances): Refusal | undefined {
  const claims = seenOr(circumstances.ledger.claims, []);
  const refusal = notOurs(finding, circumstances);
  if (refusal === undefined || finding.groupName !== '') return refusal;
  if (claims.some(({ instanceId }) => instanceId === finding.instanceId)) return undefined;
  const [{ words }] = finding.symptoms;
  const stays = `${words}, and no group, no claim and no earlier answer of EC2 says that it was this cluster's`;
  return refuse(finding, 'not-ours', `${stays}: left to a person (kubectl delete node ${finding.nodeName})`);
}

/** Whether the Node says that it is Ready, or its kubelet still renews its lease. */
function isAlive(node: ObservedNode | undefined, observations: Observations): boolean {
  if (node === undefined) return false;
  if (saysReady(node)) return true;
  const { leaseRenewedAt } = node;
  const { at } = observations;
  const isOld = rememberLease(node, undefined, newestLease(observations), at) !== null;
  return leaseRenewedAt !== null && !isOld && Date.parse(at) - Date.parse(leaseRenewedAt) < STILL_MS;
}

/** Clears away what is left of an instance that is gone. */
export function deleteNode(finding: Finding, circumstances: Circumstances): Decision {
  const { id, instanceId, nodeName, symptoms } = finding;
  const [{ words, ladder }] = symptoms;
  const instead = pageInstead(finding, circumstances);
  if (instead !== undefined) return instead;
  if (!ladder.includes('replace')) return page(finding, circumstances, words);
  const { execution } = attemptAt(finding, circumstances);
  return {
    finding: id,
    action: 'delete-node',
    nodeName,
    instanceId,
    execution,
    words: `${words}: its Node is deleted`,
  };
}
