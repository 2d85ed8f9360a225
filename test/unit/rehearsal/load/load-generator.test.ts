import { expect, test } from 'vitest';
import { type Door, LoadGenerator, type LoadOptions } from '../../../../rehearsal/load/load-generator.ts';
import { failureText } from '../../../../rehearsal/load/load-report.ts';
import type { InstanceRecord } from '../../../../simulator/ec2/instance-record.ts';
import type { Pod } from '../../../../simulator/kubernetes/api/objects.ts';
import { SimulatedCluster } from '../../../../simulator/kubernetes/simulated-cluster.ts';
import { buildFleet, REGION } from '../../../support/fleet-builder.ts';

const PORT = 80;
const MINUTE_MS = 60_000;

/** Two nodes behind an NLB and a classic load balancer, healthy at both, and a Service with a pod on each of them. */
async function loaded({
  seed = 'load',
  draining = true,
  ...options
}: Partial<LoadOptions> & { seed?: string; draining?: boolean } = {}) {
  const { world, fleet, subnets } = buildFleet({ seed });
  const kubernetes = new SimulatedCluster({ world, name: 'demo', host: 'api.demo.example.com' });
  const launch = () =>
    fleet.instances.run({
      imageId: 'ami-0aaaaaaaaaaaaaaaa',
      instanceType: 'm7g.large',
      subnetId: subnets[0]?.subnetId ?? '',
    });
  const [first, second] = [launch(), launch()];
  await world.until('both answer', () => [first, second].every(({ machine }) => machine.answers(PORT)));
  kubernetes.seed.object('services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'shop', namespace: 'default' },
    ...{ spec: { type: 'NodePort', selector: { app: 'shop' }, ports: [{ port: 80, nodePort: PORT }] } },
  });
  const pods = [first, second].map((instance, index) => readyPod(kubernetes, `shop-${index + 1}`, instance));
  const group = fleet.loadBalancing.createTargetGroup({ Name: 'workers', Protocol: 'TCP', Port: PORT });
  const balancer = fleet.loadBalancing.createLoadBalancer('front', {
    type: 'network',
    scheme: 'internal',
    vpcId: '',
    zones: new Map([[`${REGION}a`, '']]),
    securityGroups: [],
    tags: new Map(),
  });
  fleet.loadBalancing.createListener(balancer, 80, 'TCP', [{ Type: 'forward', TargetGroupArn: group.arn }]);
  const classic = fleet.classic.create({
    name: 'old',
    scheme: 'internal',
    subnetIds: [],
    zones: [`${REGION}a`],
    vpcId: undefined,
    securityGroups: [],
    listeners: [{ Protocol: 'TCP', LoadBalancerPort: 80, InstancePort: PORT }],
    tags: new Map(),
  });
  classic.connectionDraining = { enabled: draining, timeoutSeconds: 60 };
  const ids = [first.instanceId, second.instanceId];
  fleet.loadBalancing.register(
    group,
    ids.map((Id) => ({ Id })),
  );
  fleet.classic.register('old', ids);
  await world.advance(10 * MINUTE_MS);
  const doors: Door[] = [
    { kind: 'v2', name: 'front', loadBalancerArn: balancer.arn, port: 80 },
    { kind: 'classic', name: 'old', port: 80 },
  ];
  const load = new LoadGenerator({ world, fleet, kubernetes }, { doors, perSecond: 5, ...options });
  load.start();
  await world.advance(MINUTE_MS);
  const leaveNlb = () => fleet.loadBalancing.deregister(group, [{ Id: first.instanceId }]);
  const leaveClassic = () => fleet.classic.deregister('old', [first.instanceId]);
  return { world, fleet, kubernetes, load, first, second, pods, leaveNlb, leaveClassic, doors };
}

function readyPod({ store }: SimulatedCluster, name: string, { privateIpAddress }: InstanceRecord): Pod {
  return store.create<Pod>('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: 'shop' } },
    spec: { containers: [{ name: 'shop' }], nodeName: `node-of-${name}` },
    status: { phase: 'Running', hostIP: privateIpAddress, conditions: [{ type: 'Ready', status: 'True' }] },
  });
}

/** The pod is told to stop. */
function terminate({ store, world }: SimulatedCluster, name: string): void {
  store.change<Pod>('pods', name, 'default', (pod) => {
    pod.metadata.deletionTimestamp = world.date().toISOString();
  });
}

test('answers every request while nothing goes away, and the same ones for the same seed', async () => {
  const run = async () => {
    const { world, load } = await loaded();
    await world.advance(10 * MINUTE_MS);
    load.stop();
    await world.advance(MINUTE_MS);
    return load.report;
  };

  const report = await run();

  expect(report).toMatchObject({ failed: 0, open: 0, byReason: {}, firstFailures: [] });
  expect(report.sent).toBe(report.answered);
  expect(report.sent).toBeGreaterThanOrEqual(11 * 60 * 5 * 2);
  expect(report.sent).toBeLessThanOrEqual(11 * 60 * 5 * 2 + 2);
  expect(await run()).toEqual(report);
});

