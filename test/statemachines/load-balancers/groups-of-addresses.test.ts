import { describe, expect, it } from 'vitest';
import {
  conditionOfNode,
  guard,
  isOver,
  rehearseFleet,
  retireByHand,
  scaleIn,
} from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { hookAnswers } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;
const ports = [30080, 30081];

/** Two workers that are behind a target group of addresses too, on two ports; `registered` tells who is there, draining ones too. */
async function behindAddresses(options: Parameters<typeof rehearseFleet>[0] = {}) {
  const fleet = await rehearseFleet(options);
  const { scenario, workers } = fleet;
  const arn = await groupOfAddresses(scenario);
  await scenario.operate('elasticloadbalancingv2', 'CreateListener', {
    LoadBalancerArn: scenario.cluster.loadBalancerArn,
    Port: 81,
    Protocol: 'TCP',
    DefaultActions: [{ Type: 'forward', TargetGroupArn: arn }],
  });
  await named(
    scenario,
    ports.map((port) => ({ arn, port, gate: false })),
  );
  // What was read of the registry is believed for a while.
  await scenario.world.advance(6 * 60_000);
  await passOver(scenario);
  const { all } = scenario.cloud.fleet.instances;
  const [own = '', other = ''] = workers.map(({ instanceId }) => all.get(instanceId)?.privateIpAddress ?? '');
  const registered = () =>
    [...(scenario.cloud.fleet.loadBalancing.targetGroups.get(arn)?.targets.values() ?? [])]
      .map(({ id, port }) => `${id}:${port}`)
      .sort();
  const both = (address: string) => ports.map((port) => `${address}:${port}`);
  expect(registered()).toEqual([...both(own), ...both(other)].sort());
  return { ...fleet, arn, registered, own: both(own), other: both(other) };
}

async function groupOfAddresses(scenario: FaultScenario): Promise<string> {
  const { TargetGroups } = await scenario.operate<{ TargetGroups: { TargetGroupArn: string }[] }>(
    'elasticloadbalancingv2',
    'CreateTargetGroup',
    {
      Name: 'addresses',
      Protocol: 'TCP',
      Port: 30080,
      VpcId: [...scenario.cloud.fleet.network.vpcs.keys()][0],
      TargetType: 'ip',
    },
  );
  return TargetGroups[0]?.TargetGroupArn ?? '';
}

/** Puts these target groups into the registry entry, beside those that it names. */
async function named(scenario: FaultScenario, more: readonly object[]): Promise<void> {
  const name = '/tender/clusters/demo';
  const entry = JSON.parse(scenario.cloud.parameters.valueOf(name) ?? '') as {
    roles: { worker: { targetGroups?: readonly object[] } };
  };
  const { worker } = entry.roles;
  const roles = { worker: { ...worker, targetGroups: [...(worker.targetGroups ?? []), ...more] } };
  const Value = JSON.stringify({ ...entry, roles });
  await scenario.operate('ssm', 'PutParameter', { Name: name, Type: 'String', Value, Overwrite: true });
}

/** A pass over the load balancers, and time for those that enter to turn healthy, and for those that leave to be out. */
async function passOver(scenario: FaultScenario): Promise<void> {
  scenario.deployment.start('LoadBalancerSyncMachine', { cluster: 'demo' });
  await scenario.world.advance(10 * 60_000);
}

describe('a node behind a group of addresses', { timeout }, () => {
  it('is out of it, on each of its ports, before its hook is answered', async () => {
    const { scenario, leaver, registered, other } = await behindAddresses();
    await scaleIn(scenario, leaver);
    await scenario.world.until('the hook is answered', () => hookAnswers(scenario).length > 0, 3_600_000);
    expect(registered()).toEqual(other);
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained', deregistered: 4 });
  });

  it('is put back on each of its ports where its drain is undone', async () => {
    const { scenario, leaver, registered, own, other } = await behindAddresses({
      entry: { drain: { timeoutSeconds: 60, graceCapSeconds: 30 } },
    });
    guard(scenario, leaver);
    await scenario.world.advance(15_000);
    await retireByHand(scenario, { instanceId: leaver.instanceId });
    expect(scenario.cause('node-retire')).toContain('What Tender had done is undone');
    expect(registered()).toEqual([...own, ...other].sort());
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
  });

  it('stays where it is the last that is healthy there', async () => {
    const { scenario, leaver, arn, registered, own, other } = await behindAddresses();
    const Targets = other.map((one) => ({ Id: one.split(':')[0], Port: Number(one.split(':')[1]) }));
    await scenario.operate('elasticloadbalancingv2', 'DeregisterTargets', { TargetGroupArn: arn, Targets });
    await scenario.world.advance(6 * 60_000);
    await retireByHand(scenario, { instanceId: leaver.instanceId });
    expect(scenario.cause('node-retire')).toContain('is the last healthy target of addresses');
    expect(registered()).toEqual(own);
  });

  it.each([true, false])(
    'whose instance somebody terminates is no target there, though EC2 forgets its address (a controller deletes Nodes: %s)',
    async (cloudNodes) => {
      const { scenario, leaver, registered, other } = await behindAddresses({ controllers: { cloudNodes } as object });
      await scenario.operate('ec2', 'TerminateInstances', { InstanceIds: [leaver.instanceId] });
      await isOver(scenario, 'node-retire');
      await scenario.comesToRest();
      await passOver(scenario);
      expect(registered()).toEqual(other);
    },
  );
});
