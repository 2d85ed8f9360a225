import { describe, expect, it } from 'vitest';
import { OtherPlace } from '../../support/scenarios/other-place.ts';
import { RetireStandIn } from '../../support/scenarios/retire-stand-in.ts';
import { lifecycleState, pages, rehearse } from '../../support/scenarios/scenario.ts';

const MINUTE_MS = 60_000;
const timeout = 60_000;

/** Workers in service, in a group that launches nothing in their place, and what is started to retire them. */
async function prepare(workers = 1) {
  const scenario = await rehearse();
  const retire = await RetireStandIn.install(scenario.deployment);
  await scenario.cluster.scaleTo(workers);
  await scenario.world.until(
    'they are in service',
    () => scenario.cluster.inService().length === workers,
    60 * MINUTE_MS,
  );
  await scenario.operate('autoscaling', 'SuspendProcesses', {
    AutoScalingGroupName: scenario.cluster.workersGroup,
    ScalingProcesses: ['Launch'],
  });
  return { scenario, retire, ids: scenario.cluster.inService(), instances: scenario.cloud.fleet.instances };
}

/** Messages in the queues of what failed and what could not be delivered. */
function failures({ cloud, deployment }: Awaited<ReturnType<typeof prepare>>['scenario']): string[] {
  const queues = ['FailedSignals', 'UndeliveredEvents'].map((id) => cloud.queues.find(deployment.resource(id)));
  return queues.flatMap((queue) => queue?.peek() ?? []).map(({ body }) => body);
}

describe('an instance of a cluster', { timeout }, () => {
  it('that spot takes back is retired once, with what is left of its two minutes, however often the warning comes', async () => {
    const { scenario, retire, ids, instances } = await prepare();
    const [instanceId = ''] = ids;
    scenario.cloud.events.doubleNext((event) => event['detail-type'].includes('Interruption'), 5_000);
    const warnedAt = Math.floor(scenario.world.now() / 1_000) * 1_000;
    instances.recommendRebalance(instanceId);
    instances.interruptSpot(instanceId);
    await scenario.world.advance(30_000);

    const deadline = new Date(warnedAt + 110_000).toISOString();
    const input = { cluster: 'demo', instanceId };
    expect(retire.inputs()).toHaveLength(2);
    expect(retire.inputs()).toContainEqual({ ...input, signal: 'rebalance-recommendation' });
    expect(retire.inputs()).toContainEqual({ ...input, signal: 'spot-interruption', deadline });
    expect(retire.routed().filter((line) => line === 'already-started: node-retire')).toHaveLength(1);

    await scenario.world.advance(10 * MINUTE_MS);
    expect(retire.inputs()).toContainEqual({ ...input, signal: 'instance-terminated' });
    expect(failures(scenario)).toEqual([]);
  });

  it('that is to be maintained is retired before, each for itself; the end of maintenance asks for nothing', async () => {
    const { scenario, retire, ids, instances } = await prepare(2);
    const startsAt = Math.floor(scenario.world.now() / 1_000) * 1_000 + 60 * MINUTE_MS;
    instances.scheduleMaintenance(ids, { startsInMs: startsAt - scenario.world.now(), kind: 'reboot' });
    await scenario.world.advance(30_000);

    const deadline = new Date(startsAt).toISOString();
    expect(retire.inputs()).toEqual(
      ids.map((instanceId) => ({ cluster: 'demo', instanceId, signal: 'scheduled-maintenance', deadline })),
    );
    await scenario.world.advance(61 * MINUTE_MS);
    expect(retire.inputs()).toHaveLength(2);
    expect(retire.routed()).not.toContain('already-started: node-retire');
    expect(failures(scenario)).toEqual([]);
  });

  it('that somebody terminates is cleaned up after, though its group has forgotten it', async () => {
    const { scenario, retire, ids, instances } = await prepare();
    const [instanceId = ''] = ids;
    const gone = () => instances.all.get(instanceId)?.state === 'terminated';
    // The event comes when Auto Scaling has long taken the instance off its group.
    scenario.cloud.events.delayNext(({ detail }) => detail.state === 'terminated', 20 * MINUTE_MS);
    await scenario.operate('ec2', 'TerminateInstances', { InstanceIds: [instanceId] });
    await scenario.world.until('it is gone', gone);
    await scenario.world.advance(19 * MINUTE_MS);
    expect(lifecycleState(scenario, instanceId)).toBeUndefined();
    expect(retire.inputs()).toEqual([]);

    await scenario.world.advance(2 * MINUTE_MS);
    expect(retire.inputs()).toEqual([{ cluster: 'demo', instanceId, signal: 'instance-terminated' }]);
  });

  it('that somebody stops is cleaned up after', async () => {
    const { scenario, retire, ids } = await prepare();
    await scenario.operate('ec2', 'StopInstances', { InstanceIds: ids });
    await scenario.world.advance(MINUTE_MS);
    expect(retire.inputs()).toEqual([{ cluster: 'demo', instanceId: ids[0], signal: 'instance-stopped' }]);
  });
});

