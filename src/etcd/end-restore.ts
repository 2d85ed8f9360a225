import { changeRestore } from './change-restore.ts';
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

/** What was closed, or how the restore stands. */
export interface EndOutcome {
  /**
   * `closed`: as the caller said. `done`: it was done before, whatever the caller says. `another`: another execution has taken it over since. `none`: this
   * execution had not begun any.
   */
  readonly outcome: 'closed' | 'done' | 'another' | 'none';
  /** Processes of Auto Scaling groups that are still suspended. */
  readonly leftSuspended: Readonly<Record<string, readonly string[]>>;
  /** Instances that are switched off. */
  readonly stopped: readonly string[];
}

/**
 * Closes what a restore has open: the snapshot's address always; done, Auto Scaling looks after the groups again, but for a group with an
 * instance that was switched off: replacing it would delete its disk with the old data, which is for a person to decide. Can run again.
 *
 * @throws RestoreUnderWay when another execution takes it over at this moment, and what the ports throw
 */
export async function endRestore(
  {
    cluster,
    execution,
    note,
    done,
  }: { readonly cluster: string; readonly execution: string; readonly note: string; readonly done: boolean },
  { journal, groups, door, groupsOf }: EndPorts,
): Promise<EndOutcome> {
  const restore = (await journal.read(cluster))?.restore;
  if (restore?.owner !== execution) {
    const outcome = restore?.takenOverFrom?.includes(execution) === true ? 'another' : 'none';
    return { outcome, leftSuspended: {}, stopped: [] };
  }
  const { first, stopped, suspended, state } = restore;
  if (state === 'done') return { outcome: 'done', leftSuspended: suspended, stopped };
  await door.close(cluster, first);
  if (!done) {
    await changeRestore(journal, cluster, execution, () => ({ note }));
    return { outcome: 'closed', leftSuspended: suspended, stopped };
  }
  const leftSuspended = await resumeGroups(restore, groups, await groupsOf(stopped));
  await changeRestore(journal, cluster, execution, () => ({ state: 'done', note, suspended: leftSuspended }));
  return { outcome: 'closed', leftSuspended, stopped };
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
