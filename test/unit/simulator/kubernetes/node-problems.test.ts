import { describe, expect, it } from 'vitest';
import { type ClusterNode, conditionOf } from '../../../../simulator/kubernetes/api/objects.ts';
import { KUBEADM_TOKEN_GROUP } from '../../../../simulator/kubernetes/auth/bootstrap-policy.ts';
import { kubeadmNode } from '../../../../simulator/kubernetes/node/kubeadm-node.ts';
import type { NodeProblem } from '../../../../simulator/kubernetes/node/node-problems.ts';
import { joinConfiguration, TestMachine, testCluster } from './test-cluster.ts';

async function latched(problem: NodeProblem) {
  const { cluster, world } = testCluster();
  cluster.seed.kubeadm();
  cluster.seed.networkPlugin();
  const machine = new TestMachine(cluster, 7);
  const token = cluster.seed.bootstrapToken({
    id: 'abcdef',
    secret: '0123456789abcdef',
    groups: [KUBEADM_TOKEN_GROUP],
  });
  machine.parameters.set(`/tender/join/${machine.instanceId}`, joinConfiguration(cluster, token));
  const program = kubeadmNode({ heartbeatsOf: () => cluster.heartbeats });
  const running = program.start(machine);
  const node = () => cluster.store.find<ClusterNode>('nodes', machine.privateDnsName);
  const status = (type: string) => conditionOf(node() ?? { status: {} }, type)?.status;
  await world.until('the node is Ready', () => status('Ready') === 'True', 120_000);
  cluster.problems.latch(machine.privateDnsName, problem);
  return { world, machine, program, running, status };
}

describe('a condition that a detector has found', () => {
  it.each([
    { afterReboot: 'gone', soon: 'False', later: 'False' },
    { afterReboot: 'stale', soon: 'True', later: 'True' },
    { afterReboot: 'again', soon: 'False', later: 'True' },
  ] as const)('stays through every status of the kubelet, and after a boot is $afterReboot', async (case_) => {
    const { afterReboot, soon, later } = case_;
    const { world, machine, program, running, status } = await latched({ type: 'KernelDeadlock', afterReboot });
    await world.advance(400_000);
    expect([status('KernelDeadlock'), status('Ready')]).toEqual(['True', 'True']);

    running.stop();
    machine.bootId = '99999999-2222-4333-8444-555555555555';
    program.start(machine);
    await world.advance(40_000);
    expect(status('KernelDeadlock')).toBe(soon);
    await world.advance(90_000);

    expect(status('KernelDeadlock')).toBe(later);
  });

  it('may be one whose False means trouble', async () => {
    const { status } = await latched({ type: 'StorageReady', status: 'False', afterReboot: 'gone' });
    expect(status('StorageReady')).toBe('False');
  });
});
