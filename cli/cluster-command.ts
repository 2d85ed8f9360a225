import { Command, Option } from 'commander';
import { type AdoptOptions, adoptCluster } from './cluster/adopt-cluster.ts';
import { diagnoseClusters } from './cluster/diagnose-clusters.ts';
import { listClusters } from './cluster/list-clusters.ts';
import { type RemoveOptions, removeCluster } from './cluster/remove-cluster.ts';
import { showCluster } from './cluster/show-cluster.ts';
import { findDeployment } from './deployment.ts';
import type { CommandContext, CommonOptions, Surroundings } from './surroundings.ts';

/** `tender cluster …`: what is registered, whether it is in order, and how clusters come and go. */
export function clusterCommand(program: Command, surroundings: Surroundings, outcome: { status: number }): Command {
  const context = () => ({ ...surroundings, options: program.opts<CommonOptions>() });
  const cluster = new Command('cluster').description('the clusters that a deployment looks after');
  cluster
    .command('ls')
    .description('list what is registered, with what is wrong with an entry')
    .action(async () => {
      outcome.status = await listClusters(context(), await findDeployment(context()));
    });
  cluster
    .command('show')
    .description('show an entry as it was read, and the groups that were found by their tags')
    .argument('<name>', 'name in the registry')
    .action(async (name: string) => {
      outcome.status = await showCluster(context(), await findDeployment(context()), name);
    });
  cluster
    .command('doctor')
    .description('check everything that can be wrong with a cluster, and say how to mend it; changes nothing')
    .argument('[name]', 'name in the registry; all that are registered when left out')
    .option('--strict', 'warnings, too, make the exit status 1', false)
    .addHelpText(
      'after',
      '\nExit status: 0 nothing is wrong; 1 a fault (with --strict a warning); 3 no fault, and not everything could be looked at. docs/doctor.md has every check.',
    )
    .action(async (name: string | undefined, options: { strict: boolean }) => {
      outcome.status = await diagnoseClusters(context(), await findDeployment(context()), name, options);
    });
  cluster.addCommand(adoptCommand(context, outcome));
  cluster.addCommand(removeCommand(context, outcome));
  return cluster;
}

const NAME = 'name that it has, or is to have, in the registry; on EKS the name of the cluster';
const PLAN = 'say what would be done, and change nothing';

function administered(command: Command, environment: Surroundings['environment']): Command {
  const file = environment.KUBECONFIG ?? `${environment.HOME ?? '~'}/.kube/config`;
  return command
    .option('--kubeconfig <file>', 'who you are in the cluster: an administrator', file)
    .option('--context <name>', 'of the kubeconfig; default: its current one')
    .option('--eks', 'ask EKS where the cluster of this name is, and be there who you are to AWS', false);
}

function adoptCommand(context: () => CommandContext, outcome: { status: number }): Command {
  return administered(new Command('adopt'), context().environment)
    .description('say what a cluster needs so that Tender can look after it; with --apply do it')
    .argument('<name>', NAME)
    .option(
      '--group <name...>',
      'Auto Scaling groups; default: those tagged kubernetes.io/cluster/<name>, and those of its Nodes',
      [],
    )
    .addOption(
      new Option('--auth <way>', 'how Tender is known there; default: iam on EKS, else token').choices([
        'token',
        'iam',
      ]),
    )
    .addOption(
      new Option(
        '--bootstrap <who>',
        'who joins nodes; default: tender where kubeadm made the cluster, else self',
      ).choices(['tender', 'self']),
    )
    .addOption(
      new Option('--format <format>', 'what is printed')
        .choices(['plan', 'cloudformation', 'terraform'])
        .default('plan'),
    )
    .option('--apply', 'do it', false)
    .option('--images-join', 'images know their join parameter, whatever user data says', false)
    .action(async (name: string, options: AdoptOptions) => {
      outcome.status = await adoptCluster(context(), await findDeployment(context()), name, options);
    });
}

function removeCommand(context: () => CommandContext, outcome: { status: number }): Command {
  return administered(new Command('remove'), context().environment)
    .description('take back exactly what adopt has changed, and let the cluster go')
    .argument('<name>', 'name in the registry')
    .option('--plan', PLAN, false)
    .option('--wait', 'wait for workflows of the cluster that run', false)
    .addOption(
      new Option('--force', 'take back, too, what somebody has changed since').default(false).conflicts('keep'),
    )
    .option('--keep', 'leave what somebody has changed since; not a hook, and not the entry', false)
    .option('--cluster-gone', 'the cluster is no more: take back what is outside of it', false)
    .action(async (name: string, options: RemoveOptions) => {
      outcome.status = await removeCluster(context(), await findDeployment(context()), name, options);
    });
}