describe('an instance that is not ours', { timeout }, () => {
  it('is left alone quietly: of no group in spite of our tag, of a foreign group, or resting in a warm pool', async () => {
    const scenario = await rehearse();
    const retire = await RetireStandIn.install(scenario.deployment);
    const { world, cluster, cloud } = scenario;
    await scenario.operate('autoscaling', 'PutWarmPool', {
      AutoScalingGroupName: cluster.workersGroup,
      MinSize: 1,
      MaxGroupPreparedCapacity: 1,
    });
    const { Instances = [] } = await scenario.operate<{ Instances: { InstanceId: string }[] }>('ec2', 'RunInstances', {
      MinCount: 1,
      MaxCount: 1,
      LaunchTemplate: { LaunchTemplateName: `${cluster.workersGroup}` },
      SubnetId: [...cloud.fleet.network.subnets.keys()][0],
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'tender:cluster', Value: 'demo' }] }],
    });
    const [alone = ''] = Instances.map(({ InstanceId }) => InstanceId);
    await world.until('one rests in the pool', () => isWarm(), 60 * MINUTE_MS);
    cloud.fleet.instances.interruptSpot(alone);
    cloud.fleet.instances.scheduleMaintenance(alone, { startsInMs: 30 * MINUTE_MS, kind: 'stop' });
    await world.advance(10 * MINUTE_MS);

    expect(retire.inputs()).toEqual([]);
    expect(retire.routed()).toContain(
      `dropped: instance ${alone} is in no group of a cluster, or lies where no cluster is registered`,
    );
    expect(retire.routed().join('\n')).toMatch(
      /dropped: instance \S+ of group \S+ is Warmed:\S+: no node is behind it/,
    );
    expect(failures(scenario)).toEqual([]);
    expect(pages(scenario)).toEqual([]);

    function isWarm(): boolean {
      return scenario.instanceIds().some((id) => lifecycleState(scenario, id) === 'Warmed:Stopped');
    }
  });
});

describe('an instance in another account', { timeout }, () => {
  it('is retired from here: its account forwards what AWS says of it', async () => {
    const place = await OtherPlace.prepare();
    const retire = await RetireStandIn.install(place.home);
    const instanceId = await place.launchOnce();
    await place.comesToRest();
    const { instances } = place.cloud.fleet;
    instances.recommendRebalance(instanceId);
    instances.scheduleMaintenance(instanceId, { startsInMs: 10 * MINUTE_MS, kind: 'stop' });
    await place.cloud.world.advance(20 * MINUTE_MS);

    const retired = (signal: unknown) => expect.objectContaining({ cluster: 'demo', instanceId, signal });
    expect(retire.inputs()).toContainEqual(retired('rebalance-recommendation'));
    expect(retire.inputs()).toContainEqual(retired('scheduled-maintenance'));
    // Auto Scaling may terminate it while it stops.
    expect(retire.inputs()).toContainEqual(retired(expect.stringMatching(/^instance-(stopped|terminated)$/)));
    expect([place.failedSignals(), place.unforwarded(), place.denials()]).toEqual([[], [], []]);
  });
});
