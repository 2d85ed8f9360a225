import { Command, InvalidArgumentError } from 'commander';
import { EXIT } from './errors.ts';
import { downloadSnapshot, verifySnapshot } from './etcd/fetch.ts';
import { listMembers } from './etcd/list-members.ts';
import { listSnapshots } from './etcd/list-snapshots.ts';
import { showSnapshot } from './etcd/show-snapshot.ts';
import { restoreCommands } from './etcd-restore-commands.ts';
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
  for (const command of [...restoreCommands(on), ...upkeepCommands(on)]) etcd.addCommand(command);
  return etcd;
}

/** What the schedule, or a retirement, starts by itself. */
function upkeepCommands(on: OnCluster): readonly Command[] {
  const start = (command: Command, workflow: string) =>
    command
      .argument('[cluster]', CLUSTER)
      .option('--no-wait', 'only start it')
      .action((cluster: string | undefined, { wait }: { wait: boolean }) =>
        on(cluster, (context, deployment, name) =>
          runWorkflow(context, deployment, workflow, { cluster: name }, { wait }),
        ),
      );
  const pki = new Command('pki').description('authorities and keys, without which no snapshot restores a cluster');
  pki.addCommand(start(new Command('backup').description('keep them if they have changed (pki-backup)'), 'pki-backup'));
  const maintenance = new Command('maintenance').description(
    'defragment members where it is worth it, one at a time (etcd-maintenance)',
  );
  return [pki, start(maintenance, 'etcd-maintenance'), replaceCommand(on)];
}

function replaceCommand(on: OnCluster): Command {
  return new Command('member-replace')
    .description('take a lost member off the list, and see another one vote in its place (etcd-member-replace)')
    .argument('<member>', 'id of its instance, or of the member')
    .argument('[cluster]', CLUSTER)
    .option('--plan', 'change nothing; say what would be done', false)
    .option('--no-wait', 'only start it')
    .addHelpText('after', '\nExample:\n  tender etcd member-replace i-0123456789abcdef0 demo --plan')
    .action((member: string, cluster: string | undefined, { plan, wait }: { plan: boolean; wait: boolean }) =>
      on(cluster, (context, deployment, name) => {
        const which = member.startsWith('i-') ? { instanceId: member } : { memberId: member };
        return runWorkflow(
          context,
          deployment,
          'etcd-member-replace',
          { cluster: name, ...which, ...(plan && { plan }) },
          { wait },
        );
      }),
    );
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
