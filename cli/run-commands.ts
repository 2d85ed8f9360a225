import { Command, InvalidArgumentError, Option } from 'commander';
import type { OnDeployment } from './on-deployment.ts';
import { runsOf } from './on-deployment.ts';
import { explainRun } from './run/explain-run.ts';
import { followRun } from './run/follow-run.ts';
import { type RunFilter, showRuns } from './run/list-runs.ts';
import { soughtRun } from './run/sought-run.ts';
import { stopRun } from './run/stop-run.ts';
import { printOutcome } from './run-workflow.ts';

const ID = 'ARN of an execution, its name, or what its name and no other begins with';
const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;

/** `tender run …`: executions of all workflows. */
export function runCommand(on: OnDeployment): Command {
  const run = new Command('run').description('executions of workflows: list, watch, explain, stop');
  run.addCommand(listCommand(on));
  run
    .command('watch')
    .description('follow one to its end; the exit status is its outcome')
    .argument('<id>', ID)
    .addHelpText('after', '\nExample:\n  tender run watch demo-i-0abc')
    .action((id: string) =>
      on(async (context, deployment) => {
        const runs = runsOf(deployment);
        const { execution } = await soughtRun(id, runs);
        context.err.write(`watching ${execution}\n`);
        const { output } = await followRun(context, runs, execution);
        printOutcome(context, { execution, output });
      }),
    );
  run
    .command('explain')
    .description('tell its story: who asked and why, what it did, what it waits for, how it ended, what it cost')
    .argument('<id>', ID)
    .addHelpText('after', '\nExample:\n  tender run explain demo-i-0abc -o json')
    .action((id: string) => on((context, deployment) => explainRun(context, deployment, id)));
  run
    .command('stop')
    .description('stop it, and say what comes after it by itself')
    .argument('<id>', ID)
    .requiredOption('--reason <text>', 'for whoever finds it stopped')
    .addHelpText('after', '\nExample:\n  tender run stop demo-i-0abc --reason "wrong node"')
    .action((id: string, options: { reason: string }) =>
      on((context, deployment) => stopRun(context, deployment, id, options)),
    );
  return run;
}

function listCommand(on: OnDeployment): Command {
  return new Command('ls')
    .description('list them, newest first')
    .option('--cluster <name>', 'only of this cluster')
    .option('--workflow <name>', 'only of this workflow, as in node-drain')
    .addOption(
      new Option('--status <status>', 'only those that stand so')
        .choices(STATUSES.map((one) => one.toLowerCase()))
        .argParser(status),
    )
    .option('--since <time>', 'only what began since a time (2026-03-01T12:00:00Z), or so long ago (30m, 4h, 2d)')
    .option('--limit <number>', 'so many at most', positive, 20)
    .addHelpText('after', '\nExample:\n  tender run ls --cluster demo --workflow node-retire --since 2d')
    .action((filter: RunFilter) => on((context, deployment) => showRuns(context, deployment, filter)));
}

function status(value: string): (typeof STATUSES)[number] {
  const wanted = value.toUpperCase().replace('-', '_');
  const found = STATUSES.find((one) => one === wanted);
  if (found) return found;
  throw new InvalidArgumentError(`It is one of ${STATUSES.join(', ').toLowerCase()}.`);
}

function positive(value: string): number {
  if (/^[1-9]\d{0,3}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It is a whole number from 1 to 9999.');
}
