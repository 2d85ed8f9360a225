import { describe, expect, it } from 'vitest';
import { isOver, rehearseFleet, scaleIn } from '../../support/scenarios/departure.ts';
import { hookAnswers } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;
const called = 'Demo.k8s.example.com';

describe('a node of a cluster that calls itself otherwise than the registry can', { timeout }, () => {
  it.each([
    { by: 'the cloud controller', tags: [{ Key: `kubernetes.io/cluster/${called}`, Value: 'owned' }] },
    { by: 'the AWS Load Balancer Controller', tags: [{ Key: 'elbv2.k8s.aws/cluster', Value: called }] },
  ])('is out of what $by made before its hook is answered', async ({ tags }) => {
    const { scenario, workers, leaver } = await rehearseFleet({
      gated: false,
      entry: { roles: {} },
      kubernetes: { clusterName: called },
    });
    const { TargetGroups } = await scenario.operate<{ TargetGroups: { TargetGroupArn: string }[] }>(
      'elasticloadbalancingv2',
      'CreateTargetGroup',
      { Name: 'k8s-shop', Protocol: 'TCP', Port: 30080, Tags: tags },
    );
    const TargetGroupArn = TargetGroups[0]?.TargetGroupArn ?? '';
    const DefaultActions = [{ Type: 'forward', TargetGroupArn }];
    const LoadBalancerArn = scenario.cluster.loadBalancerArn;
    const listener = { LoadBalancerArn, Port: 81, Protocol: 'TCP', DefaultActions };
    await scenario.operate('elasticloadbalancingv2', 'CreateListener', listener);
    const Targets = workers.map(({ instanceId }) => ({ Id: instanceId }));
    await scenario.operate('elasticloadbalancingv2', 'RegisterTargets', { TargetGroupArn, Targets });
    await scenario.world.advance(30 * 60_000);

    await scaleIn(scenario, leaver);
    await isOver(scenario, 'node-retire');

    const timesOf = (event: string, of: string) =>
      scenario.events(event).flatMap(({ at, details }) => (JSON.stringify(details).includes(of) ? [at] : []));
    const [left = Number.NaN, ...others] = timesOf('TargetClosing', 'k8s-shop');
    const [answered = Number.NaN] = timesOf('LifecycleActionCompleted', leaver.instanceId);
    expect(others).toEqual([]);
    // A network load balancer opens connections to a target for so long after its deregistration.
    expect(answered - left).toBeGreaterThanOrEqual(160_000);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
  });
});
