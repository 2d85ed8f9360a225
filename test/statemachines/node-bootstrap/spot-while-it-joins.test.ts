import { expect, it } from 'vitest';
import { hookAnswers, pages, rehearse } from '../../support/scenarios/scenario.ts';

it('a spot warning for a node whose join waits for its targets takes it out of its load balancers, and its hook is answered', {
  timeout: 120_000,
}, async () => {
  const scenario = await rehearse({ spot: true, terminateHook: true, application: { pods: 4, minAvailable: 2 } });
  await scenario.launch();
  await scenario.world.until('one serves', () => scenario.cluster.inService().length === 1, 1_800_000);
  await scenario.world.advance(60_000);
  const before = new Set(scenario.instanceIds());
  await scenario.cluster.scaleTo(2);
  const joining = () => scenario.instanceIds().find((id) => !before.has(id)) ?? 'none';
  await scenario.world.until('it is registered', () => scenario.targets().includes(joining()), 1_200_000);
  await scenario.world.advance(20_000);
  const instanceId = joining();
  scenario.cloud.fleet.instances.interruptSpot(instanceId);
  await scenario.world.until('it is out', () => !scenario.targets().includes(instanceId), 60_000);
  await scenario.comesToRest();

  expect(scenario.outcomes('node-bootstrap').at(1)).toBe('SUCCEEDED');
  expect(scenario.output('node-bootstrap', 1)).toMatchObject({
    instanceId,
    answer: 'CONTINUE',
    remark: 'a later signal says that it goes, and its drain takes it from here',
  });
  expect(scenario.leftovers()).toEqual([]);
  // The launch hook's, and the terminate hook's.
  expect(hookAnswers(scenario).filter((one) => one === `CONTINUE ${instanceId}`)).toHaveLength(2);
  expect(pages(scenario).map(({ subject }) => subject)).toEqual([]);
});

it('one for a node that runs pods and waits for a DaemonSet has them moved before EC2 takes it', {
  timeout: 120_000,
}, async () => {
  const scenario = await rehearse({
    spot: true,
    selfJoining: true,
    terminateHook: true,
    entry: { bootstrap: 'self', join: { timeoutSeconds: 900, requiredDaemonSets: ['kube-system/does-not-exist'] } },
  });
  scenario.cluster.kubernetes.seed.deployment({ name: 'shop', replicas: 1 });
  const instanceId = await scenario.launch();
  await scenario.untilState('LabelNode', 1, 'node-bootstrap');
  await scenario.world.advance(60_000);
  scenario.cloud.fleet.instances.interruptSpot(instanceId);
  const isOver = () => scenario.outcomes('node-bootstrap').at(0) !== 'running';
  await scenario.world.until('the join has heard', isOver, 40_000);

  expect(scenario.outcomes('node-bootstrap').at(0)).toBe('SUCCEEDED');
  expect(hookAnswers(scenario)).toEqual([`CONTINUE ${instanceId}`]);
});

it('one for an instance that has no Node yet has its hook answered at once, and pages nobody', {
  timeout: 120_000,
}, async () => {
  const scenario = await rehearse({ spot: true });
  const instanceId = await scenario.launch();
  await scenario.untilState('CheckJoin', 1, 'node-bootstrap');
  scenario.cloud.fleet.instances.interruptSpot(instanceId);
  await scenario.world.until('it is given back', () => hookAnswers(scenario).includes(`ABANDON ${instanceId}`), 60_000);
  await scenario.comesToRest();

  expect(scenario.outcomes('node-bootstrap').at(0)).toBe('FAILED NodeNotBootstrapped');
  expect(scenario.leftovers()).toEqual([]);
  expect(pages(scenario).map(({ subject }) => subject)).toEqual([]);
});
