import { Command, InvalidArgumentError } from 'commander';
import { EXIT } from './errors.ts';
import { downloadSnapshot, verifySnapshot } from './etcd/fetch.ts';
import { listMembers } from './etcd/list-members.ts';
import { listSnapshots } from './etcd/list-snapshots.ts';
import { showSnapshot } from './etcd/show-snapshot.ts';
import { CLUSTER, type OnCluster } from './on-cluster.ts';
import { runWorkflow } from './run-workflow.ts';

const ID = 'id of a snapshot; the newest when left out';

/** `tender etcd …`: snapshots, drills, members, and what a restore would do. */
export function etcdCommand(on: OnCluster, outcome: { status: number }): Command {
  const etcd = new Command('etcd').description('snapshots, drills, members and restores of etcd');
  etcd.addCommand(snapshotsCommand(on));
  etcd.addCommand(snapshotCommand(on));
  etcd
    .command('drill')
    .description('restore a snapshot into an etcd of its own, which proves it (etcd-drill)')
    .argument('[cluster]', CLUSTER)
    .argument('[id]', ID)
    .option('--no-wait', 'only start it')
    .action((cluster: string | undefined, id: string | undefined, { wait }: { wait: boolean }) =>
      on(cluster, (context, deployment, name) =>
        runWorkflow(context, deployment, 'etcd-drill', { cluster: name, ...(id && { snapshot: id }) }, { wait }),
      ),
    );
  etcd
    .command('members')
    .description('ask each member how it is; port 2379 has to be reachable from here')
    .argument('[cluster]', CLUSTER)
    .action((cluster: string | undefined) =>
      on(cluster, async (context, deployment, name) => {
        if (!(await listMembers(context, deployment, name))) outcome.status = EXIT.failed;
      }),
    );
  etcd
    .command('restore')
    .description('say what a restore would do and lose (etcd-restore); it is started in the console')
    .argument('[cluster]', CLUSTER)
    .argument('[id]', ID)
    .requiredOption('--plan', 'change nothing; the only way for now')
    .action((cluster: string | undefined, id: string | undefined) =>
      on(cluster, (context, deployment, name) => {
        const input = { cluster: name, plan: true, ...(id && { snapshot: id }) };
        return runWorkflow(context, deployment, 'etcd-restore', input, { wait: true });
      }),
    );
  return etcd;
}

function snapshotsCommand(on: OnCluster): Command {
  const snapshots = new Command('snapshots').description('what lies in the bucket');
  snapshots
    .command('ls')
    .description('list them, newest first')
    .argument('[cluster]', CLUSTER)
    .option('--limit <number>', 'so many at most', positive, 50)
    .action((cluster: string | undefined, { limit }: { limit: number }) =>
      on(cluster, (context, deployment, name) => listSnapshots(context, deployment, name, limit)),
    );
  snapshots
    .command('show')
    .description('show what is known of one, and of its proof')
    .argument('[cluster]', CLUSTER)
    .argument('[id]', ID)
    .action((cluster: string | undefined, id: string | undefined) =>
      on(cluster, (context, deployment, name) => showSnapshot(context, deployment, name, id)),
    );
  snapshots
    .command('verify')
    .description('read all of one and compare it with its record and with etcd’s own hash')
    .argument('[cluster]', CLUSTER)
    .argument('[id]', ID)
    .action((cluster: string | undefined, id: string | undefined) =>
      on(cluster, (context, deployment, name) => verifySnapshot(context, deployment, name, id)),
    );
  snapshots
    .command('download')
    .description('write one to a file, unpacked and compared, as etcdctl snapshot save would have')
    .argument('[cluster]', CLUSTER)
    .argument('[id]', ID)
    .option('--to <file>', 'default: <cluster>-<id>.db')
    .option('--force', 'replace a file that is there', false)
    .action((cluster: string | undefined, id: string | undefined, target: { to?: string; force: boolean }) =>
      on(cluster, (context, deployment, name) => downloadSnapshot(context, deployment, name, id, target)),
    );
  return snapshots;
}

function snapshotCommand(on: OnCluster): Command {
  const snapshot = new Command('snapshot').description('new ones');
  snapshot
    .command('take')
    .description('take one (etcd-snapshot)')
    .argument('[cluster]', CLUSTER)
    .option('--drill', 'drill it next', false)
    .option(
      '--new-history',
      'accept an earlier revision or another cluster than the newest snapshot’s: once, after a restore',
      false,
    )
    .option('--no-wait', 'only start it')
    .action((cluster: string | undefined, options: { drill: boolean; newHistory: boolean; wait: boolean }) =>
      on(cluster, (context, deployment, name) => {
        const { drill, newHistory, wait } = options;
        const input = { cluster: name, ...(drill && { drill }), ...(newHistory && { newHistory }) };
        return runWorkflow(context, deployment, 'etcd-snapshot', input, { wait });
      }),
    );
  return snapshot;
}

function positive(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It is a whole number above 0.');
}
