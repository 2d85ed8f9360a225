import { parseArgs } from 'node:util';
import { DemoCluster } from '../rehearsal/demo-cluster.ts';
import { LocalDeployment } from '../rehearsal/local-deployment.ts';
import { usageOf } from '../rehearsal/usage.ts';
import { costOf } from '../src/prices/cost-model.ts';
import { freshPackage } from './rig/fresh-package.ts';
import { printResult } from './rig/result-line.ts';
import { median, rounded } from './rig/statistics.ts';

const HELP = `Measures what it takes to roll a group of nodes to a new image, a tenth of them at a time, behind a network load balancer.
Prints one JSON line: virtual minutes, transitions, Lambda milliseconds, dollars, and node-minutes of extra capacity.

The peer is the published arithmetic of EKS managed node groups with maxUnavailable 10 %, on the same world: its batches one after the other, each with the launches and the
drains that were measured here, and the 60 s that EKS waits after a cordon (docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html).
Beside it: the same with maxUnavailable 1, and kOps rolling-update, one node at a time, 15 s after each, validated twice at 15 s (kops.sigs.k8s.io/operations/rolling-update).

  npx node bench/os-roll.ts [--nodes 100] [--seed 1]

  --nodes  how many
  --seed   the world's luck
  --help   this text

Fails when ours, less its bake, takes more than 1.4 times as long as the peer.
`;

const budgetRatio = 1.4;
const bakeMinutes = 30;
const eksWaitSeconds = 60;
const zones = 3;
const kops = { interval: 15, validations: 2, validateEvery: 15 } as const;
const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean' },
  },
});
if (values.help) process.stdout.write(HELP);
else await main(Number(values.nodes), Number(values.seed));

async function main(nodes: number, seed: number): Promise<void> {
  freshPackage();
  const { deployment, cluster } = await prepare(nodes, seed);
  const { world } = deployment.cloud;
  const { version } = await cluster.publishImage(2);
  const capacity = watchCapacity(deployment, cluster, nodes);
  const from = world.now();
  deployment.start('OsUpdateMachine', { cluster: cluster.name, groupName: cluster.workersGroup, version });
  const roll = () => deployment.executions('os-update')[0]?.run;
  await world.until('the group is rolled', () => roll()?.outcome !== undefined, 72 * 3_600_000);
  const seconds = (world.now() - from) / 1000;
  const outcome = roll()?.outcome;
  if (outcome?.status !== 'SUCCEEDED') throw new Error(`not rolled: ${JSON.stringify(outcome)}`);
  const batch = Math.max(1, Math.floor(nodes / 10));
  const { launch, drain } = timesOf(deployment);
  const managed = (size: number) => launch + Math.ceil(nodes / size) * (drain + eksWaitSeconds + launch);
  const one = drain + kops.interval + launch + kops.validations * kops.validateEvery;
  const withoutBake = seconds - bakeMinutes * 60;
  const used = usageOf(deployment, 'launches');
  const cost = costOf(used);
  printResult({
    name: 'os-roll',
    unit: 'virtual minutes to roll a group to a new image, a tenth at a time, without the bake',
    ours: rounded(withoutBake / 60, 4),
    peer: rounded(managed(batch) / 60, 4),
    peerName:
      'EKS managed node groups with maxUnavailable 10 %, by their published arithmetic with the launches and drains measured here',
    budget: rounded((budgetRatio * managed(batch)) / 60, 4),
    ok: withoutBake <= budgetRatio * managed(batch),
    nodes,
    atATime: batch,
    minutesWithBake: rounded(seconds / 60, 4),
    minutesManagedOneAtATime: rounded(managed(1) / 60, 4),
    minutesKopsOneAtATime: rounded((nodes * one) / 60, 4),
    launchSeconds: rounded(launch, 4),
    drainSeconds: rounded(drain, 4),
    transitions: ['os-update', 'node-retire', 'node-drain']
      .flatMap((workflow) => deployment.executions(workflow))
      .reduce((sum, { run }) => sum + run.billedTransitions, 0),
    eventsOfTheUpdate: roll()?.history.length ?? 0,
    lambdaMs: used.lambdaMs,
    dollarsCompute: rounded(cost.compute),
    dollarsAllIn: rounded(cost.total),
    extraNodeMinutes: rounded(capacity.extraMinutes(), 4),
    // EKS launches as many more as it replaces at a time, and twice as many as there are zones at least; kOps one.
    extraNodeMinutesManaged: rounded((Math.max(batch, 2 * zones) * managed(batch)) / 60, 4),
    extraNodeMinutesManagedOneAtATime: rounded((2 * zones * managed(1)) / 60, 4),
    extraNodeMinutesKops: rounded((nodes * one) / 60, 4),
    leastInService: capacity.least(),
  });
}

async function prepare(nodes: number, seed: number) {
  const deployment = await LocalDeployment.create({ seed, modulesPerVersion: 1 });
  await deployment.stopSchedules();
  const cluster = await DemoCluster.create(deployment, {
    ready: true,
    controlPlane: 0,
    workers: nodes,
    maxWorkers: 2 * nodes,
    terminateHook: true,
    application: { pods: 3 * nodes, maxUnavailable: '20%' },
    entry: {
      disruptions: { perGroup: '10%', perCluster: '20%' },
      updates: { maxSurge: '10%', bakeMinutes },
    },
  });
  return { deployment, cluster };
}

/** Medians, in seconds: from the launch of an instance until it is in service, and of a retirement. */
function timesOf(deployment: LocalDeployment): { launch: number; drain: number } {
  const launched = new Map<unknown, number>();
  const launches = deployment.cloud.world.history.entries.flatMap(({ event, at, details }) => {
    if (event !== 'LifecycleStateChanged') return [];
    if (details.state === 'Pending') launched.set(details.instanceId, at);
    const from = details.state === 'InService' ? launched.get(details.instanceId) : undefined;
    return from === undefined ? [] : [(at - from) / 1000];
  });
  const retired = deployment.executions('node-retire').flatMap(({ name, run }) => {
    // The terminate hook of each starts another one, which finds nothing left to do.
    if (!name.startsWith('update-')) return [];
    const { seconds } =
      run.outcome?.status === 'SUCCEEDED' ? (JSON.parse(run.outcome.output ?? '{}') as { seconds?: number }) : {};
    return seconds === undefined ? [] : [seconds];
  });
  return { launch: median(launches), drain: median(retired) };
}

/** What of the group is in service, and how much more than it wants, minute by minute. */
function watchCapacity({ cloud }: LocalDeployment, cluster: DemoCluster, nodes: number) {
  const { world } = cloud;
  let extra = 0;
  let least = nodes;
  const look = () => {
    const members = [...(cloud.fleet.groups.all.get(cluster.workersGroup)?.members.values() ?? [])];
    extra += Math.max(0, members.length - nodes);
    least = Math.min(least, members.filter(({ state }) => state === 'InService').length);
    world.afterInBackground(60_000, 'capacity is looked at', look);
  };
  look();
  return { extraMinutes: () => extra, least: () => least };
}
