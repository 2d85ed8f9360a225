import { parseArgs } from 'node:util';
import { DemoCluster, type DemoClusterOptions } from '../rehearsal/demo-cluster.ts';
import { driven, LocalDeployment } from '../rehearsal/local-deployment.ts';
import { callsOf, usageOf } from '../rehearsal/usage.ts';
import type { CloudOptions } from '../simulator/cloud/cloud.ts';
import { costOf } from '../src/prices/cost-model.ts';
import { callsByService, concurrencyPeak, throttlesByOperation } from './rig/api-figures.ts';
import { freshPackage } from './rig/fresh-package.ts';
import { printResult } from './rig/result-line.ts';
import { median, quantile, rounded } from './rig/statistics.ts';

const HELP = `Measures what it takes to retire a node at its terminate hook. Prints one JSON line for each of:

  retire         nothing blocks: virtual seconds from the hook to CONTINUE. The peer is what the network load balancer's deregistration delay alone takes,
                 300 s; with it, transitions, events and dollars of a drain that a budget blocks for 15 minutes
  retire-48h     a drain that a budget blocks for two days: events of its execution, against the 10,000 that S15 allows
  retire-burst   so many terminate hooks at once: virtual seconds until the last CONTINUE. The peer is the same burst with no call throttled

  npx node bench/retire.ts [--seeds 21] [--hooks 1000] [--seed 1] [--only <line>]

  --seeds  how many runs of the first line
  --hooks  how many at once in the last
  --seed   the world's luck of the others
  --only   retire, retire-48h or retire-burst
  --help   this text

Fails when retiring adds more than 15 s to the load balancer's own delay, when two days take 10,000 events, when a hook of the burst is not answered by Tender, or the burst takes more than 1.5 times the peer.
`;

const budgets = { overheadSeconds: 15, events: 10_000, burstRatio: 1.5 };
/**
 * On AWS each environment has clients of its own. Those that share a module share them, and the rate limiter of the SDK with them: hundreds that wait for
 * one token wake each other at every token, which costs more than all else and spares AWS throttles that it would give.
 */
const hooksAModule = 18;
/** Elastic Load Balancing's default: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html. */
const deregistrationDelaySeconds = 300;
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '21' },
    hooks: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    help: { type: 'boolean' },
  },
});
if (values.help) process.stdout.write(HELP);
else await main(Number(values.seeds), Number(values.hooks), Number(values.seed));

async function main(seeds: number, hooks: number, seed: number): Promise<void> {
  freshPackage();
  const wanted = (line: string) => values.only === undefined || values.only === line;
  if (wanted('retire')) await nothingBlocks(seeds, seed);
  if (wanted('retire-48h')) await twoDays(seed);
  if (wanted('retire-burst')) await burst(hooks, seed);
}

/** A cluster whose workers are in service, and what was used before anything happened to it. */
async function ready(
  seed: number | string,
  options: DemoClusterOptions,
  { apiLimits = 'aws', modulesPerVersion = 1 }: Pick<CloudOptions, 'apiLimits' | 'modulesPerVersion'> = {},
) {
  const deployment = await LocalDeployment.create({ seed, modulesPerVersion, apiLimits });
  await deployment.stopSchedules();
  const cluster = await DemoCluster.create(deployment, {
    ready: true,
    controlPlane: 0,
    terminateHook: true,
    ...options,
  });
  return { deployment, cluster, world: deployment.cloud.world };
}

interface Retired {
  readonly seconds: number;
  readonly transitions: number;
  readonly events: number;
  readonly lambdaMs: number;
  readonly dollarsCompute: number;
  readonly dollarsAllIn: number;
}

/** Scales in by one and waits until the hook is answered; what blocks is let go after so many seconds. */
async function retireOne(seed: number, options: DemoClusterOptions, blockedSeconds = 0): Promise<Retired> {
  const { deployment, cluster, world } = await ready(seed, options);
  await cluster.scaleTo((options.workers ?? 2) - 1);
  if (blockedSeconds > 0) {
    await world.advance(blockedSeconds * 1000);
    await driven(deployment.cloud, async () =>
      cluster.kubernetes.store.remove('poddisruptionbudgets.policy', 'shop', 'default'),
    );
  }
  const runs = () => ['node-retire', 'node-drain'].flatMap((workflow) => deployment.executions(workflow));
  await world.until('it is over', () => runs().length >= 2 && runs().every(({ run }) => run.outcome), 200_000_000);
  const failed = runs().find(({ run }) => run.outcome?.status !== 'SUCCEEDED');
  if (failed) throw new Error(`not retired: ${JSON.stringify(failed.run.outcome)}`);
  const used = usageOf(deployment, 'launches');
  return {
    seconds: secondsAtHooks(deployment)[0] ?? Number.NaN,
    transitions: runs().reduce((sum, { run }) => sum + run.billedTransitions, 0),
    events: Math.max(...runs().map(({ run }) => run.history.length)),
    lambdaMs: used.lambdaMs,
    dollarsCompute: rounded(costOf(used).compute),
    dollarsAllIn: rounded(costOf(used).total),
  };
}

/** Seconds from each hook to its CONTINUE. */
function secondsAtHooks({ cloud }: LocalDeployment): number[] {
  const began = new Map<unknown, number>();
  return cloud.world.history.entries.flatMap(({ event, at, details }) => {
    if (event === 'LifecycleHookWaiting') began.set(details.instanceId, at);
    if (event !== 'LifecycleActionCompleted') return [];
    return [(at - (began.get(details.instanceId) ?? Number.NaN)) / 1000];
  });
}

