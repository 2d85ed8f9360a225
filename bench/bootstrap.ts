import { parseArgs } from 'node:util';
import { DemoCluster } from '../rehearsal/demo-cluster.ts';
import { LocalDeployment } from '../rehearsal/local-deployment.ts';
import { callsOf, type Usage, usageOf } from '../rehearsal/usage.ts';
import { costOf, dollarsPerMetricMonth } from '../src/prices/cost-model.ts';
import { freshPackage } from './rig/fresh-package.ts';
import { type Milestones, milestonesOf } from './rig/milestones.ts';
import { PlainKubeadm } from './rig/plain-kubeadm.ts';
import { printResult } from './rig/result-line.ts';
import { median, quantile, rounded } from './rig/statistics.ts';

const HELP = `Measures what one node costs that is Ready about three minutes after its launch, and what Tender adds to the join itself: the seconds
from the launch hook to CONTINUE, less those that the same node and the same load balancers need when nothing is waited for (plain kubeadm
with automatic approval, targets registered in the moment the node is Ready; same seed, same luck). Medians over several seeds. Prints one JSON line.

  npx node bench/bootstrap.ts [--seeds 21] [--boot-seconds 145]

  --seeds         how many runs
  --boot-seconds  how long the machine takes from its kernel to kubeadm
  --help          this text

Fails when a median is over budget: 70 state transitions, $0.0025 for compute, 30 s of overhead.
`;

const budgets = { overheadSeconds: 30, stateTransitions: 70, dollarsCompute: 0.0025 };
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '21' },
    'boot-seconds': { type: 'string', default: '145' },
    help: { type: 'boolean' },
  },
});
if (values.help) process.stdout.write(HELP);
else await main(Number(values.seeds), Number(values['boot-seconds']));

interface Run {
  readonly launchToReadySeconds: number;
  readonly hookToContinueSeconds: number;
  readonly apiCalls: Readonly<Record<string, number>>;
  readonly used: Usage;
}

async function main(seeds: number, bootSeconds: number): Promise<void> {
  freshPackage();
  const runs: { readonly ours: Run; readonly peer: { readonly ready: number; readonly hookToHealthy: number } }[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    runs.push({ ours: await runOurs(seed, bootSeconds), peer: await runPeer(seed, bootSeconds) });
  }
  const overhead = runs.map(({ ours, peer }) => ours.hookToContinueSeconds - peer.hookToHealthy);
  const used = (pick: (use: Usage) => number) => runs.map(({ ours }) => pick(ours.used));
  const transitions = used((use) => use.stateTransitions);
  const compute = used((use) => costOf(use).compute);
  const ours = median(overhead);
  printResult({
    name: 'bootstrap',
    unit: 'seconds of overhead over the join itself, median',
    ours: rounded(ours),
    peer: rounded(median(runs.map(({ peer }) => peer.hookToHealthy))),
    peerName: 'the join itself: plain kubeadm with automatic approval, hook to healthy targets',
    budget: budgets.overheadSeconds,
    ok:
      ours <= budgets.overheadSeconds &&
      median(transitions) <= budgets.stateTransitions &&
      median(compute) <= budgets.dollarsCompute,
    seeds: runs.length,
    overheadSecondsP90: rounded(quantile(overhead, 0.9)),
    joinAloneLaunchToReadySeconds: rounded(median(runs.map(({ peer }) => peer.ready))),
    launchToReadySeconds: rounded(median(runs.map((run) => run.ours.launchToReadySeconds))),
    hookToContinueSeconds: rounded(median(runs.map((run) => run.ours.hookToContinueSeconds))),
    stateTransitions: median(transitions),
    stateTransitionsP90: quantile(transitions, 0.9),
    stateTransitionsBudget: budgets.stateTransitions,
    dollarsCompute: rounded(median(compute)),
    dollarsComputeP90: rounded(quantile(compute, 0.9)),
    dollarsComputeBudget: budgets.dollarsCompute,
    dollarsAllIn: rounded(median(used((use) => costOf(use).total))),
    dollarsOfParts: medianParts(runs.map((run) => run.ours.used)),
    dollarsMetricsMonthlyPerCluster: rounded(median(used((use) => use.customMetrics)) * dollarsPerMetricMonth),
    lambdaInvocations: median(used((use) => use.lambdaInvocations)),
    lambdaMs: median(used((use) => use.lambdaMs)),
    lambdaGigabyteSeconds: rounded(median(used((use) => use.lambdaGigabyteSeconds))),
    apiCalls: medianCalls(runs.map((run) => run.ours.apiCalls)),
  });
}

async function runOurs(seed: number, bootSeconds: number): Promise<Run> {
  const deployment = await LocalDeployment.create({ seed, modulesPerVersion: 1 });
  const cluster = await DemoCluster.create(deployment, { workers: 0, controlPlane: 0, node: { bootSeconds } });
  await cluster.scaleTo(1);
  await deployment.cloud.world.until('its execution is over', () =>
    deployment.executions('node-bootstrap').some(({ run }) => run.outcome !== undefined),
  );
  const { launched, hookWaits, nodeReady, continued } = only(milestonesOf(cluster));
  const apiCalls: Record<string, number> = {};
  for (const line of deployment.cloud.dispatcher.meter.lines().filter(callsOf('launches'))) {
    apiCalls[line.operation] = (apiCalls[line.operation] ?? 0) + line.calls;
  }
  return {
    launchToReadySeconds: seconds(launched, nodeReady),
    hookToContinueSeconds: seconds(hookWaits, continued),
    apiCalls,
    used: usageOf(deployment, 'launches'),
  };
}

async function runPeer(seed: number, bootSeconds: number): Promise<{ ready: number; hookToHealthy: number }> {
  const oracle = new PlainKubeadm();
  const { joinConfiguration } = oracle;
  const deployment = await LocalDeployment.create({ seed, modulesPerVersion: 1 });
  const node = { bootSeconds, joinConfiguration };
  // Nobody answers its hook: it must last.
  const cluster = await DemoCluster.create(deployment, { workers: 0, controlPlane: 0, node, heartbeatTimeout: 3600 });
  await oracle.takeOver(cluster);
  await cluster.scaleTo(1);
  const { world } = deployment.cloud;
  await world.until('its targets are healthy', () => milestonesOf(cluster)[0]?.targetsHealthy !== undefined, 900_000);
  const { launched, hookWaits, nodeReady, targetsHealthy } = only(milestonesOf(cluster));
  return { ready: seconds(launched, nodeReady), hookToHealthy: seconds(hookWaits, targetsHealthy) };
}

function only(milestones: readonly Milestones[]): Milestones {
  const [first, ...others] = milestones;
  if (!first || others.length > 0) throw new Error(`${milestones.length} instances were launched instead of one`);
  return first;
}

function seconds(from: number | undefined, to: number | undefined): number {
  if (from === undefined || to === undefined) throw new Error('the node has not come as far as is measured');
  return (to - from) / 1000;
}

function medianParts(uses: readonly Usage[]): Record<string, number> {
  const parts = uses.map((use) => costOf(use).parts);
  const names = Object.keys(parts[0] ?? {}) as (keyof (typeof parts)[number])[];
  return Object.fromEntries(names.map((name) => [name, rounded(median(parts.map((part) => part[name])))]));
}

function medianCalls(runs: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const operations = [...new Set(runs.flatMap((run) => Object.keys(run)))].sort();
  return Object.fromEntries(operations.map((name) => [name, median(runs.map((run) => run[name] ?? 0))]));
}
