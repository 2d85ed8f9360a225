import { catalogued } from '../../src/etcd/newest-record.ts';
import { proofStoreOf } from '../../src/wiring/drill-of.ts';
import { snapshotStoreOf } from '../../src/wiring/etcd-of.ts';
import type { Deployment } from '../deployment.ts';
import { age, print, size } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';

/** Records are read so many at a time. */
const AT_ONCE = 20;

/** Lists the snapshots of a cluster, newest first, with what is known of each. */
export async function listSnapshots(
  context: CommandContext,
  { environment }: Deployment,
  cluster: string,
  limit: number,
): Promise<void> {
  const store = snapshotStoreOf(environment);
  const proofs = proofStoreOf(environment);
  const all = catalogued(await store.list(cluster)).slice(0, limit);
  const snapshots = await inTurns(all, async ({ id, storedAt, provenAt }) => {
    const [record, proof] = await Promise.all([store.record(cluster, id), provenAt && proofs.proof(cluster, id)]);
    return { id, storedAt: storedAt.toISOString(), proven: provenAt?.toISOString() ?? null, record, proof };
  });
  print(context, snapshots, {
    kind: 'rows',
    empty: `Cluster ${cluster} has no snapshot.`,
    rows: snapshots.map(({ id, storedAt, proven, record }) => ({
      id,
      age: age(context.now().getTime() - Date.parse(storedAt)),
      revision: record?.revision.after,
      database: record && size(record.database.bytes),
      stored: record && size(record.stored.bytes),
      kubernetes: record?.kubernetes?.version,
      status: proven === null ? 'verified' : 'proven',
    })),
  });
}

async function inTurns<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let at = 0; at < all.length; at += AT_ONCE)
    done.push(...(await Promise.all(all.slice(at, at + AT_ONCE).map(work))));
  return done;
}
