import { describe, expect, it } from 'vitest';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { rehearse, stored } from '../../support/scenarios/scenario.ts';

const WORKFLOW = 'load-balancer-sync';
const nothing = { registered: [], deregistered: [], drift: [] };

/** Nodes in service behind an NLB and a classic load balancer, oldest first. */
async function withNodes(count: number, options: Parameters<typeof rehearse>[0] = {}) {
  // The schedule is out of the way: passes come by hand.
  const scenario = await rehearse({ entry: { schedules: { loadBalancerSyncMinutes: 1440 } }, ...options });
  await scenario.cluster.scaleTo(count);
  await scenario.comesToRest();
  const inService = new Set(scenario.cluster.inService());
  return { scenario, ids: scenario.instanceIds().filter((id) => inService.has(id)) };
}

/** Starts a pass from the console and waits for its end; gives its output, or what it failed with. */
async function pass(scenario: FaultScenario): Promise<unknown> {
  const arn = scenario.deployment.start('LoadBalancerSyncMachine', { cluster: 'demo' });
  const find = () => scenario.deployment.executions(WORKFLOW).find((one) => one.arn === arn)?.run.outcome;
  await scenario.world.until('the pass is over', () => find() !== undefined, 20 * 60_000);
  const outcome = find();
  return outcome?.status === 'SUCCEEDED' ? JSON.parse(outcome.output ?? 'null') : outcome;
}

const inGroup = ({ cluster }: FaultScenario, ids: readonly string[]) => ({
  TargetGroupArn: cluster.targetGroupArn,
  Targets: ids.map((Id) => ({ Id })),
});
const inClassic = ({ cluster }: FaultScenario, ids: readonly string[]) => ({
  LoadBalancerName: cluster.classicName,
  Instances: ids.map((InstanceId) => ({ InstanceId })),
});

/** A person takes instances out of both load balancers, and their connections have drained. */
async function takenOut(scenario: FaultScenario, ids: readonly string[]): Promise<void> {
  await scenario.operate('elasticloadbalancingv2', 'DeregisterTargets', inGroup(scenario, ids));
  await scenario.operate('elasticloadbalancing', 'DeregisterInstancesFromLoadBalancer', inClassic(scenario, ids));
  await scenario.world.advance(6 * 60_000);
}

/** Somebody deletes the Nodes of instances that go on running, and the time in which they could join is over. */
async function withoutNodes({ world, cloud, cluster }: FaultScenario, ids: readonly string[]): Promise<void> {
  await world.advance(16 * 60_000);
  for (const id of ids) {
    cluster.kubernetes.store.remove('nodes', cloud.fleet.instances.all.get(id)?.privateDnsName ?? '');
  }
}

