import { judgeServingCsr, mayServe, servingSigner } from './judge-csr.ts';
import { nodeNameOf } from './node-name.ts';
import type { CertificateRequests, Groups, Instance, Instances, JoinPolicy, PendingCsr } from './ports.ts';

interface RenewalPorts {
  readonly groups: Groups;
  readonly instances: Instances;
  readonly csrs: CertificateRequests;
}

/** What a pass over a cluster's pending requests decided; names and reasons only. */
export interface RenewalDecisions {
  readonly approved: readonly string[];
  readonly denied: readonly { readonly csr: string; readonly reasons: readonly string[] }[];
  /** Requests of nodes that are not Tender's to judge: left alone. */
  readonly leftAlone: number;
}

/**
 * Judges kubelet-serving renewals of nodes that are in service (S40). Client requests are never judged here: renewals of those are the
 * controller-manager's, and first ones belong to a bootstrap.
 *
 * A request whose requester is no node of a managed group is left alone: it is somebody else's. Can run again.
 */
export async function approveNodeCsrs(
  { groups, instances, csrs }: RenewalPorts,
  policy: JoinPolicy,
): Promise<RenewalDecisions> {
  const pending =
    policy.csrApproval === 'off' ? [] : (await csrs.pending()).filter((csr) => csr.signerName === servingSigner);
  if (pending.length === 0) return { approved: [], denied: [], leftAlone: 0 };

  const members = (await groups.instancesOf(policy.name)).filter(({ lifecycleState }) => mayServe(lifecycleState));
  const byUser = ownersByUser(await instances.describe(members.map((member) => member.instanceId)), policy);
  const approved: string[] = [];
  const denied: { csr: string; reasons: readonly string[] }[] = [];
  for (const csr of pending) {
    const owner = byUser.get(csr.username);
    if (!owner) continue;
    const reasons = await decide(csr, owner, policy, csrs);
    if (reasons.length === 0) approved.push(csr.name);
    else denied.push({ csr: csr.name, reasons });
  }
  return { approved, denied, leftAlone: pending.length - approved.length - denied.length };
}

/** Approves or denies, and returns the reasons of a denial. */
async function decide(
  csr: PendingCsr,
  instance: Instance,
  policy: JoinPolicy,
  csrs: CertificateRequests,
): Promise<readonly string[]> {
  const verdict = judgeServingCsr(csr, { instance, nodeName: nodeNameOf(policy.nodeNames, instance) });
  if (verdict.approve) {
    await csrs.approve(csr.name, `Tender: it is the request of ${instance.instanceId}`);
    return [];
  }
  await csrs.deny(csr.name, `Tender: ${verdict.reasons.join('; ')}`);
  return verdict.reasons;
}

function ownersByUser(instances: ReadonlyMap<string, Instance>, policy: JoinPolicy): ReadonlyMap<string, Instance> {
  return new Map(
    [...instances.values()].map((instance) => [`system:node:${nodeNameOf(policy.nodeNames, instance)}`, instance]),
  );
}
