import { Command } from 'commander';
import { answerRestore } from './etcd/answer-restore.ts';
import { CLUSTER, type OnCluster } from './on-cluster.ts';
import { runWorkflow } from './run-workflow.ts';

interface Restore {
  readonly plan: boolean;
  readonly approve: boolean;
  readonly discardLiveData?: string;
  readonly newHistory: boolean;
  readonly acceptRestarts: boolean;
  readonly startOver: boolean;
  readonly wait: boolean;
}

/** `tender etcd restore`, `approve` and `refuse`. */
export function restoreCommands(on: OnCluster): readonly Command[] {
  return [restore(on), ...answers(on)];
}

function restore(on: OnCluster): Command {
  return new Command('restore')
    .description('restore etcd that has lost its quorum (etcd-restore): shown first, then approved, then done')
    .argument('[cluster]', CLUSTER)
    .argument('[id]', 'id of a snapshot, latest, latest-proven, or a time: the newest by then')
    .option('--plan', 'change nothing; say what would be done and lost', false)
    .option('--approve', 'approve it yourself, now: for drills', false)
    .option('--discard-live-data <cluster>', 'although etcd has its quorum, or nobody can say; the cluster’s name')
    .option('--new-history', 'accept a snapshot of another cluster of etcd', false)
    .option('--accept-restarts', 'with an etcd before 3.5.10; restart every kubelet and controller afterwards', false)
    .option('--start-over', 'give up a restore that was begun, and begin anew', false)
    .option('--wait', 'until it is over, and tell of its progress', true)
    .option('--no-wait', 'only start it')
    .addHelpText(
      'after',
      '\nExample:\n  tender etcd restore demo --plan\n  tender etcd restore demo --no-wait\n  tender etcd approve demo',
    )
    .action((cluster: string | undefined, id: string | undefined, options: Restore) =>
      on(cluster, (context, deployment, name) => {
        const { wait, discardLiveData, ...flags } = options;
        const set = Object.fromEntries(Object.entries(flags).filter(([, value]) => value));
        const input = {
          cluster: name,
          ...(id && { snapshot: id }),
          ...(discardLiveData && { discardLiveData }),
          ...set,
        };
        if (wait && !options.plan && !options.approve)
          context.err.write(`it waits for: npx tender etcd approve ${name}, or refuse ${name} --reason …\n`);
        return runWorkflow(context, deployment, 'etcd-restore', input, { wait });
      }),
    );
}

function answers(on: OnCluster): readonly Command[] {
  return [
    new Command('approve')
      .description('let a restore go on that waits to be approved, within four hours; shows what it would do')
      .argument('[cluster]', CLUSTER)
      .addHelpText('after', '\nExample:\n  tender etcd approve demo')
      .action((cluster: string | undefined) =>
        on(cluster, (context, deployment, name) => answerRestore(context, deployment, name, { yes: true })),
      ),
    new Command('refuse')
      .description('end a restore that waits to be approved; nothing was stopped')
      .argument('[cluster]', CLUSTER)
      .requiredOption('--reason <text>', 'for whoever asked')
      .addHelpText('after', '\nExample:\n  tender etcd refuse demo --reason "the members are back"')
      .action((cluster: string | undefined, { reason }: { reason: string }) =>
        on(cluster, (context, deployment, name) => answerRestore(context, deployment, name, { yes: false, reason })),
      ),
  ];
}