describe('a pass over load balancers', () => {
  it('registers a node in service that somebody took out, and is content after that', async () => {
    const { scenario, ids } = await withNodes(2);
    const [first = '', second = ''] = ids;
    await takenOut(scenario, [first]);
    expect(scenario.targets()).toEqual([second, second]);

    expect(await pass(scenario)).toEqual({
      ...nothing,
      registered: [`demo-workers ${first}:30080`, `demo-classic ${first}`],
    });
    expect(scenario.targets().sort()).toEqual([first, first, second, second].sort());
    expect(await pass(scenario)).toEqual(nothing);
  });

  it('deregisters a node that is gone although its instance runs, but never the last one', async () => {
    const { scenario, ids } = await withNodes(2);
    const [first = '', second = ''] = ids;
    await withoutNodes(scenario, [first]);

    expect(await pass(scenario)).toEqual({
      ...nothing,
      deregistered: [`demo-workers ${first}:30080`, `demo-classic ${first}`],
    });
    await scenario.world.advance(6 * 60_000);
    await withoutNodes(scenario, [second]);
    const { deregistered, drift } = (await pass(scenario)) as typeof nothing;
    expect(deregistered).toEqual([]);
    expect(drift.length).toBeGreaterThan(0);
    expect(scenario.targets()).toEqual([second, second]);
  });

  it('leaves alone and reports what is not of the cluster, and leaves a controller’s group to it', async () => {
    const { scenario, ids } = await withNodes(1, { controlPlane: 1 });
    const { fleet } = scenario.cloud;
    const foreign = [...fleet.instances.all.keys()].find((id) => !ids.includes(id)) ?? '';
    await scenario.operate('elasticloadbalancingv2', 'RegisterTargets', inGroup(scenario, [foreign]));
    expect(await pass(scenario)).toEqual({
      ...nothing,
      drift: [`demo-workers ${foreign}:30080: a node of another role`],
    });
    expect(scenario.targets()).toContain(foreign);

    await scenario.operate('elasticloadbalancingv2', 'AddTags', {
      ResourceArns: [scenario.cluster.targetGroupArn],
      Tags: [{ Key: 'elbv2.k8s.aws/cluster', Value: 'demo' }],
    });
    await takenOut(scenario, ids);
    expect(await pass(scenario)).toEqual({ ...nothing, registered: [`demo-classic ${ids[0]}`] });
    expect(stored(scenario, 'loadbalancers/').get('loadbalancers/demo.json')).toMatchObject({
      targetGroups: [{ arn: scenario.cluster.targetGroupArn, port: 30080, protocol: 'TCP', controllerOwned: true }],
    });
  });

  it('compares all others where the entry names a target group of another region, and says so', async () => {
    const { scenario, ids } = await withNodes(2);
    const [first = '', second = ''] = ids;
    const arn = scenario.cluster.targetGroupArn;
    const elsewhere = arn.replace(/us-[a-z]+-\d/, 'eu-central-1');
    const name = '/tender/clusters/demo';
    const entry = JSON.parse(scenario.cloud.parameters.valueOf(name) ?? '') as { roles: object };
    const Value = JSON.stringify({ ...entry, roles: { worker: { targetGroups: [{ arn: elsewhere }, { arn }] } } });
    await scenario.operate('ssm', 'PutParameter', { Name: name, Type: 'String', Value, Overwrite: true });
    await takenOut(scenario, [first]);
    expect(await pass(scenario)).toEqual({
      ...nothing,
      registered: [`demo-workers ${first}:30080`],
      drift: [`${elsewhere}: the registry names this target group, and it does not exist`],
    });
    expect(scenario.targets()).toContain(second);
  });

  it('changes nothing and fails with a way out while the API server is away', async () => {
    const { scenario, ids } = await withNodes(1);
    await takenOut(scenario, ids);
    scenario.cluster.kubernetes.down('refused');

    expect(await pass(scenario)).toMatchObject({
      status: 'FAILED',
      error: 'LoadBalancersNotSynced',
      cause: expect.stringMatching(/ClusterUnreachable[\s\S]*docs\/runbooks\/load-balancers-not-synced\.md/),
    });
    expect(scenario.targets()).toEqual([]);
    scenario.cluster.kubernetes.up();
    expect(await pass(scenario)).toMatchObject({ registered: expect.objectContaining({ length: 2 }) });
  });

  it('gets through while load balancers throttle, and names what is denied after it has done the rest', async () => {
    const { scenario, ids } = await withNodes(1, { denied: ['elasticloadbalancing:RegisterTargets'] });
    await takenOut(scenario, ids);
    const ofElb = ({ service }: { service: string }) => service === 'elasticloadbalancing';
    scenario.plant(ofElb, { kind: 'throttle' }, { times: 12 });
    expect(await pass(scenario)).toMatchObject({ registered: expect.objectContaining({ length: 2 }) });

    await takenOut(scenario, ids);
    const denied = { kind: 'error', code: 'AccessDenied', message: 'not authorized', status: 403 } as const;
    scenario.plant(({ operation }) => operation === 'RegisterTargets', denied, { times: 99 });
    expect(await pass(scenario)).toMatchObject({
      error: 'LoadBalancersNotSynced',
      cause: expect.stringContaining(`demo-workers ${ids[0]}:30080: AwsAccessDenied`),
    });
    expect(scenario.targets()).toEqual(ids);
  });

  it('is made every five minutes and after a join', async () => {
    const { scenario } = await withNodes(1, { entry: {} });
    const names = () => scenario.deployment.executions(WORKFLOW).map(({ name }) => name);
    expect(names().filter((name) => /^sync-demo-\d{8}T\d{4}$/.test(name))).toHaveLength(1);
    const before = names().length;
    await scenario.world.advance(15 * 60_000);
    expect(names().length - before).toBe(3);
    expect(new Set(scenario.outcomes(WORKFLOW))).toEqual(new Set(['SUCCEEDED']));
  });
});
