import type { Finding } from './finding.ts';
import { type Circumstances, type Gate, refuse } from './gate.ts';
import type { ObservedEtcd } from './observations.ts';
import { partNames, problemOf, seenOr } from './seen.ts';

/** S19: the control plane and etcd go one at a time, with nothing else in progress there, and only when the quorum survives it. */
export const controlPlane: Gate = (finding, circumstances) => {
  if (finding.role === 'worker') return undefined;
  const { etcd } = circumstances.diagnosis.observations;
  const problem = problemOf(etcd);
  if (problem !== undefined) return refuse(finding, 'unknown', `${partNames.etcd} could not be read: ${problem}`);
  const other = busyWith(circumstances);
  if (other !== undefined) return refuse(finding, 'control-plane-busy', `control plane: one at a time, and ${other}`);
  const seen = seenOr(etcd, undefined);
  const danger = seen && dangerToQuorum(seen, finding);
  return danger === undefined ? undefined : refuse(finding, 'quorum', `etcd would lose quorum: ${danger}`);
};

/** Who else disrupts the control plane, in words: now, or by a decision before this one. */
function busyWith({ work, subjects, soFar, diagnosis }: Circumstances): string | undefined {
  const isOfControlPlane = (instanceId: string) => (subjects.get(instanceId)?.role ?? 'worker') !== 'worker';
  const groups = new Set(
    seenOr(diagnosis.observations.groups, [])
      .filter(({ role }) => role !== 'worker')
      .map(({ name }) => name),
  );
  const working = work.find(
    ({ instanceId, groupName, workflow }) =>
      workflow.startsWith('etcd-member') ||
      workflow === 'etcd-restore' ||
      isOfControlPlane(instanceId) ||
      groups.has(groupName),
  );
  if (working) return `${working.workflow} ${working.execution} is under way`;
  const before = soFar.find(
    (one) => one.action === 'replace-member' || (one.action === 'repair' && isOfControlPlane(one.instanceId)),
  );
  return before && `${before.finding} is begun with`;
}

function dangerToQuorum({ quorum, members }: ObservedEtcd, { instanceId }: Finding): string | undefined {
  if (quorum === 'lost') return 'it has none now';
  if (quorum === 'unknown') return 'nobody knows whether it has one now';
  const voters = members.filter(({ learner }) => !learner);
  const needed = Math.floor(voters.length / 2) + 1;
  const others = voters.filter((one) => one.healthy && (instanceId === '' || one.instanceId !== instanceId)).length;
  // One that has no member takes none away.
  return others >= needed
    ? undefined
    : `of ${voters.length} voters it takes ${needed}, and ${others} of the others are well`;
}
