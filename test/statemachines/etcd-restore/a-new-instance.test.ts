import { expect, it } from 'vitest';
import { begunRestore } from '../../support/etcd/begun-restore.ts';
import { rehearseDescribedEtcd } from '../../support/etcd/described-etcd.ts';
import { restoresAtOnce } from '../../support/scenarios/restores-at-once.ts';
import { pages } from '../../support/scenarios/scenario.ts';

/** A restore whose data are back is gone on with, and the group has launched another control-plane instance meanwhile, which takes no commands yet. */
it('a control-plane instance that was launched since the restore began is not switched off when it is gone on with; it is waited for, and said which', async () => {
  const scenario = await rehearseDescribedEtcd();
  await restoresAtOnce(scenario, undefined, (step) => step === 'FenceControlPlane');
  const begunAt = new Date(scenario.world.now()).toISOString();
  await scenario.world.advance(60_000);
  const { instances } = scenario.cloud.fleet;
  const before = new Set(instances.all.keys());
  await scenario.operate('autoscaling', 'SetDesiredCapacity', {
    AutoScalingGroupName: 'demo-control-plane',
    DesiredCapacity: 2,
  });
  const launched = () => [...instances.all.values()].find((one) => !before.has(one.instanceId));
  await scenario.world.until('it runs', () => launched()?.state === 'running', 600_000);
  const { instanceId = '' } = launched() ?? {};
  instances.impair(instanceId);

  const owner = scenario.startByHand('EtcdRestoreMachine', { cluster: 'demo', approve: true });
  await scenario.writeState('restores/demo.json', JSON.stringify({ ...begunRestore(owner), begunAt }));
  await scenario.untilState('WaitForFence', 40, 'etcd-restore');
  expect(instances.all.get(instanceId)?.state).toBe('running');

  // Two hours are its time.
  await scenario.world.until(
    'it has given up',
    () => scenario.outcomes('etcd-restore')[0] !== 'running',
    3 * 3_600_000,
  );
  await scenario.world.advance(1_000);
  expect(instances.all.get(instanceId)?.state).toBe('running');
  expect(pages(scenario)[0]?.message).toMatch(
    new RegExp(
      `it waited for ${instanceId}, launched at \\S+ after this restore had begun, which takes no commands yet and is not switched off`,
    ),
  );
}, 120_000);
