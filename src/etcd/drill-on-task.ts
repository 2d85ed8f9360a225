import type { DrillFailures, ProofStore, SnapshotProof } from './drill-ports.ts';
import { DrillTaskStopped } from './errors.ts';

/** A drill on Fargate that has ended. */
export interface EndedDrill {
  readonly cluster: string;
  /** The snapshot. */
  readonly id: string;
  /** Which task it was: the execution's name, and the how manieth of it. */
  readonly run: string;
  /** What ECS says of a task that failed, JSON; empty when it ended well. */
  readonly stopped: string;
}

/**
 * Drills as a task: when it fails, it leaves why, and fails with it.
 * @throws what the drill failed with
 */
export async function leavingWhy<T>(
  { cluster, run }: Pick<EndedDrill, 'cluster' | 'run'>,
  failures: DrillFailures,
  drill: () => Promise<T>,
): Promise<T> {
  try {
    return await drill();
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    await failures.keep({ cluster, run, name, message });
    throw error;
  }
}

/**
 * What came of a drill on Fargate: its proof.
 * @throws by its own name what it failed with, DrillTaskStopped when it left no word
 */
export async function drilledOnTask(
  { cluster, id, run, stopped }: EndedDrill,
  proofs: Pick<ProofStore, 'proof'>,
  failures: Pick<DrillFailures, 'read'>,
): Promise<SnapshotProof> {
  if (stopped !== '') {
    const failure = await failures.read(cluster, run);
    if (!failure) throw new DrillTaskStopped(id, whyStopped(stopped));
    throw Object.assign(new Error(failure.message), { name: failure.name });
  }
  const proof = await proofs.proof(cluster, id);
  if (!proof) throw new DrillTaskStopped(id, 'it ended well, and no proof is there');
  return proof;
}

interface Stopped {
  readonly StopCode?: unknown;
  readonly StoppedReason?: unknown;
  readonly Containers?: readonly { readonly ExitCode?: unknown; readonly Reason?: unknown }[];
}

/** For people: what ECS says of a task (`OutOfMemoryError: …; Essential container in task exited; exit code 137`), or whatever is said instead. */
function whyStopped(description: string): string {
  const stopped = parsed(description);
  if (!stopped) return description;
  const { StopCode, StoppedReason, Containers = [] } = stopped;
  const [{ ExitCode, Reason } = {}] = Containers;
  const exit = ExitCode === undefined ? 'no exit code' : `exit code ${ExitCode}`;
  return [Reason, StoppedReason ?? StopCode, exit].filter((one) => one !== undefined && one !== '').join('; ');
}

function parsed(description: string): Stopped | undefined {
  try {
    return JSON.parse(description) as Stopped;
  } catch {
    return undefined;
  }
}
