import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { EtcdCluster } from '../../support/etcd/etcd-cluster.ts';
import { anyEtcd, type EtcdRelease } from '../../support/etcd/etcd-releases.ts';
import { registerEtcd } from '../../support/etcd/etcd-scenario.ts';
import { isOver, rehearseFleet } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { pages } from '../../support/scenarios/scenario.ts';

const { title, release } = anyEtcd();

/** Of an instance in the group of the control plane. */
function stateOf({ cloud }: FaultScenario, instanceId: string): string | undefined {
  return cloud.fleet.groups.all.get('demo-control-plane')?.members.get(instanceId)?.state;
}

describe.skipIf(!release)(title, { timeout: 60_000 }, () => {
  let etcd: EtcdCluster | undefined;
  afterEach(() => etcd?.stop());

  /** Control-plane instances, and a member of etcd for each that tells clients its instance's address. */
  async function rehearseControlPlane(controlPlane: number) {
    const { scenario } = await rehearseFleet({ controlPlane, workers: 1 });
    const { groups, instances } = scenario.cloud.fleet;
    const ids = [...(groups.all.get('demo-control-plane')?.members.keys() ?? [])];
    const hosts = ids.map((id) => instances.all.get(id)?.privateIpAddress ?? '');
    etcd = await EtcdCluster.start(release as EtcdRelease, { size: controlPlane, hosts });
    await registerEtcd(scenario, etcd);
    const [leaving = '', ...others] = ids;
    return { scenario, etcd, leaving, others };
  }

  it('lets a control plane lose one of three that are well: it is drained, terminated and replaced', async () => {
    const { scenario, leaving, others } = await rehearseControlPlane(3);

    await retire(scenario, leaving);

    expect(scenario.output('node-retire')).toMatchObject({ instanceId: leaving });
    expect(stateOf(scenario, leaving)).not.toBe('InService');
    expect(others.map((id) => stateOf(scenario, id))).toEqual(['InService', 'InService']);
    expect(pages(scenario)).toEqual([]);
  });

  it('does not while another member is dead', async () => {
    const { scenario, etcd, leaving } = await rehearseControlPlane(3);
    const { followers } = await etcd.roles();
    await etcd.kill(followers.find((name) => name !== 'm1') ?? '');

    await retire(scenario, leaving);

    expect(scenario.cause('node-retire')).toContain('of 3 voting members a quorum takes 2, and 1 of the others');
    expect(stateOf(scenario, leaving)).toBe('InService');
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('does not let it lose its only one', async () => {
    const { scenario, leaving } = await rehearseControlPlane(1);

    await retire(scenario, leaving);

    expect(scenario.cause('node-retire')).toContain('etcd would lose its quorum without this control-plane instance');
    expect(stateOf(scenario, leaving)).toBe('InService');
  });
});

/** By hand; the world keeps pace with etcd until it was asked. */
async function retire(scenario: FaultScenario, instanceId: string): Promise<void> {
  const arn = scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId });
  const isPlanned = () => scenario.events('StateEntered').some(({ details }) => details.state === 'WhatIsPlanned');
  const isEnded = () => scenario.deployment.executions('node-retire').find((one) => one.arn === arn)?.run.outcome;
  const stop = new AbortController();
  const paced = scenario.world.pace(5, stop.signal);
  while (!isPlanned() && isEnded() === undefined) await sleep(20);
  stop.abort();
  await paced;
  await isOver(scenario, 'node-retire');
  await scenario.comesToRest();
}
