import { afterwards } from '../../src/runs/what-next.ts';
import type { Deployment } from '../deployment.ts';
import { RunIsOver } from '../errors.ts';
import { runsOf } from '../on-deployment.ts';
import { print } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';
import { soughtRun } from './sought-run.ts';

/**
 * Stops an execution, with who and why as its cause, and says what comes after it by itself.
 * @throws RunIsOver, RunNotFound, RunAmbiguous, and what AWS throws
 */
export async function stopRun(
  context: CommandContext,
  deployment: Deployment,
  id: string,
  { reason }: { readonly reason: string },
): Promise<void> {
  const runs = runsOf(deployment);
  const run = await soughtRun(id, runs);
  const { execution, name, status, endedAt } = run;
  if (status !== 'RUNNING') throw new RunIsOver(name, status, endedAt);
  const by = context.environment.USER ?? 'somebody';
  await runs.stop(execution, `${by}: ${reason}`);
  const fields = { stopped: execution, by, reason, next: afterwards(run) };
  print(context, fields, { kind: 'fields', fields });
}
