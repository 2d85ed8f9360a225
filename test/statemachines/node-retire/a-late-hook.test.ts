import { describe, expect, it } from 'vitest';
import { conditionOfNode, isOver, rehearseFleet, type Worker } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { lifecycleState, pages } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;

/** What a person sees of an instance that serves. */
const standing = (scenario: FaultScenario, worker: Worker) => [
  lifecycleState(scenario, worker.instanceId),
  conditionOfNode(scenario, worker),
  scenario.targets().filter((id) => id === worker.instanceId).length,
];

/** Hands the event of its terminate hook on as it first came, as `tender signals redrive` does, and waits for the end. */
async function redrive(scenario: FaultScenario, { instanceId }: Worker, since: string): Promise<void> {
  const before = scenario.deployment.executions('node-retire').length;
  const groupName = scenario.cluster.workersGroup;
  scenario.startByHand('NodeRetireMachine', {
    cluster: 'demo',
    instanceId,
    signal: 'terminate-hook',
    hook: { groupName, name: 'tender-terminate', elsewhere: false, since },
  });
  await isOver(scenario, 'node-retire', before + 1);
  await scenario.comesToRest();
}

describe('the event of a terminate hook that comes when its instance serves', { timeout }, () => {
  it('takes no node down a day later, and pages nobody', async () => {
    const { scenario, leaver } = await rehearseFleet();
    const before = standing(scenario, leaver);
    await redrive(scenario, leaver, new Date(scenario.world.now() - 86_400_000).toISOString());
    expect(standing(scenario, leaver)).toEqual(before);
    expect(scenario.output('node-retire')).toMatchObject({
      outcome: 'aside',
      remark: expect.stringContaining('its hook is over: it is InService'),
    });
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('takes no node down that is back from the warm pool', async () => {
    const { scenario, workers } = await rehearseFleet();
    const { workersGroup: AutoScalingGroupName } = scenario.cluster;
    const reuse = { InstanceReusePolicy: { ReuseOnScaleIn: true } };
    await scenario.operate('autoscaling', 'PutWarmPool', { AutoScalingGroupName, PoolState: 'Stopped', ...reuse });
    const since = new Date(scenario.world.now()).toISOString();
    await scenario.cluster.scaleTo(1);
    const inPool = () => workers.find(({ instanceId }) => lifecycleState(scenario, instanceId) === 'Warmed:Stopped');
    await scenario.world.until('one is in the pool', () => inPool() !== undefined, 3_600_000);
    const pooled = inPool() ?? { instanceId: '', nodeName: '' };
    await scenario.comesToRest();
    const ScalingProcesses = ['Launch'];
    await scenario.operate('autoscaling', 'ResumeProcesses', { AutoScalingGroupName, ScalingProcesses });
    await scenario.cluster.scaleTo(2);
    const isBack = () => lifecycleState(scenario, pooled.instanceId) === 'InService';
    await scenario.world.until('it is back', isBack, 3_600_000);
    await scenario.world.advance(600_000);

    const before = standing(scenario, pooled);
    expect(before.slice(0, 2)).toEqual(['InService', 'Ready']);
    await redrive(scenario, pooled, since);
    expect(standing(scenario, pooled)).toEqual(before);
    expect(pages(scenario)).toEqual([]);
  });
});
