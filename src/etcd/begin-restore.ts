import { RestoreNotPossible, RestoreUnderWay } from './errors.ts';
import type { RestorePlan } from './plan-restore.ts';
import type { SnapshotRecord } from './ports.ts';
import type { Restore, RestoreJournal, RunningWork } from './restore-ports.ts';

/** Who said yes, and when. */
type Approval = Restore['approval'];

type Wanted = Pick<RestorePlan, 'resumes' | 'first' | 'nodes' | 'bumpRevision' | 'etcdClusterIds'>;

/**
 * Writes down that this execution restores this cluster, with all that another one needs to go on; from here on there is no second one. Can run
 * again: what it has written stands.
 *
 * @throws RestoreUnderWay, RestoreNotPossible when what was to be gone on with is done or another one by now
 */
export async function beginRestore(
  cluster: string,
  plan: Wanted,
  approval: Approval,
  record: SnapshotRecord,
  execution: string,
  { journal, work }: { readonly journal: RestoreJournal; readonly work: RunningWork },
  now: Date,
): Promise<{ readonly restoreId: string }> {
  const found = await journal.read(cluster);
  const last = found?.restore.state === 'under-way' ? found.restore : undefined;
  if (last?.owner === execution) return { restoreId: last.id };
  if (last && (await work.isRunning(last.owner))) throw new RestoreUnderWay(cluster, last.owner);
  if (plan.resumes && last?.snapshot.id !== record.id)
    throw new RestoreNotPossible('The restore that was to be gone on with is not there any more. Start again.');
  const restore: Restore =
    plan.resumes && last
      ? { ...last, owner: execution, ...tookOver(last) }
      : begun(cluster, plan, approval, record, execution, now, last);
  if ((await journal.write(restore, found?.etag)) === 'conflict')
    throw new RestoreUnderWay(cluster, 'another execution');
  return { restoreId: restore.id };
}

/** Whoever tells of an execution that died has to know whether another one has gone on. */
function tookOver({ owner, takenOverFrom = [] }: Restore): Pick<Restore, 'takenOverFrom'> {
  return { takenOverFrom: [...takenOverFrom, owner] };
}

function begun(
  cluster: string,
  { first, nodes, bumpRevision, etcdClusterIds }: Wanted,
  approval: Approval,
  record: SnapshotRecord,
  owner: string,
  now: Date,
  last: Restore | undefined,
): Restore {
  const { id, takenAt, etcd, revision, database } = record;
  return {
    cluster,
    id: `r-${now
      .toISOString()
      .replaceAll(/[-:]|\.\d+/g, '')
      .toLowerCase()}`,
    ...(last && { previousId: last.id, ...tookOver(last) }),
    state: 'under-way',
    owner,
    begunAt: now.toISOString(),
    approval,
    snapshot: {
      id,
      takenAt,
      etcdClusterId: etcd.clusterId,
      revision: revision.before,
      sha256: database.sha256,
      databaseBytes: database.bytes,
    },
    bumpRevision,
    first,
    nodes,
    // What an earlier one has switched off and suspended is still so.
    stopped: last?.stopped ?? [],
    suspended: last?.suspended ?? {},
    etcdClusterIds,
  };
}
