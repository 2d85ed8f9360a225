import { agreedOn, following, lookAtEach } from './ask-members.ts';
import { changeRestore, ownRestore } from './change-restore.ts';
import { RestoreStepFailed } from './errors.ts';
import { nodesOf } from './grow-etcd.ts';
import { healthyVoters } from './healthy-voters.ts';
import type { RestorableMember, Restore, RestoreJournal } from './restore-ports.ts';

/** What the restored etcd is, once it is all there. */
export interface SettledEtcd {
  readonly done: boolean;
  readonly waitingFor: readonly string[];
  readonly etcdClusterId: string;
  readonly members: number;
  readonly revision: number;
  /** Keys of Kubernetes, on every member. */
  readonly objects: number;
  /** Addresses of API servers that were in the snapshot. */
  readonly purgedLeases: number;
}

/** API servers write here under which addresses they are, and take what they find for one of them. */
const MASTER_LEASES = '/registry/masterleases/';
const OBJECTS = '/registry/';

/**
 * One turn of looking whether the restored etcd is what it should be, before anybody else may use it: every node a voter that follows one leader,
 * the revision beyond all that was handed out, a write that is taken, the same number of objects on every member. Removes the addresses of API
 * servers that are in the snapshot; those that run write theirs again. Can run again.
 *
 * @throws RestoreStepFailed, RestoreUnderWay, and what etcd throws
 */
export async function settleEtcd(
  { cluster, execution }: { readonly cluster: string; readonly execution: string },
  endpoints: readonly RestorableMember[],
  journal: RestoreJournal,
): Promise<SettledEtcd> {
  const restore = await ownRestore(journal, cluster, execution);
  const seen = await lookAtEach(endpoints);
  const led = following(endpoints, seen);
  const [leader] = led;
  const wanted = nodesOf(restore).length;
  const nothing = { etcdClusterId: '', members: 0, revision: 0, objects: 0, purgedLeases: 0 };
  if (!leader) return { done: false, waitingFor: ['a leader of the restored etcd'], ...nothing };
  const { members } = await agreedOn(led);
  const voters = healthyVoters(seen, members);
  if (voters.length < wanted || led.length < wanted)
    return { done: false, waitingFor: [`${voters.length} of ${wanted} voters are well`], ...nothing };

  const canary = `/tender/restore/${restore.id}`;
  await leader.put(canary, restore.begunAt);
  await leader.deletePrefix(canary);
  const purgedLeases = await leader.deletePrefix(MASTER_LEASES);
  const counts = await Promise.all(
    [leader, ...led].map((member, index) => member.countKeys(OBJECTS, { confirmed: index === 0 })),
  );
  const [objects = 0] = counts;
  if (counts.some((count) => count !== objects))
    return { done: false, waitingFor: [`members count ${counts.join(', ')} objects`], ...nothing };
  const { clusterId, revision } = await leader.status();
  assertBeyond(restore, revision);
  await changeRestore(journal, cluster, execution, ({ etcdClusterIds }) => ({
    etcdClusterIds: [...new Set([...etcdClusterIds, clusterId])],
  }));
  return {
    done: true,
    waitingFor: [],
    etcdClusterId: clusterId,
    members: voters.length,
    revision,
    objects,
    purgedLeases,
  };
}

function assertBeyond({ snapshot, bumpRevision }: Restore, revision: number): void {
  const least = snapshot.revision + bumpRevision;
  if (revision < least)
    throw new RestoreStepFailed('settle', [`etcd is at revision ${revision}, and should be at ${least} or later`]);
}
