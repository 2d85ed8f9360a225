import { EtcdClusterReplaced, EtcdRevisionWentBack } from './errors.ts';
import type { MemberStatus, SnapshotRecord } from './ports.ts';

/**
 * Whether there is anything to take: `unchanged` when the newest snapshot is known to be of this very revision.
 *
 * A new history accepts whatever is there as the beginning of one; later snapshots are compared with it.
 *
 * @throws EtcdRevisionWentBack, EtcdClusterReplaced
 */
export function judgeHistory(
  status: Pick<MemberStatus, 'clusterId' | 'revision'>,
  newest: SnapshotRecord | undefined,
  newHistory: boolean,
): 'take' | 'unchanged' {
  if (!newest) return 'take';
  const sameCluster = newest.etcd.clusterId === status.clusterId;
  const wentBack = status.revision < newest.revision.before;
  if (!newHistory) {
    if (!sameCluster) throw new EtcdClusterReplaced(status.clusterId, newest);
    if (wentBack) throw new EtcdRevisionWentBack(status.revision, newest);
  }
  const { before, after } = newest.revision;
  return sameCluster && before === after && after === status.revision ? 'unchanged' : 'take';
}
