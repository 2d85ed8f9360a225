import { describe, expect, it } from 'vitest';
import { type ClusterNode, conditionOf } from '../../../simulator/kubernetes/api/objects.ts';
import { OtherPlace, type OtherPlaceOptions } from '../../support/scenarios/other-place.ts';

/** Two workers elsewhere that need no bootstrap, and the first of them. */
async function twoWorkers(options: OtherPlaceOptions) {
  const place = await OtherPlace.prepare({ ready: true, workers: 2, ...options });
  await place.operate('autoscaling', 'SuspendProcesses', {
    AutoScalingGroupName: place.cluster.workersGroup,
    ScalingProcesses: ['Launch'],
  });
  const [instanceId = ''] = place.cluster.inService();
  return { place, instanceId, nodeName: place.cloud.fleet.instances.all.get(instanceId)?.privateDnsName ?? '' };
}

function readyNodes({ cluster }: OtherPlace): string[] {
  const nodes = cluster.kubernetes.store.list<ClusterNode>('nodes');
  return nodes.filter((node) => conditionOf(node, 'Ready')?.status === 'True').map(({ metadata }) => metadata.name);
}

function badOutcomes({ home }: OtherPlace): unknown[] {
  const outcomes = ['node-retire', 'node-drain'].flatMap((workflow) => home.executions(workflow));
  return outcomes.map(({ run }) => run.outcome).filter((outcome) => outcome?.status !== 'SUCCEEDED');
}

const otherRegion = { account: '111111111111', region: 'eu-central-1' };

describe('a node that leaves', { timeout: 180_000 }, () => {
  it.each<[string, OtherPlaceOptions]>([
    ['another account', {}],
    ['another region', otherRegion],
  ])('in %s is drained from here, and its hook kept alive and answered there', async (_, options) => {
    const { place, instanceId, nodeName } = await twoWorkers({ terminateHook: { heartbeatTimeout: 120 }, ...options });
    const input = { InstanceId: instanceId, ShouldDecrementDesiredCapacity: true };
    await place.operate('autoscaling', 'TerminateInstanceInAutoScalingGroup', input);
    await place.comesToRest();
    expect(badOutcomes(place)).toEqual([]);
    expect(place.hookAnswers()).toEqual([`CONTINUE ${instanceId}`]);
    expect(place.events('LifecycleActionHeartbeat').length).toBeGreaterThan(0);
    expect(readyNodes(place)).toHaveLength(1);
    expect(readyNodes(place)).not.toContain(nodeName);
    expect([place.denials(), place.unforwarded(), place.failedSignals()]).toEqual([[], [], []]);
  });

  it('in another account because a person says so is terminated there', async () => {
    const { place, instanceId, nodeName } = await twoWorkers({});
    place.home.start('NodeRetireMachine', { cluster: 'demo', nodeName });
    await place.comesToRest();
    expect(badOutcomes(place)).toEqual([]);
    expect(place.cluster.inService()).not.toContain(instanceId);
    expect(readyNodes(place)).toHaveLength(1);
    expect(place.actionsOfRole()).toContain('autoscaling:TerminateInstanceInAutoScalingGroup');
    expect(place.denials()).toEqual([]);
  });
});
