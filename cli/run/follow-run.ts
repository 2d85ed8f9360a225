import { setTimeout as sleep } from 'node:timers/promises';
import type { KnownRun, RunEvent, Runs } from '../../src/runs/ports.ts';
import { tellProgress } from '../../src/runs/tell-progress.ts';
import { ExecutionFailed, RunNotFound } from '../errors.ts';
import { progressOn } from '../progress.ts';
import type { CommandContext } from '../surroundings.ts';

const LOOK_EVERY_MS = 1_000;

/**
 * Follows an execution to its end, and tells of its progress on the way. Whoever interrupts that leaves the execution running.
 * @throws ExecutionFailed, RunNotFound, and what AWS throws
 */
export async function followRun({ err, now }: CommandContext, runs: Runs, execution: string): Promise<KnownRun> {
  const progress = progressOn(err);
  const events: RunEvent[] = [];
  // Whoever may not read histories waits without seeing anything.
  let readable = true;
  try {
    for (;;) {
      const run = await runs.describe(execution);
      if (!run) throw new RunNotFound(execution, []);
      const last = events.at(-1)?.id ?? 0;
      const newer: readonly RunEvent[] | undefined = readable ? await runs.since(execution, last).catch(denied) : [];
      readable = newer !== undefined;
      events.push(...(newer ?? []));
      const told = tellProgress(events, last, now());
      for (const line of told.lines) progress.line(line);
      if (run.status === 'SUCCEEDED') return run;
      if (run.status !== 'RUNNING') throw new ExecutionFailed(run.status, run.error, run.cause);
      progress.now(told.now);
      await sleep(LOOK_EVERY_MS);
    }
  } finally {
    progress.end();
  }
}

function denied(error: unknown): undefined {
  if (error instanceof Error && error.name === 'AwsAccessDenied') return undefined;
  throw error;
}