test('leaves a world at rest that has nothing else to do', async () => {
  const { world } = await loaded();
  const before = world.now();

  await world.untilIdle();

  expect(world.now() - before).toBeLessThan(MINUTE_MS);
});

test('fails where an instance is terminated without deregistration, and says where', async () => {
  const { world, fleet, kubernetes, load, first } = await loaded();
  terminate(kubernetes, 'shop-1');
  await world.advance(MINUTE_MS);
  expect(load.report.failed).toBe(0);

  fleet.instances.terminate(first);
  await world.advance(5 * MINUTE_MS);

  const { byReason, firstFailures, failed, answered } = load.report;
  expect(Object.keys(byReason).sort()).toEqual(['node-lost', 'node-silent']);
  expect(byReason['node-silent']).toBeGreaterThan(20);
  expect(failed).toBeLessThan(answered / 4);
  expect(firstFailures).toHaveLength(6);
  expect(firstFailures.map(({ door }) => door)).toEqual(expect.arrayContaining(['front', 'old']));
  expect(firstFailures.map(failureText).join('\n')).toContain(
    `opened a connection to a node that does not answer (${first.instanceId})`,
  );
});

test('fails on a pod whose machine is gone while the cluster still calls it ready', async () => {
  const { world, fleet, load, first, pods, leaveNlb, leaveClassic } = await loaded();
  leaveNlb();
  leaveClassic();
  await world.advance(5 * MINUTE_MS);

  fleet.instances.terminate(first);
  await world.advance(MINUTE_MS);

  const { byReason, firstFailures } = load.report;
  expect(Object.keys(byReason).sort()).toEqual(['pod-killed', 'pod-unreachable']);
  expect(firstFailures[0]?.pod).toBe(pods[0]?.metadata.name);
});

test.each([
  ['thirty seconds after its deregistration, as if load balancers did not lag', 30_000, true],
  ['when the load balancer has let go and the last request has ended', 170_000, false],
])('a node that goes away %s', async (_, afterMs, fails) => {
  const { world, fleet, kubernetes, load, first, leaveNlb, leaveClassic } = await loaded();

  leaveNlb();
  leaveClassic();
  terminate(kubernetes, 'shop-1');
  await world.advance(afterMs);
  fleet.instances.terminate(first);
  await world.advance(5 * MINUTE_MS);

  expect(load.report.failed > 0).toBe(fails);
});

test.each([
  [false, { 'connection-cut': expect.any(Number) }],
  [true, {}],
])(
  'a classic load balancer with draining %s cuts what is open at deregistration, or lets it end',
  async (draining, byReason) => {
    const { world, load, leaveClassic } = await loaded({ draining });

    leaveClassic();
    await world.advance(5 * MINUTE_MS);

    expect(load.report.byReason).toEqual(byReason);
  },
);

test('a load balancer without a target answers nothing', async () => {
  const { world, fleet, load, first, second } = await loaded({ seed: 'empty' });

  fleet.classic.deregister('old', [first.instanceId, second.instanceId]);
  await world.advance(MINUTE_MS);

  expect(load.report.byReason['no-target']).toBeGreaterThanOrEqual(300);
  expect(load.report.firstFailures[0]).toMatchObject({ door: 'old', reason: 'no-target', afterMs: 0 });
});

test('without a ready pod, nodes have nothing to send a request to', async () => {
  const { world, kubernetes, load } = await loaded();
  await world.advance(MINUTE_MS);

  for (const name of ['shop-1', 'shop-2']) terminate(kubernetes, name);
  await world.advance(MINUTE_MS);

  expect(Object.keys(load.report.byReason)).toEqual(['no-endpoint']);
  expect(load.report.byReason['no-endpoint']).toBeGreaterThanOrEqual(599);
});

test('a pod that is gone takes its open requests with it; one that finishes first does not', async () => {
  for (const graceful of [true, false]) {
    const { world, kubernetes, load, pods } = await loaded();
    const [pod] = pods;
    if (!pod) throw new Error('no pod');
    terminate(kubernetes, pod.metadata.name);
    const seconds = load.secondsToFinish(pod) ?? 0;
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(20.1);

    if (graceful) await world.advance(seconds * 1000);
    kubernetes.store.remove('pods', pod.metadata.name, 'default');
    await world.advance(MINUTE_MS);

    expect(Object.keys(load.report.byReason)).toEqual(graceful ? [] : ['pod-killed']);
  }
});

test('sends no more once it is stopped, and what is open ends', async () => {
  const { world, load } = await loaded();
  load.stop();
  const { sent, open } = load.report;
  expect(open).toBeGreaterThan(0);

  await world.advance(MINUTE_MS);

  expect(load.report).toMatchObject({ sent, answered: sent, open: 0 });
});
