import { expect, it } from 'vitest';
import { conditionOfNode, guard, isOver, podsOn, rehearseFleet, scaleIn } from '../../support/scenarios/departure.ts';
import { hookAnswers, lifecycleState, pages } from '../../support/scenarios/scenario.ts';

const timeout = 120_000;
const entry = '/tender/clusters/demo';

it.each(['a typo in its', 'no'])(
  'no hook is answered before its time while a node has pods and its cluster has %s registry entry',
  {
    timeout,
  },
  async (what) => {
    const { scenario, leaver } = await rehearseFleet({ workers: 2 });
    const loosen = guard(scenario, leaver);
    await scenario.world.advance(5_000);
    await scaleIn(scenario, leaver);
    await scenario.untilState('EvictPods', 2, 'node-drain');
    const good = scenario.cloud.parameters.valueOf(entry) ?? '';
    const put = (Value: string) =>
      scenario.operate('ssm', 'PutParameter', { Name: entry, Type: 'String', Overwrite: true, Value });
    if (what === 'no') await scenario.operate('ssm', 'DeleteParameter', { Name: entry });
    else await put(good.replace('"kubernetes"', '"kubernets"'));
    await scenario.world.advance(10 * 60_000);
    expect(hookAnswers(scenario)).toEqual([]);
    expect([lifecycleState(scenario, leaver.instanceId), podsOn(scenario, leaver)]).toEqual([
      'Terminating:Wait',
      ['guarded'],
    ]);

    await put(good);
    loosen();
    await isOver(scenario, 'node-retire');
    expect([podsOn(scenario, leaver), conditionOfNode(scenario, leaver)]).toEqual([[], 'gone']);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(pages(scenario)).toEqual([]);
  },
);
