import { expect, it } from 'vitest';
import type { ClusterNode } from '../../../simulator/kubernetes/api/objects.ts';
import {
  conditionOfNode,
  type Fleet,
  guard,
  isOver,
  podsOn,
  rehearseFleet,
  scaleIn,
} from '../../support/scenarios/departure.ts';
import { hookAnswers, lifecycleState, pages, trace } from '../../support/scenarios/scenario.ts';

const timeout = 120_000;

/** A fleet one of whose nodes is being drained and has been held up by a budget for a minute, and is uncordoned now. */
async function uncordoned(
  begin: (fleet: Fleet) => Promise<unknown> | unknown,
): Promise<Fleet & { loosen: () => void }> {
  const fleet = await rehearseFleet({ workers: 2, replaced: true });
  const { scenario, leaver } = fleet;
  const loosen = guard(scenario, leaver);
  await scenario.world.advance(5_000);
  await begin(fleet);
  await scenario.untilState('EvictPods', 2, 'node-drain');
  await scenario.world.advance(60_000);
  expect(conditionOfNode(scenario, leaver)).toContain('cordoned');
  open(scenario, leaver);
  await scenario.world.advance(60_000);
  return { ...fleet, loosen };
}

function open({ cluster }: Fleet['scenario'], { nodeName }: Fleet['leaver']): void {
  cluster.kubernetes.store.change<ClusterNode>('nodes', nodeName, undefined, ({ spec }) => {
    spec.unschedulable = false;
  });
}

it('a node that a person uncordons in the middle of a retirement by choice stays, behind its load balancers', {
  timeout,
}, async () => {
  const { scenario, leaver } = await uncordoned(({ scenario, leaver }) =>
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId }),
  );
  await isOver(scenario, 'node-retire');
  expect(scenario.cause('node-retire')).toContain('somebody uncordoned it meanwhile, so it stays');
  await scenario.comesToRest();
  expect([lifecycleState(scenario, leaver.instanceId), conditionOfNode(scenario, leaver)]).toEqual([
    'InService',
    'Ready',
  ]);
  expect(podsOn(scenario, leaver)).toContain('guarded');
  expect(scenario.targets()).toContain(leaver.instanceId);
  expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
});

it('a node that is uncordoned while its terminate hook waits is cordoned again, and leaves empty', {
  timeout,
}, async () => {
  const { scenario, leaver, loosen } = await uncordoned(({ scenario, leaver }) => scaleIn(scenario, leaver));
  expect(conditionOfNode(scenario, leaver)).toContain('cordoned');
  loosen();
  await isOver(scenario, 'node-retire');
  expect(podsOn(scenario, leaver)).toEqual([]);
  expect([hookAnswers(scenario), pages(scenario)]).toEqual([[`CONTINUE ${leaver.instanceId}`], []]);
});

it('a node that something uncordons again and again while its terminate hook waits costs few steps', {
  timeout,
}, async () => {
  const { scenario, leaver, loosen } = await uncordoned(({ scenario, leaver }) => scaleIn(scenario, leaver));
  const cordons = () => trace(scenario, 0, 'node-drain').filter((state) => state === 'CordonNode').length;
  const before = cordons();
  for (let second = 0; second < 240; second += 1) {
    open(scenario, leaver);
    await scenario.world.advance(1_000);
  }
  expect(cordons() - before).toBeGreaterThan(1);
  expect(cordons() - before).toBeLessThan(8);
  loosen();
  await isOver(scenario, 'node-retire');
  expect([podsOn(scenario, leaver), hookAnswers(scenario)]).toEqual([[], [`CONTINUE ${leaver.instanceId}`]]);
});

it('a hook, one heartbeat of which is refused, is kept alive while something uncordons its node at once, again and again', {
  timeout,
}, async () => {
  const { scenario, leaver, loosen } = await uncordoned(({ scenario, leaver }) => scaleIn(scenario, leaver));
  const { store } = scenario.cluster.kubernetes;
  const stop = store.listen('nodes', ({ object }) => {
    const { metadata, spec } = object as ClusterNode;
    if (metadata.name === leaver.nodeName && spec.unschedulable === true) open(scenario, leaver);
  });
  scenario.plant(
    ({ operation }) => operation === 'RecordLifecycleActionHeartbeat',
    { kind: 'error', code: 'Throttling', message: 'Rate exceeded', status: 400 },
    { times: 1 },
  );
  await scenario.world.advance(600_000);
  expect(lifecycleState(scenario, leaver.instanceId)).toBe('Terminating:Wait');
  stop();
  loosen();
  await isOver(scenario, 'node-retire');
  expect([podsOn(scenario, leaver), hookAnswers(scenario)]).toEqual([[], [`CONTINUE ${leaver.instanceId}`]]);
});
