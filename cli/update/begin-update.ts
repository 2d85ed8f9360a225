import { setTimeout as sleep } from 'node:timers/promises';
import { s3UpdateRecords } from '../../src/aws/s3-update-records.ts';
import type { Deployment } from '../deployment.ts';
import { ExecutionFailed } from '../errors.ts';
import { runsOf } from '../on-deployment.ts';
import { runMachine } from '../run-machine.ts';
import { printOutcome } from '../run-workflow.ts';
import type { CommandContext } from '../surroundings.ts';
import type { UpdateRoom } from './update-room.ts';

const LOOK_EVERY_MS = 1_000;
/** A plan takes seconds, and is tried again for a few minutes where AWS is in trouble. */
const LOOKS = 300;

/**
 * Starts os-update, and waits until it has begun: its record says so. One that is refused has not.
 * @throws ExecutionFailed with the reason where it was refused, and what AWS throws
 */
export async function beginUpdate(
  context: CommandContext,
  deployment: Deployment,
  { registered, bucket }: UpdateRoom,
  input: Readonly<Record<string, unknown>> & { readonly groupName: string },
): Promise<void> {
  const { execution } = await runMachine(context, deployment, 'os-update', input, { wait: false });
  const runs = runsOf(deployment);
  const records = s3UpdateRecords(registered.home, bucket);
  // Of two groups that begin at the same moment one gives way after it has written its record: it is looked at twice.
  for (let look = 0, seen = 0; look < LOOKS; look += 1) {
    const run = await runs.describe(execution);
    if (run?.status === 'SUCCEEDED') return printOutcome(context, { execution, output: run.output });
    if (run && run.status !== 'RUNNING') throw new ExecutionFailed(run.status, run.error, run.cause);
    const found = await records.read(registered.cluster.name, input.groupName);
    if (found?.record.execution === execution && ++seen > 1) {
      context.err.write(`it has begun: ${found.record.why || found.record.phase}\n`);
      break;
    }
    await sleep(LOOK_EVERY_MS);
  }
  printOutcome(context, { execution });
}
