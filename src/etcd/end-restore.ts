import { changeRestore, ownRestore } from './change-restore.ts';
import type { GroupProcesses, Restore, RestoreJournal, SnapshotDoor } from './restore-ports.ts';

interface EndPorts {
  readonly journal: RestoreJournal;
  readonly groups: GroupProcesses;
  readonly door: SnapshotDoor;
  /** The groups of these instances. */
  readonly groupsOf: (instanceIds: readonly string[]) => Promise<readonly string[]>;
}

/** Those with which a group would put an end to an instance that is switched off, and to its disk. */
const ENDING = ['ReplaceUnhealthy', 'Terminate'];

/**
 * Closes what a restore has open: the snapshot's address always; done, Auto Scaling looks after the groups again, but for a group with an
 * instance that was switched off: replacing it would delete its disk with the old data, which is for a person to decide. Can run again.
 *
 * @throws RestoreUnderWay, and what the ports throw
 */
export async function endRestore(
  {
    cluster,
    execution,
    note,
    done,
  }: { readonly cluster: string; readonly execution: string; readonly note: string; readonly done: boolean },
  { journal, groups, door, groupsOf }: EndPorts,
): Promise<{
  readonly leftSuspended: Readonly<Record<string, readonly string[]>>;
  readonly stopped: readonly string[];
}> {
  const last = (await journal.read(cluster))?.restore;
  // Its answer was lost.
  if (last?.owner === execution && last.state === 'done')
    return { leftSuspended: last.suspended, stopped: last.stopped };
  const restore = await ownRestore(journal, cluster, execution);
  await door.close(cluster, restore.first);
  if (!done) {
    await changeRestore(journal, cluster, execution, () => ({ note }));
    return { leftSuspended: restore.suspended, stopped: restore.stopped };
  }
  const leftSuspended = await resumeGroups(restore, groups, await groupsOf(restore.stopped));
  await changeRestore(journal, cluster, execution, () => ({ state: 'done', note, suspended: leftSuspended }));
  return { leftSuspended, stopped: restore.stopped };
}

async function resumeGroups(
  { suspended }: Restore,
  groups: GroupProcesses,
  withStopped: readonly string[],
): Promise<Readonly<Record<string, readonly string[]>>> {
  const left: Record<string, readonly string[]> = {};
  for (const [name, processes] of Object.entries(suspended)) {
    const kept = withStopped.includes(name) ? processes.filter((one) => ENDING.includes(one)) : [];
    const resumed = processes.filter((one) => !kept.includes(one));
    if (resumed.length > 0) await groups.resume(name, resumed);
    if (kept.length > 0) left[name] = kept;
  }
  return left;
}
