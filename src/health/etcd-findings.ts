import { findingOfCluster } from './cluster-findings.ts';
import type { Finding } from './finding.ts';
import type { ObservedEtcd, ObservedEtcdMember, ObservedRestore } from './observations.ts';
import { seenOr } from './seen.ts';
import type { Sight, Sign } from './sight.ts';

/** Part of its quota above which a database is told: it grows on until it takes no writes (etcd.io/docs/latest/op-guide/maintenance). */
const FULL = 0.8;
/** Entries behind; etcd itself slows writes down at so many that are not applied (server/etcdserver/v3_server.go, maxGapBetweenApplyAndCommitIndex). */
const LAGS = 5000;

/** What is wrong with etcd and its members. */
export function etcdFindings(sight: Sight): readonly Finding[] {
  const etcd = seenOr(sight.observations.etcd, undefined);
  if (etcd === undefined) return [];
  return [
    ...findingOfCluster(
      'etcd',
      'etcd',
      [...quorumSign(etcd, sight), ...alarmSigns(etcd), ...databaseSigns(etcd)],
      sight,
      {
        role: 'etcd',
      },
    ),
    ...etcd.members.flatMap((member) => memberFinding(member, sight)),
  ];
}

function quorumSign({ quorum, members, restore }: ObservedEtcd, { now, observations }: Sight): Sign[] {
  const unwell = members.filter(({ healthy }) => !healthy).map(({ name }) => name);
  if (quorum === 'unknown') {
    const who =
      unwell.length === 0 ? 'no member of etcd answers' : `members of etcd do not answer: ${unwell.join(', ')}`;
    const unknown = `${who}; nobody knows whether it has its quorum`;
    return [{ signal: 'EtcdQuorumUnknown', since: null, words: unknown }];
  }
  if (quorum !== 'lost') return [];
  const who = unwell.length === 0 ? 'no member answers' : `not well: ${unwell.join(', ')}`;
  const words = `etcd has lost its quorum (${who}); ${offerOf(restore, now, observations.cluster)}`;
  return [{ signal: 'EtcdQuorumLost', since: null, words }];
}

/** Offered, not begun: a restore is for a person to start (S28). */
function offerOf(restore: ObservedEtcd['restore'], now: Date, cluster: string): string {
  if (typeof restore === 'string') return `what it could be restored from could not be read: ${restore}`;
  if (!restore) return 'there is no snapshot to restore it from';
  const { snapshotId, takenAt, proven, newestProven } = restore;
  const minutes = Math.max(0, Math.round((now.getTime() - Date.parse(takenAt)) / 60_000));
  const proof = proven
    ? 'which a drill has restored'
    : `which no drill has restored (the newest that one has: ${newestProven || 'none'})`;
  return `etcd-restore can bring it back from snapshot ${snapshotId} of ${minutes} minutes ago, ${proof}; lost would be what was written since: ${lossOf(restore)}. To see it, and nothing more: npx tender etcd restore ${cluster} --plan`;
}

function lossOf({ snapshotRevision, survivorRevision }: ObservedRestore): string {
  if (survivorRevision === null) return 'no member answers that could say how much';
  const changes = Math.max(0, survivorRevision - snapshotRevision);
  return `up to ${changes} revisions (etcd is at ${survivorRevision}, the snapshot at ${snapshotRevision})`;
}

function alarmSigns({ alarms }: ObservedEtcd): Sign[] {
  if (alarms.length === 0) return [];
  const words = `etcd raises ${alarms.map(({ kind, memberId }) => `${kind} on ${memberId}`).join(', ')}`;
  return [{ signal: 'EtcdAlarm', since: null, words }];
}

function databaseSigns({ members }: ObservedEtcd): Sign[] {
  const full = members.filter(
    ({ databaseBytes, quotaBytes }) =>
      databaseBytes !== null && quotaBytes !== null && databaseBytes >= FULL * quotaBytes,
  );
  if (full.length === 0) return [];
  const words = `the database of ${full.map(({ name }) => name).join(', ')} takes 80 % of its quota or more`;
  return [{ signal: 'EtcdDatabaseFull', since: null, words }];
}

function memberFinding(member: ObservedEtcdMember, sight: Sight): Finding[] {
  const { memberId, name, healthy, problem, raftLag } = member;
  const instanceId = member.instanceId || (sight.observations.memory.members[memberId] ?? '');
  const unhealthy = { signal: 'EtcdMemberUnhealthy', since: null, words: `member ${name} is not well: ${problem}` };
  const lags = { signal: 'EtcdMemberLags', since: null, words: `member ${name} is ${raftLag} entries behind` };
  const signs = [...(healthy ? [] : [unhealthy]), ...((raftLag ?? 0) > LAGS ? [lags] : [])];
  return findingOfCluster(`etcd-member/${memberId}`, 'etcd-member', signs, sight, { instanceId, role: 'etcd' });
}
