import { parseArgs } from 'node:util';
import { DemoCluster } from '../rehearsal/demo-cluster.ts';
import { driven, LocalDeployment } from '../rehearsal/local-deployment.ts';
import type { Pod } from '../simulator/kubernetes/api/objects.ts';
import { freshPackage } from './rig/fresh-package.ts';
import { PlainKubectl } from './rig/plain-kubectl.ts';
import { realKubectl } from './rig/real-kubectl.ts';
import { printResult } from './rig/result-line.ts';
import { rounded } from './rig/statistics.ts';

const HELP = `Measures drains against kubectl drain on the same API server: one node with 100 pods under a budget of 25 %, and 100 nodes with 30 pods
each. Ours is the time from the warning of spot, by which EC2 takes the instances in two minutes, until their last pod is gone from the API server: events, routing and
planning included, through the state machines with their Waits. The peer is kubectl's own sequence of requests under its own limiter (bench/rig/plain-kubectl.ts), node after node as kubectl does it; where kubectl
is installed (KUBEBUILDER_ASSETS or PATH) the real one drains the single node too, at the pace of real time, and all of them if asked to. Prints one JSON line for each.

  npx node bench/drain.ts [--nodes 100] [--seed 1] [--without-kubectl | --kubectl-for-all]

  --nodes            how many nodes in the second line
  --seed             the world's luck
  --without-kubectl  leave the real kubectl out: it takes half a minute
  --kubectl-for-all  let the real kubectl drain all nodes, too: it takes twelve minutes for 100
  --help             this text

Containers start and stop in half a second, so that the clients are compared and not the containers: a budget that lets 25 pods go at a time bounds everybody. How
long ours takes with containers of 2.5 s stands in the line, too.

Fails when ours takes more than 0.6 of kubectl's time, asks more for each pod, or makes the API server refuse anything.
`;

const budgetRatio = 0.6;
const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    'without-kubectl': { type: 'boolean', default: false },
    'kubectl-for-all': { type: 'boolean', default: false },
    help: { type: 'boolean' },
  },
});
if (values.help) process.stdout.write(HELP);
else await main(Number(values.nodes), Number(values.seed));

/** Nodes that are full and are to be emptied, and others that have room. */
interface Place {
  readonly cluster: DemoCluster;
  readonly full: readonly string[];
  readonly pods: number;
}

interface Measured {
  readonly seconds: number;
  readonly requests: number;
  readonly refusals: number;
}

async function main(nodes: number, seed: number): Promise<void> {
  freshPackage();
  const one = { nodes: 1, podsEach: 100, maxUnavailable: '25%', containerSeconds: 0.5, seed };
  const many = { nodes, podsEach: 30, maxUnavailable: undefined, containerSeconds: 0.5, seed };
  const slow = { ...one, containerSeconds: 2.5 };
  const real = values['without-kubectl'] ? undefined : await realKubectl(await fullNodes(one));
  await compare('drain', one, real, (await drainByTender(await fullNodes(slow))).seconds);
  const all = values['kubectl-for-all'] ? await realKubectl(await fullNodes(many)) : undefined;
  await compare(`drain-${nodes}-nodes`, many, all, undefined);
}

interface Size {
  readonly nodes: number;
  readonly podsEach: number;
  readonly maxUnavailable: string | undefined;
  readonly containerSeconds: number;
  readonly seed: number;
}

async function compare(
  name: string,
  size: Size,
  real: { readonly seconds: number } | undefined,
  slowSeconds: number | undefined,
): Promise<void> {
  const ours = await drainByTender(await fullNodes(size));
  const peer = await drainByKubectl(await fullNodes(size));
  const pods = size.nodes * size.podsEach;
  const perPod = ({ requests }: Measured) => rounded(requests / pods);
  const budget = peer.seconds * budgetRatio;
  printResult({
    name,
    unit: `virtual seconds until ${size.nodes} × ${size.podsEach} pods have left`,
    ours: rounded(ours.seconds),
    peer: rounded(peer.seconds),
    peerName: 'kubectl drain: its requests and its limiter on the same API server',
    budget: rounded(budget),
    ok: ours.seconds <= budget && ours.refusals === 0 && ours.requests < peer.requests,
    requestsPerPod: perPod(ours),
    requestsPerPodOfPeer: perPod(peer),
    refusals: ours.refusals,
    refusalsOfPeer: peer.refusals,
    containerSeconds: size.containerSeconds,
    ...(slowSeconds !== undefined && { oursWithContainersOf2500Ms: rounded(slowSeconds) }),
    realKubectlSeconds: real ? rounded(real.seconds) : 'not measured: no kubectl, or left out',
  });
}