async function nothingBlocks(seeds: number, seed: number): Promise<void> {
  const application = { pods: 12, maxUnavailable: '50%' };
  const runs: Retired[] = [];
  for (let n = 0; n < seeds; n += 1) runs.push(await retireOne(seed + n, { workers: 4, application }));
  const blocked = await retireOne(
    seed,
    { workers: 4, application: { pods: 12, minAvailable: 12 }, entry: { drain: { timeoutSeconds: 1800 } } },
    900,
  );
  const seconds = runs.map((run) => run.seconds);
  const budget = deregistrationDelaySeconds + budgets.overheadSeconds;
  printResult({
    name: 'retire',
    unit: 'virtual seconds from the terminate hook to CONTINUE when nothing blocks, median',
    ours: rounded(median(seconds), 4),
    peer: deregistrationDelaySeconds,
    peerName: "the network load balancer's deregistration delay, which every drain that loses no request waits for",
    budget,
    ok: median(seconds) <= budget,
    seeds: runs.length,
    secondsP90: rounded(quantile(seconds, 0.9), 4),
    transitions: median(runs.map((run) => run.transitions)),
    events: median(runs.map((run) => run.events)),
    lambdaMs: median(runs.map((run) => run.lambdaMs)),
    dollarsCompute: rounded(median(runs.map((run) => run.dollarsCompute))),
    dollarsAllIn: rounded(median(runs.map((run) => run.dollarsAllIn))),
    blockedFor15Minutes: blocked,
  });
}

async function twoDays(seed: number): Promise<void> {
  const twoDaysSeconds = 2 * 86_400;
  const run = await retireOne(
    seed,
    {
      workers: 3,
      application: { pods: 6, minAvailable: 6 },
      terminateHook: { heartbeatTimeout: 7200 },
      entry: { drain: { timeoutSeconds: twoDaysSeconds } },
    },
    twoDaysSeconds - 4 * 3600,
  );
  printResult({
    name: 'retire-48h',
    unit: 'events of the longest execution of a drain that is blocked for 44 of the 48 hours that a hook may wait',
    ours: run.events,
    peer: 25_000,
    peerName: 'the events that Step Functions allows an execution',
    budget: budgets.events,
    ok: run.events < budgets.events,
    ...run,
  });
}

async function burst(hooks: number, seed: number): Promise<void> {
  const ours = await burstOf(hooks, seed, 'aws');
  const peer = await burstOf(hooks, seed, 'none');
  const budget = peer.seconds * budgets.burstRatio;
  printResult({
    name: 'retire-burst',
    unit: `virtual seconds until ${hooks} terminate hooks at once are answered`,
    ours: ours.seconds,
    peer: peer.seconds,
    peerName: 'the same burst, no call throttled',
    budget: rounded(budget, 4),
    ok: ours.answered === hooks && ours.timedOut === 0 && ours.seconds <= budget,
    ...ours,
  });
}

/** What the schedule does each five minutes, so that the map of load balancers is there. */
async function passOverLoadBalancers(deployment: LocalDeployment): Promise<void> {
  deployment.start('LoadBalancerSyncMachine', { cluster: 'demo' });
  const passes = () => deployment.executions('load-balancer-sync');
  await deployment.cloud.world.until('the pass is over', () => passes().every(({ run }) => run.outcome));
  const failed = passes().find(({ run }) => run.outcome?.status !== 'SUCCEEDED');
  if (failed) throw new Error(`load balancers were not compared: ${JSON.stringify(failed.run.outcome)}`);
}

/** A thousand hooks take minutes: says each minute how far it is. */
function tellNow(progress: () => string): () => void {
  const timer = setInterval(() => process.stderr.write(`retire-burst: ${progress()}\n`), 60_000);
  return () => clearInterval(timer);
}

async function burstOf(hooks: number, seed: number, apiLimits: 'aws' | 'none') {
  const startedAt = performance.now();
  const cloud = { apiLimits, modulesPerVersion: Math.max(16, Math.ceil(hooks / hooksAModule)) };
  const { deployment, cluster, world } = await ready(seed, { workers: hooks, maxWorkers: hooks }, cloud);
  await passOverLoadBalancers(deployment);
  const ended = { answered: 0, timedOut: 0 };
  world.history.listen(({ event }) => {
    if (event === 'LifecycleActionCompleted') ended.answered += 1;
    if (event === 'LifecycleActionTimedOut') ended.timedOut += 1;
  });
  await cluster.scaleTo(0);
  const from = world.now();
  const stop = tellNow(
    () => `${ended.answered} of ${hooks} hooks answered, ${Math.round((world.now() - from) / 1000)} virtual seconds`,
  );
  await world.until('all hooks have ended', () => ended.answered + ended.timedOut >= hooks, 36_000_000);
  stop();
  const seconds = secondsAtHooks(deployment);
  const used = usageOf(deployment, 'launches');
  const lines = deployment.cloud.dispatcher.meter.lines();
  return {
    seconds: rounded(Math.max(...seconds), 4),
    secondsMedian: rounded(median(seconds), 4),
    ...ended,
    callsPerHook: callsByService(lines.filter(callsOf('launches')), hooks),
    throttlesByOperation: throttlesByOperation(lines),
    lambdaConcurrencyPeak: concurrencyPeak(deployment),
    stateTransitionsPerHook: rounded(used.stateTransitions / hooks),
    dollarsCompute: rounded(costOf(used).compute),
    dollarsAllIn: rounded(costOf(used).total),
    realSeconds: rounded((performance.now() - startedAt) / 1000),
  };
}
