import { describe, expect, it } from 'vitest';
import { rehearseFleet } from '../../support/scenarios/departure.ts';
import { pages } from '../../support/scenarios/scenario.ts';

const timeout = 120_000;

/** Three control-plane nodes behind the load balancer of the API server, and one worker; `behind` tells who is there, draining ones too. */
async function withApiServer() {
  const options = { workers: 1, controlPlane: 3, apiLoadBalancer: true, terminateHook: false };
  const { scenario, leaver } = await rehearseFleet(options);
  const { fleet } = scenario.cloud;
  const arn = scenario.cluster.apiTargetGroupArn;
  const targets = () => [...(fleet.loadBalancing.targetGroups.get(arn)?.targets.values() ?? [])];
  const areHealthy = () => targets().filter(({ verdict }) => verdict === 'healthy').length === 3;
  await scenario.world.until('the API server has healthy targets', areHealthy, 10 * 60_000);
  const [first = '', ...others] = fleet.groups.all.get('demo-control-plane')?.members.keys() ?? [];
  const operate = (operation: string, ids: readonly string[]) =>
    scenario.operate('elasticloadbalancingv2', operation, { TargetGroupArn: arn, Targets: ids.map((Id) => ({ Id })) });
  const behind = () => targets().map(({ id, port }) => `${id}:${port}`);
  return { scenario, worker: leaver.instanceId, first, others, behind, operate };
}

/** What a pass over the load balancers did. */
async function pass({ scenario }: Awaited<ReturnType<typeof withApiServer>>): Promise<unknown> {
  const arn = scenario.deployment.start('LoadBalancerSyncMachine', { cluster: 'demo' });
  const find = () => scenario.deployment.executions('load-balancer-sync').find((one) => one.arn === arn)?.run.outcome;
  await scenario.world.until('the pass is over', () => find() !== undefined, 20 * 60_000);
  const outcome = find();
  return outcome?.status === 'SUCCEEDED' ? JSON.parse(outcome.output ?? 'null') : outcome;
}

describe('the load balancer of the API server', { timeout }, () => {
  it('is left by a control-plane node that spot takes before its instance goes, and by no other', async () => {
    const { scenario, first, others, behind } = await withApiServer();
    scenario.cloud.fleet.instances.interruptSpot(first);
    await scenario.untilState('TerminateInstance', 1, 'node-retire');
    const open = others.map((id) => `${id}:6443`);
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained', deregistered: 1 });
    const closing = scenario.events('TargetClosing').map(({ details }) => details.target);
    expect(closing).toEqual([first]);
    await scenario.comesToRest();
    expect(behind()).toEqual(expect.arrayContaining(open));
    expect(behind()).not.toContain(`${first}:6443`);
    expect(pages(scenario)).toEqual([]);
  });

  it('gets back a control-plane node that somebody took out, and no worker; one that is there is told and left', async () => {
    const api = await withApiServer();
    const { scenario, worker, first, behind, operate } = api;
    await operate('DeregisterTargets', [first]);
    await operate('RegisterTargets', [worker]);
    await scenario.world.advance(6 * 60_000);
    expect(behind()).not.toContain(`${first}:6443`);
    expect(await pass(api)).toMatchObject({
      registered: [expect.stringMatching(`${first}:6443$`)],
      deregistered: [],
      drift: [expect.stringMatching(`${worker}:6443: a node of another role$`)],
    });
    expect(behind()).toEqual(expect.arrayContaining([`${first}:6443`, `${worker}:6443`]));
  });
});