/** As many full nodes as are asked for, every pod of the application on one of them, and room for all pods elsewhere. */
async function fullNodes({ nodes, podsEach, maxUnavailable, containerSeconds, seed }: Size): Promise<Place> {
  const pods = nodes * podsEach;
  const spare = Math.ceil(pods / 90);
  const deployment = await LocalDeployment.create({ seed, modulesPerVersion: 1, apiLimits: 'aws' });
  await deployment.stopSchedules();
  const cluster = await DemoCluster.create(deployment, {
    ready: true,
    podTiming: { startSeconds: () => containerSeconds, stopSeconds: () => containerSeconds },
    workers: nodes + spare,
    spot: true,
    controlPlane: 0,
  });
  const { store } = cluster.kubernetes;
  const names = cluster.kubernetes.seed.readyNodes();
  const cordon = (name: string, unschedulable: boolean) =>
    store.change('nodes', name, undefined, (draft) =>
      Object.assign(draft, { spec: { ...specOf(draft), unschedulable } }),
    );
  for (const name of names.slice(nodes)) cordon(name, true);
  cluster.deploy({ pods, ...(maxUnavailable !== undefined && { maxUnavailable }), graceSeconds: 30 });
  const running = () => store.list<Pod>('pods', 'default').filter(({ status }) => status?.phase === 'Running').length;
  await deployment.cloud.world.until('all pods run', () => running() === pods, 3_600_000);
  await deployment.cloud.world.advance(30_000);
  for (const name of names.slice(nodes)) cordon(name, false);
  return { cluster, full: names.slice(0, nodes), pods };
}

function specOf(object: unknown): object {
  return (object as { readonly spec?: object }).spec ?? {};
}

async function drainByTender({ cluster, full }: Place): Promise<Measured> {
  const { cloud } = cluster.deployment;
  const asked = countRequests(cluster);
  const before = cloud.world.now();
  let emptyAt = before;
  cluster.kubernetes.store.listen('pods', ({ type, object }) => {
    if (type === 'DELETED' && full.includes((object as Pod).spec.nodeName ?? '')) emptyAt = cloud.world.now();
  });
  const { instances } = cloud.fleet;
  for (const { instanceId, privateDnsName } of [...instances.all.values()])
    if (full.includes(privateDnsName)) instances.interruptSpot(instanceId);
  const drains = () => cluster.deployment.executions('node-drain');
  const over = () => drains().length >= full.length && drains().every(({ run }) => run.outcome);
  await cloud.world.until('all are drained', over, 7_200_000);
  const outcomes = drains().map(({ run: { outcome } }) => {
    const output = outcome?.status === 'SUCCEEDED' ? outcome.output : undefined;
    return JSON.parse(output ?? '{}') as { outcome?: string };
  });
  const failed = outcomes.find(({ outcome }) => outcome !== 'drained');
  if (failed) throw new Error(`not drained: ${JSON.stringify(failed)}`);
  return { seconds: (emptyAt - before) / 1000, ...asked };
}

async function drainByKubectl({ cluster, full }: Place): Promise<Measured> {
  const { cloud } = cluster.deployment;
  const kubectl = new PlainKubectl(cluster);
  const before = cloud.world.now();
  await driven(cloud, () => kubectl.drain(full));
  const { requests, refusals } = kubectl;
  return { seconds: (cloud.world.now() - before) / 1000, requests, refusals };
}

/** Counts what functions ask of the API server from now on, and what it refuses them by 429. */
function countRequests({ kubernetes }: DemoCluster): { requests: number; refusals: number } {
  const counts = { requests: 0, refusals: 0 };
  const handle = kubernetes.handle.bind(kubernetes);
  kubernetes.handle = async (request, origin) => {
    const answer = await handle(request, origin);
    if (origin.kind === 'lambda') counts.requests += 1;
    if (origin.kind === 'lambda' && answer.status === 429) counts.refusals += 1;
    return answer;
  };
  return counts;
}
