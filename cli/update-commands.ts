import { Command, InvalidArgumentError } from 'commander';
import { EXIT } from './errors.ts';
import { CLUSTER, type OnCluster } from './on-cluster.ts';
import { askUpdate } from './update/ask-update.ts';
import { planUpdate } from './update/plan-update.ts';
import { showHistory, showRunning } from './update/show-history.ts';
import { showUpdates } from './update/show-updates.ts';
import { startUpdate } from './update/start-update.ts';

const GROUP = 'Auto Scaling group; may be left out where only one comes into question';

/** `tender update …`: what runs, what there is, and updates of groups. */
export function updateCommand(on: OnCluster, outcome: { status: number }): Command {
  const update = new Command('update').description('the operating system of nodes: what runs, what is new, updates');
  update.addCommand(statusCommand(on, outcome));
  update.addCommand(planCommand(on, outcome));
  update.addCommand(startCommand(on));
  for (const command of askCommands(on)) update.addCommand(command);
  update.addCommand(historyCommand(on));
  return update;
}

function statusCommand(on: OnCluster, outcome: { status: number }): Command {
  return new Command('status')
    .description('for each group: what it runs, what is new, how far its update is, its window, what blocks')
    .argument('[cluster]', CLUSTER)
    .option('--group <name>', 'only this Auto Scaling group')
    .addHelpText(
      'after',
      '\nExit status: 0 every node is current; 1 there is something to update, or it is under way; 2 a person is needed: see docs/updates.md',
    )
    .action((cluster: string | undefined, options: { group?: string }) =>
      on(cluster, async (context, deployment, name) => {
        outcome.status = await showUpdates(context, deployment, name, options);
      }),
    );
}

interface Wish {
  readonly group?: string;
  readonly version?: string;
  readonly olderThanDays?: number;
  readonly now: boolean;
}

function wishing(command: Command): Command {
  return command
    .argument('[cluster]', CLUSTER)
    .option('--group <name>', GROUP)
    .option(
      '--version <number>',
      'of the launch template; default: the one that was made for the newest image',
      version,
    )
    .option('--older-than-days <number>', 'replace nodes that are older, whatever they run', days)
    .option('--now', 'outside its window, too', false);
}

function planCommand(on: OnCluster, outcome: { status: number }): Command {
  return wishing(new Command('plan'))
    .description(
      'change nothing; say which nodes in which order, which pods move, what may hold them, how long (os-update)',
    )
    .action((cluster: string | undefined, options: Wish) =>
      on(cluster, async (context, deployment, name) => {
        if (!(await planUpdate(context, deployment, name, options))) outcome.status = EXIT.failed;
      }),
    );
}

function startCommand(on: OnCluster): Command {
  return wishing(new Command('start'))
    .description('update a group: a canary, a bake, waves (os-update)')
    .option('--reason <text>', 'for people', 'by hand')
    .option('--wait', 'until it is over, which may take hours', false)
    .action((cluster: string | undefined, options: Wish & { reason: string; wait: boolean }) =>
      on(cluster, (context, deployment, name) => startUpdate(context, deployment, name, options)),
    );
}

function askCommands(on: OnCluster): readonly Command[] {
  const asking = (name: string, description: string) =>
    new Command(name)
      .description(description)
      .argument('[cluster]', CLUSTER)
      .option('--group <name>', GROUP)
      .option('--reason <text>', 'for people', 'by hand');
  type Options = { group?: string; reason: string; rollback?: boolean };
  return [
    asking('pause', 'let an update wait, when what it has begun with a node is done').action(
      (cluster: string | undefined, options: Options) =>
        on(cluster, (context, deployment, name) => askUpdate(context, deployment, name, 'pause', options)),
    ),
    asking('resume', 'let an update that waits, or has stopped, go on').action(
      (cluster: string | undefined, options: Options) =>
        on(cluster, (context, deployment, name) => askUpdate(context, deployment, name, 'resume', options)),
    ),
    asking('abort', 'stop an update; nodes that were updated stay so, unless it is rolled back')
      .option('--rollback', 'replace what was updated by what ran before, and call the image bad')
      .action((cluster: string | undefined, { rollback, ...options }: Options) =>
        on(cluster, (context, deployment, name) =>
          askUpdate(context, deployment, name, rollback ? 'roll-back' : 'abort', options),
        ),
      ),
  ];
}

function historyCommand(on: OnCluster): Command {
  return new Command('history')
    .description('which image, system and kernel ran where, and updates that are over, newest first')
    .argument('[cluster]', CLUSTER)
    .option('--group <name>', 'only this Auto Scaling group')
    .option('--node <name>', 'only this Node')
    .option('--running', 'what each node runs now, and for how long', false)
    .option('--limit <number>', 'so many at most', positive, 50)
    .action(
      (
        cluster: string | undefined,
        { running, ...options }: { group?: string; node?: string; running: boolean; limit: number },
      ) =>
        on(cluster, (context, deployment, name) =>
          running ? showRunning(context, deployment, name, options) : showHistory(context, deployment, name, options),
        ),
    );
}

function version(value: string): string {
  if (/^[1-9]\d*$/.test(value)) return value;
  throw new InvalidArgumentError('It is the number of a version, as in 8.');
}

function days(value: string): number {
  const number = positive(value);
  if (number <= 3650) return number;
  throw new InvalidArgumentError('It is at most 3650.');
}

function positive(value: string): number {
  if (/^[1-9]\d{0,5}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It is a whole number above 0.');
}
