import { describe, expect, it } from 'vitest';
import { conditionOfNode, rehearseFleet, retireByHand } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';

const timeout = 180_000;
/** Pods that no budget lets go, and little patience: each voluntary drain gives up and is undone. */
const blocked = {
  application: { pods: 2, minAvailable: 2 },
  entry: { drain: { timeoutSeconds: 60, graceCapSeconds: 60 } },
};

/** Tags the cluster's target group as kOps tags all that it makes, and attaches it to the group of workers where told to. */
async function madeByKops(scenario: FaultScenario, { attached }: { attached: boolean }): Promise<void> {
  const arn = scenario.cluster.targetGroupArn;
  const Tags = [{ Key: 'kubernetes.io/cluster/demo', Value: 'owned' }];
  await scenario.operate('elasticloadbalancingv2', 'AddTags', { ResourceArns: [arn], Tags });
  if (attached) {
    const input = { AutoScalingGroupName: scenario.cluster.workersGroup, TargetGroupARNs: [arn] };
    await scenario.operate('autoscaling', 'AttachLoadBalancerTargetGroups', input);
  }
  // Several passes of load-balancer-sync.
  await scenario.world.advance(20 * 60_000);
}

/** Who is registered with the target group and is not on its way out of it. */
function inGroup({ cloud, cluster }: FaultScenario): string[] {
  const targets = cloud.fleet.loadBalancing.targetGroups.get(cluster.targetGroupArn)?.targets.values() ?? [];
  return [...targets].map(({ id }) => id).sort();
}

describe('a target group that has no more than the tag of the cluster', { timeout }, () => {
  it.each([{ attached: true }, { attached: false }])(
    'has every node back whose drain was undone, one after the other (%o)',
    async ({ attached }) => {
      const { scenario, workers } = await rehearseFleet({ ...blocked, schedules: true });
      await madeByKops(scenario, { attached });
      const before = inGroup(scenario);
      expect(before).toEqual(workers.map(({ instanceId }) => instanceId).sort());
      for (const worker of workers) {
        await retireByHand(scenario, { instanceId: worker.instanceId });
        expect(scenario.outcomes('node-retire').at(-1)).toMatch(/^FAILED/);
        expect(scenario.cause('node-retire', -1)).toContain('undone');
        expect(conditionOfNode(scenario, worker)).toBe('Ready');
        expect(inGroup(scenario)).toEqual(before);
        await scenario.world.advance(20 * 60_000);
        expect(inGroup(scenario)).toEqual(before);
      }
    },
  );

  it.each([{ attached: true }, { attached: false }])(
    'keeps its last healthy target where the node could as well stay (%o)',
    async ({ attached }) => {
      const { scenario, workers, leaver } = await rehearseFleet();
      await madeByKops(scenario, { attached });
      const others = workers.filter((worker) => worker !== leaver).map(({ instanceId }) => ({ Id: instanceId }));
      const input = { TargetGroupArn: scenario.cluster.targetGroupArn, Targets: others };
      await scenario.operate('elasticloadbalancingv2', 'DeregisterTargets', input);
      await retireByHand(scenario, { instanceId: leaver.instanceId });
      expect(scenario.cause('node-retire', -1)).toContain('LastHealthyTarget');
      expect(conditionOfNode(scenario, leaver)).toBe('Ready');
      expect(inGroup(scenario)).toContain(leaver.instanceId);
    },
  );
});
