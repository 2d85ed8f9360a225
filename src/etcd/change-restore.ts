import { RestoreUnderWay } from './errors.ts';
import type { Restore, RestoreJournal } from './restore-ports.ts';

/**
 * The restore that this execution works on.
 * @throws RestoreUnderWay when another execution has taken it over
 */
export async function ownRestore(journal: RestoreJournal, cluster: string, execution: string): Promise<Restore> {
  return (await read(journal, cluster, execution)).restore;
}

/**
 * Writes down how the restore of this execution has changed.
 * @throws RestoreUnderWay
 */
export async function changeRestore(
  journal: RestoreJournal,
  cluster: string,
  execution: string,
  change: (restore: Restore) => Partial<Restore>,
): Promise<Restore> {
  const { restore, etag } = await read(journal, cluster, execution);
  const changed = { ...restore, ...change(restore) };
  // Only its owner writes; who is faster than the owner is a new one.
  if ((await journal.write(changed, etag)) === 'conflict') throw new RestoreUnderWay(cluster, 'another execution');
  return changed;
}

async function read(journal: RestoreJournal, cluster: string, execution: string) {
  const found = await journal.read(cluster);
  if (found?.restore.owner !== execution || found.restore.state !== 'under-way')
    throw new RestoreUnderWay(cluster, found?.restore.owner ?? 'nobody');
  return found;
}
