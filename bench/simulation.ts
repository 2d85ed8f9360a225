import { parseArgs } from 'node:util';
import { DemoCluster } from '../rehearsal/demo-cluster.ts';
import { LocalDeployment } from '../rehearsal/local-deployment.ts';
import { freshPackage } from './rig/fresh-package.ts';
import { printResult } from './rig/result-line.ts';
import { rounded } from './rig/statistics.ts';

const HELP = `Measures how fast the local cloud is: simulated hours in one real second, of a quiet cluster (its nodes are in service, Tender's schedules run)
and of a busy one (half of its nodes are replaced every hour, each with a whole bootstrap). The peer is real time. Prints one JSON line.

  npx node bench/simulation.ts [--nodes 100]

  --nodes  how many the cluster has
  --help   this text

Fails below 60 simulated seconds in a real one, for the busy cluster.
`;

const HOUR_MS = 3_600_000;
const QUIET_HOURS = 6;
const BUSY_HOURS = 1;
/** Hours in a second: a test of a day's work may take half a minute. */
const budget = 60 / 3600;
const { values } = parseArgs({
  options: { nodes: { type: 'string', default: '100' }, help: { type: 'boolean' } },
});
if (values.help) process.stdout.write(HELP);
else await main(Number(values.nodes));

async function main(nodes: number): Promise<void> {
  freshPackage();
  const setUpAt = performance.now();
  const deployment = await LocalDeployment.create({ seed: 1, modulesPerVersion: 1 });
  const cluster = await DemoCluster.create(deployment, { workers: 0, controlPlane: 3, maxWorkers: nodes });
  const { world } = deployment.cloud;
  await cluster.scaleTo(nodes);
  await world.until('all are in service', () => cluster.inService().length === nodes);
  await world.advance(10 * 60_000);
  const setUpSeconds = (performance.now() - setUpAt) / 1000;

  const quiet = await hoursPerSecond(QUIET_HOURS, () => world.advance(QUIET_HOURS * HOUR_MS));
  const busy = await hoursPerSecond(BUSY_HOURS, () => replaceSome(cluster, nodes / 2));
  printResult({
    name: 'simulation',
    unit: 'simulated hours in a real second, busy cluster',
    ours: rounded(busy),
    peer: rounded(1 / 3600),
    peerName: 'real time',
    budget: rounded(budget),
    ok: busy >= budget,
    quietHoursPerSecond: rounded(quiet),
    nodes,
    replacedInTheBusyHour: nodes / 2,
    setUpSeconds: rounded(setUpSeconds),
    logEntries: world.history.entries.length,
  });
}

async function hoursPerSecond(hours: number, work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return hours / ((performance.now() - startedAt) / 1000);
}

/** An hour in which so many nodes, spread evenly, lose their instance and get a new one. */
async function replaceSome(cluster: DemoCluster, count: number): Promise<void> {
  const { cloud } = cluster.deployment;
  const end = cloud.world.now() + BUSY_HOURS * HOUR_MS;
  for (let turn = 0; turn < count; turn += 1) {
    const InstanceId = cluster.inService()[0];
    if (InstanceId !== undefined) {
      void cloud.operate('autoscaling', 'TerminateInstanceInAutoScalingGroup', {
        InstanceId,
        ShouldDecrementDesiredCapacity: false,
      });
    }
    await cloud.world.advance((BUSY_HOURS * HOUR_MS) / count);
  }
  if (cloud.world.now() < end) await cloud.world.advance(end - cloud.world.now());
}
