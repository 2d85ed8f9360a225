import { expect, test } from 'vitest';
import { driven } from '../../../rehearsal/local-deployment.ts';
import { conditionOf, type Pod } from '../../../simulator/kubernetes/api/objects.ts';
import { FaultScenario, type FaultScenarioOptions } from '../../support/scenarios/fault-scenario.ts';

const MINUTE_MS = 60_000;

function ready(options: FaultScenarioOptions = {}): Promise<FaultScenario> {
  return FaultScenario.prepare({
    ready: true,
    schedules: false,
    workers: 3,
    terminateHook: true,
    connectionDrainingSeconds: 60,
    application: { pods: 6, minAvailable: 5 },
    ...options,
  });
}

test('nodes of several groups and zones are in service, behind both load balancers, and run the application', async () => {
  const scenario = await ready({
    moreGroups: [
      { name: 'spot', nodes: 2, spot: true },
      { name: 'one-zone', nodes: 2, zones: ['b'] },
    ],
  });
  const { cloud, cluster } = scenario;

  const ids = cluster.inService();
  const instances = ids.map((id) => cloud.fleet.instances.visible(id));
  const pods = cluster.kubernetes.store.list<Pod>('pods', 'default');

  expect(ids).toHaveLength(7);
  expect(scenario.sickInService()).toEqual([]);
  expect(scenario.targets().sort()).toEqual([...ids, ...ids].sort());
  expect(instances.map(({ spot }) => spot).filter(Boolean)).toHaveLength(2);
  expect(new Set(instances.slice(5).map(({ subnet }) => subnet.availabilityZone))).toEqual(new Set(['us-east-1b']));
  expect(pods.map((pod) => conditionOf(pod, 'Ready')?.status)).toEqual(Array(6).fill('True'));
  expect(new Set(pods.map(({ spec }) => spec.nodeName)).size).toBeGreaterThan(3);
  expect(scenario.deployment.executions('node-bootstrap')).toEqual([]);
  await scenario.comesToRest();
  expect(scenario.leftovers()).toEqual([]);
});

test('requests are answered while nothing happens, and fail when a node is cut off', async () => {
  const { world, cloud, cluster } = await ready();
  const load = cluster.sendLoad();
  await world.advance(10 * MINUTE_MS);
  expect(load.report).toMatchObject({ failed: 0 });
  expect(load.report.answered).toBeGreaterThan(2_000);

  cloud.fleet.instances.impair(cluster.inService()[0] ?? '');
  await world.advance(5 * MINUTE_MS);

  expect(load.report.byReason['node-silent']).toBeGreaterThan(0);
  expect(load.report.failed).toBeLessThan(load.report.sent / 4);
});

test('a pod that is told to stop answers its open requests first, and longer than its grace lasts no request', async () => {
  for (const [graceSeconds, reasons] of [
    [30, []],
    [1, ['pod-killed']],
  ] as const) {
    const { world, cluster } = await ready({ application: { pods: 6, graceSeconds } });
    const load = cluster.sendLoad({ perSecond: 10 });
    await world.advance(MINUTE_MS);

    const pods = cluster.kubernetes.store.list<Pod>('pods', 'default').slice(0, 3);
    for (const pod of pods) cluster.kubernetes.deletePod(pod);
    await world.advance(MINUTE_MS);

    expect(Object.keys(load.report.byReason)).toEqual(reasons);
    expect(cluster.kubernetes.store.list<Pod>('pods', 'default')).toHaveLength(6);
  }
});

test('a group that grows gets further nodes without a bootstrap', async () => {
  const { world, cluster } = await ready();

  await cluster.scaleTo(5);
  await world.until('five are in service', () => cluster.inService().length === 5, 10 * MINUTE_MS);

  await world.until('five are ready', () => cluster.kubernetes.seed.readyNodes().length === 5, MINUTE_MS);
});

test('the API server can have a load balancer that Auto Scaling fills with control-plane nodes', async () => {
  const { world, cloud, cluster } = await ready({ controlPlane: 3, apiLoadBalancer: true });
  const group = cloud.fleet.loadBalancing.targetGroup(cluster.apiTargetGroupArn);

  await world.until(
    'they are healthy',
    () => [...group.targets.values()].filter(({ verdict }) => verdict === 'healthy').length === 3,
    10 * MINUTE_MS,
  );

  expect([...group.targets.values()].map(({ port }) => port)).toEqual([6443, 6443, 6443]);
});

test('the worker group can have what an ordinary one has: hooks of its own, policies, spot instances', async () => {
  const { cloud, cluster } = await ready({
    workers: 1,
    spot: true,
    terminateHook: { heartbeatTimeout: 60, defaultResult: 'ABANDON' },
    group: { InstanceLifecyclePolicy: { RetentionTriggers: { TerminateHookAbandon: 'retain' } } },
  });

  const AutoScalingGroupName = cluster.workersGroup;
  const describe = <Output>(operation: string, input: object) =>
    driven(cloud, () => cloud.operate<Output>('autoscaling', operation, input));
  const hooks = await describe('DescribeLifecycleHooks', { AutoScalingGroupName });
  const groups = await describe('DescribeAutoScalingGroups', { AutoScalingGroupNames: [AutoScalingGroupName] });

  expect(hooks).toMatchObject({
    LifecycleHooks: [{ LifecycleHookName: 'tender-terminate', HeartbeatTimeout: 60, DefaultResult: 'ABANDON' }],
  });
  expect(groups).toMatchObject({
    AutoScalingGroups: [{ InstanceLifecyclePolicy: { RetentionTriggers: { TerminateHookAbandon: 'retain' } } }],
  });
  expect(cloud.fleet.instances.visible(cluster.inService()[0] ?? '').spot).toBe(true);
});
