import { parseArgs } from 'node:util';
import { DemoCluster } from '../rehearsal/demo-cluster.ts';
import { LocalDeployment } from '../rehearsal/local-deployment.ts';
import { callsOf, usageOf } from '../rehearsal/usage.ts';
import { costOf } from '../src/prices/cost-model.ts';
import { callsByService, concurrencyPeak, throttlesByOperation } from './rig/api-figures.ts';
import { freshPackage } from './rig/fresh-package.ts';
import { milestonesOf } from './rig/milestones.ts';
import { printResult } from './rig/result-line.ts';
import { median, quantile, rounded } from './rig/statistics.ts';

const HELP = `Measures a burst: so many instances launch at once in three zones. Virtual time until all are InService, API calls for each instance,
the throttles met under AWS's token buckets, how many functions ran at once, dollars. The peer is the same burst without token buckets: what
the limits of AWS's APIs cost. Prints one JSON line.

  npx node bench/burst.ts [--instances 200] [--seed 1]

  --instances  how many
  --seed       the world's luck
  --help       this text

Fails when not every instance comes into service at the first try, or when the limits make the burst more than half as long again.
`;

const budgetRatio = 1.5;
const { values } = parseArgs({
  options: {
    instances: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean' },
  },
});
if (values.help) process.stdout.write(HELP);
else await main(Number(values.instances), Number(values.seed));

async function main(instances: number, seed: number): Promise<void> {
  freshPackage();
  const ours = await burst(instances, seed, 'aws');
  const peer = await burst(instances, seed, 'none');
  const budget = peer.seconds * budgetRatio;
  printResult({
    name: 'burst',
    unit: `virtual seconds until ${instances} instances are InService`,
    ours: rounded(ours.seconds),
    peer: rounded(peer.seconds),
    peerName: 'the same burst, no call throttled',
    budget: rounded(budget),
    ok: ours.seconds <= budget && ours.launched === instances && ours.failed === 0,
    ...ours,
    throttlesOfPeer: peer.throttlesByOperation,
  });
}

async function burst(instances: number, seed: number, apiLimits: 'aws' | 'none') {
  const startedAt = performance.now();
  const deployment = await LocalDeployment.create({ seed, modulesPerVersion: 1, apiLimits });
  const cluster = await DemoCluster.create(deployment, { workers: 0, controlPlane: 0, maxWorkers: instances });
  const { world, dispatcher } = deployment.cloud;
  const before = world.now();
  await cluster.scaleTo(instances);
  await world.until('all are in service', () => cluster.inService().length === instances, 4 * 3_600_000);
  const seconds = (world.now() - before) / 1000;
  const isOver = () => deployment.executions('node-bootstrap').every(({ run }) => run.outcome !== undefined);
  await world.until('all executions are over', isOver);
  const milestones = milestonesOf(cluster);
  const waits = milestones.map(({ hookWaits, continued }) => ((continued ?? Number.NaN) - (hookWaits ?? 0)) / 1000);
  const used = usageOf(deployment, 'launches');
  const cost = costOf(used);
  const lines = dispatcher.meter.lines();
  return {
    seconds: rounded(seconds, 4),
    launched: milestones.length,
    failed: deployment.executions('node-bootstrap').filter(({ run }) => run.outcome?.status !== 'SUCCEEDED').length,
    hookToContinueSeconds: rounded(median(waits)),
    hookToContinueSecondsP90: rounded(quantile(waits, 0.9)),
    callsPerInstance: callsByService(lines.filter(callsOf('launches')), instances),
    nodesCallsPerInstance: callsByService(
      lines.filter(({ caller }) => caller === 'demo-node'),
      instances,
    ),
    throttlesByOperation: throttlesByOperation(lines),
    lambdaConcurrencyPeak: concurrencyPeak(deployment),
    lambdaInvocationsPerInstance: rounded(used.lambdaInvocations / instances),
    stateTransitionsPerInstance: rounded(used.stateTransitions / instances),
    dollarsCompute: rounded(cost.compute),
    dollarsAllIn: rounded(cost.total),
    realSeconds: rounded((performance.now() - startedAt) / 1000),
  };
}
