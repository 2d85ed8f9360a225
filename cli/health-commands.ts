import { Command } from 'commander';
import { pause, resume } from './health/pause.ts';
import { showHealth } from './health/show-health.ts';
import { untilTime } from './health/until-time.ts';
import { repairCommand } from './node-commands.ts';
import { CLUSTER, type OnCluster } from './on-cluster.ts';

/** `tender health`, `tender repair`, `tender pause` and `tender resume`. */
export function healthCommands(on: OnCluster, outcome: { status: number }): readonly Command[] {
  return [healthCommand(on, outcome), repairCommand(on), pauseCommand(on), resumeCommand(on)];
}

function healthCommand(on: OnCluster, outcome: { status: number }): Command {
  return new Command('health')
    .description('what is wrong, since when, what Tender does about it, and what it does not and why')
    .argument('[cluster]', CLUSTER)
    .option('-w, --watch', 'show it again whenever it changes, until interrupted', false)
    .addHelpText(
      'after',
      '\nExit status: 0 all is well; 1 something is wrong, and Tender sees to it or waits; 2 a person is needed: see docs/health.md',
    )
    .action((cluster: string | undefined, { watch }: { watch: boolean }) =>
      on(cluster, async (context, deployment, name) => {
        outcome.status = await showHealth(context, deployment, name, { watch });
      }),
    );
}

function pauseCommand(on: OnCluster): Command {
  return new Command('pause')
    .description('have no node repaired until a time: in the cluster, a group, or one node')
    .argument('[cluster]', CLUSTER)
    .option('--group <name>', 'only in this Auto Scaling group')
    .option('--node <name>', 'only this Node')
    .requiredOption('--until <time>', 'a time (2026-03-01T12:00:00Z), or how long from now (30m, 4h, 2d)')
    .action((cluster: string | undefined, { until, ...what }: { until: string; group?: string; node?: string }) =>
      on(cluster, (context, deployment, name) =>
        pause(context, deployment, name, what, untilTime(until, context.now())),
      ),
    );
}

function resumeCommand(on: OnCluster): Command {
  return new Command('resume')
    .description('take a pause back')
    .argument('[cluster]', CLUSTER)
    .option('--group <name>', 'that of this Auto Scaling group')
    .option('--node <name>', 'that of this Node')
    .action((cluster: string | undefined, what: { group?: string; node?: string }) =>
      on(cluster, (context, deployment, name) => resume(context, deployment, name, what)),
    );
}
