import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { USER_HOOK_POINTS } from '../src/clusters/user-hooks.ts';
import { nearest } from '../src/schema/problems.ts';
import { repairNode } from './health/repair-node.ts';
import { listNodes } from './node/list-nodes.ts';
import { putBack } from './node/put-back.ts';
import { whichNode } from './node/which-node.ts';
import { CLUSTER, type OnCluster } from './on-cluster.ts';
import { runWorkflow } from './run-workflow.ts';

const NODE = 'name of the Node, or id of the instance';
const RUNGS = ['restart', 'reboot', 'replace', 'page'] as const;
const WAYS = ['auto', 'agent', 'document', 'reboot'] as const;

interface Start {
  readonly reason: string;
  readonly plan: boolean;
  readonly wait: boolean;
  readonly way?: string;
}

/** `tender node …`: what is there, and what can be done with one node. */
export function nodeCommand(on: OnCluster): Command {
  const node = new Command('node').description('nodes: list, retire, drain, bootstrap, put back, repair, update');
  node
    .command('ls')
    .description('list them: instance, group, zone, state, and what Tender does with each now')
    .argument('[cluster]', CLUSTER)
    .action((cluster: string | undefined) => on(cluster, listNodes));
  for (const command of [retire(on), drain(on), bootstrap(on), backIn(on), repairCommand(on), update(on), tryHooks(on)])
    node.addCommand(command);
  for (const command of passes(on)) node.addCommand(command);
  return node;
}

function retire(on: OnCluster): Command {
  return starting(
    on,
    'node-retire',
    new Command('retire').description(
      'drain it, and terminate its instance through its group: another comes (node-retire)',
    ),
  ).addHelpText('after', '\nExample:\n  tender node retire ip-10-0-1-23.ec2.internal demo --reason "noisy disk"');
}

function drain(on: OnCluster): Command {
  return starting(
    on,
    'node-drain',
    new Command('drain').description('empty it and keep its instance, until it is put back (node-drain)'),
  ).addHelpText('after', '\nExample:\n  tender node drain i-0123456789abcdef0 --plan');
}

function update(on: OnCluster): Command {
  const command = new Command('update')
    .description('have it boot into what is installed on it (node-update)')
    .addOption(new Option('--way <way>', 'how').choices(WAYS).argParser(oneOf(WAYS)));
  return starting(on, 'node-update', command).addHelpText(
    'after',
    '\nExample:\n  tender node update ip-10-0-1-23.ec2.internal --way reboot',
  );
}

/** What starts a workflow for one node, and says with --plan what it would do. */
function starting(on: OnCluster, workflow: string, command: Command): Command {
  return waiting(command.argument('<node>', NODE).argument('[cluster]', CLUSTER))
    .option('--plan', 'change nothing; say what would be done', false)
    .option('--reason <text>', 'for people', 'by hand')
    .action((node: string, cluster: string | undefined, { reason, plan, wait, way }: Start) =>
      on(cluster, (context, deployment, name) => {
        const input = { cluster: name, ...whichNode(node), reason, ...(plan && { plan }), ...(way && { way }) };
        return runWorkflow(context, deployment, workflow, input, { wait });
      }),
    );
}

function bootstrap(on: OnCluster): Command {
  return waiting(
    new Command('bootstrap')
      .description('make an instance a node of its cluster (node-bootstrap)')
      .argument('<instance>', 'id of an instance of a group')
      .argument('[cluster]', CLUSTER),
  )
    .addHelpText('after', '\nExample:\n  tender node bootstrap i-0123456789abcdef0 demo')
    .action((instanceId: string, cluster: string | undefined, { wait }: { wait: boolean }) =>
      on(cluster, (context, deployment, name) =>
        runWorkflow(context, deployment, 'node-bootstrap', { cluster: name, instanceId }, { wait }),
      ),
    );
}

function backIn(on: OnCluster): Command {
  return waiting(
    new Command('put-back')
      .description('put a node back that was emptied, or left in the middle (sweep-retire, sweep)')
      .argument('<node>', NODE)
      .argument('[cluster]', CLUSTER)
      .option('--owner <arn>', 'the execution that left it so; default: the one that holds its claim')
      .option('--plan', 'change nothing; say whose it is, and what it took out', false),
  )
    .addHelpText('after', '\nExample:\n  tender node put-back ip-10-0-1-23.ec2.internal demo')
    .action((node: string, cluster: string | undefined, options: { owner?: string; plan: boolean; wait: boolean }) =>
      on(cluster, (context, deployment, name) => putBack(context, deployment, name, node, options)),
    );
}

/** `tender node repair`, which is `tender repair` too. */
export function repairCommand(on: OnCluster): Command {
  return waiting(
    new Command('repair')
      .description('repair a node now (node-repair): restart, reboot, replace, whatever helps first')
      .argument('<node>', NODE)
      .argument('[cluster]', CLUSTER)
      .addOption(new Option('--from <rung>', 'where to begin').choices(RUNGS).argParser(oneOf(RUNGS)))
      .option('--plan', 'change nothing; say what would be done', false)
      .option('--reason <text>', 'for people', 'by hand'),
  )
    .addHelpText('after', '\nExample:\n  tender node repair ip-10-0-1-23.ec2.internal demo --from reboot')
    .action((node: string, cluster: string | undefined, options: Start & { from?: string }) =>
      on(cluster, (context, deployment, name) => repairNode(context, deployment, name, node, options)),
    );
}

/** A user's hooks, to see what they do before a workflow depends on them. */
function tryHooks(on: OnCluster): Command {
  return waiting(
    new Command('try-hooks')
      .description('run the hooks of your own at one point, as a workflow would (user-hooks)')
      .addArgument(new Argument('<point>', 'where in a workflow').choices(USER_HOOK_POINTS))
      .argument('[cluster]', CLUSTER)
      .option('--node <node>', NODE)
      .option('--reason <text>', 'for people', 'by hand'),
  )
    .addHelpText('after', '\nExample:\n  tender node try-hooks before-drain demo --node ip-10-0-1-23.ec2.internal')
    .action((point: string, cluster: string | undefined, { node, reason, wait }: Start & { node?: string }) =>
      on(cluster, (context, deployment, name) => {
        const input = { cluster: name, point, ...(node && whichNode(node)), reason };
        return runWorkflow(context, deployment, 'user-hooks', input, { wait });
      }),
    );
}

/** What the schedule does for all nodes of a cluster, now. */
function passes(on: OnCluster): readonly Command[] {
  const pass = (name: string, description: string, workflow: string) =>
    waiting(new Command(name).description(`${description} (${workflow})`).argument('[cluster]', CLUSTER)).action(
      (cluster: string | undefined, { wait }: { wait: boolean }) =>
        on(cluster, (context, deployment, named) =>
          runWorkflow(context, deployment, workflow, { cluster: named }, { wait }),
        ),
    );
  return [
    pass('approve-csrs', 'judge the serving certificates that nodes ask for, now', 'approve-node-csrs'),
    pass('sync-load-balancers', 'compare load balancers with the nodes, now', 'load-balancer-sync'),
  ];
}

/** Long work is waited for unless told otherwise. */
function waiting(command: Command): Command {
  return command
    .option('--wait', 'until it is over, and tell of its progress', true)
    .option('--no-wait', 'only start it');
}

function oneOf(values: readonly string[]): (value: string) => string {
  return (value) => {
    if (values.includes(value)) return value;
    const like = nearest(value, values);
    throw new InvalidArgumentError(
      `It is one of ${values.join(', ')}.${like === undefined ? '' : ` Did you mean ${like}?`}`,
    );
  };
}
