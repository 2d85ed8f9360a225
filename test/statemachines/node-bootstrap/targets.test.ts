import { describe, expect, it } from 'vitest';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { hookAnswers, lifecycleState, nodeOf, pages, rehearse, trace } from '../../support/scenarios/scenario.ts';

/** Makes a target group before the first instance comes, and lets the registry name it. */
async function withTargetGroup(
  scenario: FaultScenario,
  {
    targetType = 'instance',
    behind = 'nothing',
    tags = {},
  }: { targetType?: string; behind?: 'nlb' | 'nothing'; tags?: Record<string, string> },
): Promise<string> {
  const { TargetGroups } = await scenario.operate<{ TargetGroups: { TargetGroupArn: string }[] }>(
    'elasticloadbalancingv2',
    'CreateTargetGroup',
    {
      Name: 'extra',
      Protocol: 'TCP',
      Port: 30080,
      VpcId: [...scenario.cloud.fleet.network.vpcs.keys()][0],
      TargetType: targetType,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    },
  );
  const arn = TargetGroups[0]?.TargetGroupArn ?? '';
  if (behind === 'nlb')
    await scenario.operate('elasticloadbalancingv2', 'CreateListener', {
      LoadBalancerArn: scenario.cluster.loadBalancerArn,
      Port: 81,
      Protocol: 'TCP',
      DefaultActions: [{ Type: 'forward', TargetGroupArn: arn }],
    });
  await serve(scenario, [{ arn, gate: true }]);
  return arn;
}

/** Puts these target groups, and no classic load balancer, into the registry entry. */
async function serve(scenario: FaultScenario, targetGroups: readonly object[]): Promise<void> {
  const name = '/tender/clusters/demo';
  const entry = JSON.parse(scenario.cloud.parameters.valueOf(name) ?? '') as { roles: object };
  const Value = JSON.stringify({ ...entry, roles: { worker: { targetGroups } } });
  await scenario.operate('ssm', 'PutParameter', { Name: name, Type: 'String', Value, Overwrite: true });
}

function targetsOf({ cloud }: FaultScenario, arn: string): string[] {
  return [...(cloud.fleet.loadBalancing.targetGroups.get(arn)?.targets.values() ?? [])].map(({ id }) => id);
}

describe('a joined node', () => {
  it('whose targets never turn healthy enters service all the same, and a person is paged', async () => {
    const scenario = await rehearse({
      entry: { join: { timeoutSeconds: 120 } },
      node: { failures: () => ({ name: 'never-healthy-port' }) },
    });
    const instanceId = await scenario.launch();
    await scenario.comesToRest();

    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${instanceId}`]);
    expect(lifecycleState(scenario, instanceId)).toBe('InService');
    expect(nodeOf(scenario, instanceId)?.spec?.taints ?? []).toEqual([]);
    expect(pages(scenario)).toHaveLength(1);
    expect(pages(scenario)[0]?.message).toContain('It is in service, but these targets never turned healthy: ');
    expect(pages(scenario)[0]?.message).toContain('demo-workers: unhealthy');
    expect(pages(scenario)[0]?.message).toContain('demo-classic: ');
    expect(String(scenario.output('node-bootstrap').remark)).toContain('never turned healthy');
  });

  it('does not wait for a target group that no listener uses, and says so', async () => {
    const scenario = await rehearse();
    const arn = await withTargetGroup(scenario, {});
    const instanceId = await scenario.launch();
    await scenario.comesToRest();

    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(targetsOf(scenario, arn)).toEqual([instanceId]);
    expect(JSON.stringify(scenario.output('node-bootstrap').targetWarnings)).toContain('extra: ');
    expect(trace(scenario).filter((state) => state === 'CheckTargets')).toHaveLength(1);
    expect(pages(scenario)).toEqual([]);
  });

  it.each([
    { 'elbv2.k8s.aws/cluster': 'demo' },
    { 'kubernetes.io/service-name': 'default/web' },
    { 'kubernetes.io/cluster/demo': 'owned' },
  ])('is not registered where a controller in the cluster does that: %o', async (tags) => {
    const scenario = await rehearse();
    const arn = await withTargetGroup(scenario, { behind: 'nlb', tags });
    await scenario.launch();
    await scenario.comesToRest();

    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(targetsOf(scenario, arn)).toEqual([]);
    expect(trace(scenario)).not.toContain('CheckTargets');
  });

  it('is registered, and waited for, where its group has the target group attached, although kOps tagged it', async () => {
    const scenario = await rehearse();
    const arn = await withTargetGroup(scenario, { behind: 'nlb', tags: { 'kubernetes.io/cluster/demo': 'owned' } });
    const input = { AutoScalingGroupName: scenario.cluster.workersGroup, TargetGroupARNs: [arn] };
    await scenario.operate('autoscaling', 'AttachLoadBalancerTargetGroups', input);
    const instanceId = await scenario.launch();
    await scenario.comesToRest();

    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(targetsOf(scenario, arn)).toEqual([instanceId]);
    expect(trace(scenario)).toContain('CheckTargets');
  });

  it('is registered by its address in a target group of addresses', async () => {
    const scenario = await rehearse();
    const arn = await withTargetGroup(scenario, { behind: 'nlb', targetType: 'ip' });
    const instanceId = await scenario.launch();
    await scenario.comesToRest();

    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(targetsOf(scenario, arn)).toEqual([scenario.cloud.fleet.instances.all.get(instanceId)?.privateIpAddress]);
    expect(trace(scenario)).toContain('CheckTargets');
    expect(scenario.output('node-bootstrap').targetWarnings).toEqual([]);
    expect(pages(scenario)).toEqual([]);
  });

  it('of a role that names a target group which does not exist is given back, with the name of it', async () => {
    const scenario = await rehearse();
    const gone = scenario.cluster.targetGroupArn.replace('/demo-workers/', '/gone/');
    await serve(scenario, [{ arn: scenario.cluster.targetGroupArn }, { arn: gone, gate: true }]);
    const instanceId = await scenario.launchOnce();
    await scenario.comesToRest();

    expect(scenario.outcomes()).toEqual(['FAILED NodeNotBootstrapped']);
    expect(hookAnswers(scenario)).toEqual([`ABANDON ${instanceId}`]);
    expect(scenario.cause()).toContain(
      `TargetGroupNotFound: Cluster demo names target group ${gone}, which does not exist`,
    );
    expect(targetsOf(scenario, scenario.cluster.targetGroupArn)).toEqual([]);
    expect(scenario.leftovers()).toEqual([]);
  });
});
