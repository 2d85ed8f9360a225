import { beforeAll, describe, expect, it } from 'vitest';
import { FaultScenario } from '../../support/scenarios/fault-scenario.ts';

const owner = (name: string) => `arn:aws:states:us-east-1:111111111111:execution:tender-dev-node-retire:${name}`;

describe('the disruption ledger of a cluster of three', { timeout: 120_000 }, () => {
  let scenario: FaultScenario;
  let ids: readonly string[];
  const take = (instance: number, changes: object = {}) =>
    scenario.invoke('take-lease', {
      cluster: 'demo',
      instanceId: ids[instance],
      nodeName: '',
      groupName: 'demo-workers',
      zone: 'us-east-1a',
      reason: 'manual',
      voluntary: true,
      looks: 0,
      owner: owner(`r-${instance}`),
      ...changes,
    });

  beforeAll(async () => {
    scenario = await FaultScenario.prepare();
    await scenario.cluster.scaleTo(3);
    await scenario.comesToRest();
    ids = scenario.cluster.inService();
  }, 120_000);

  it('grants one voluntary disruption at a time, and the next when it is given back', async () => {
    expect(await take(0)).toMatchObject({ granted: true, lookAgainSeconds: 0 });
    scenario.cluster.kubernetes.down('refused');
    // Its execution is unknown, hence over; whether its node serves cannot be asked, hence it stays.
    expect(await take(1)).toMatchObject({ granted: false, why: expect.stringContaining(`has 1: ${ids[0]} (manual`) });
    scenario.cluster.kubernetes.up();
    const release = { cluster: 'demo', instanceId: ids[0], owner: owner('r-0') };
    expect(await scenario.invoke('release-lease', release)).toEqual({ released: true });
    expect(await take(1)).toMatchObject({ granted: true });
    await scenario.invoke('release-lease', { ...release, instanceId: ids[1], owner: owner('r-1') });
  });

  it('that cannot be read stops what can wait, and nothing else', async () => {
    await scenario.writeState('disruptions/demo.json', '{"leases": "many"}');
    await expect(take(0)).rejects.toMatchObject({ name: 'StateObjectUnreadable' });
    expect(await take(0, { voluntary: false, reason: 'spot-interruption' })).toMatchObject({
      granted: true,
      why: expect.stringContaining('not written down: StateObjectUnreadable'),
    });
  });
});
