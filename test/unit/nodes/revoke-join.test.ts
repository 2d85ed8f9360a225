import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bootstrapTokenId } from '../../../src/nodes/bootstrap-token.ts';
import type { NodePod, PendingCsr } from '../../../src/nodes/ports.ts';
import { revokeJoin } from '../../../src/nodes/revoke-join.ts';
import { clientCsr, servingCsr } from '../../support/nodes/certificate-request-builder.ts';
import { FakeAws } from '../../support/nodes/fake-aws.ts';
import { FakeKubernetes } from '../../support/nodes/fake-kubernetes.ts';
import { aNode, aPod, execution, instanceId, privateDnsName } from '../../support/nodes/healthy.ts';
import { type Fuse, interruptible, killedAtEveryCall } from '../../support/nodes/interruptible.ts';

const tokenId = bootstrapTokenId('demo', instanceId, execution);
const parameterName = `/tender/join/demo/${instanceId}`;
const workload = aPod({ namespace: 'shop', name: 'web-1', ownerKind: 'ReplicaSet', ownerName: 'web' });

describe('revokeJoin', () => {
  let aws: FakeAws;
  let kubernetes: FakeKubernetes;
  let client: PendingCsr;
  let serving: PendingCsr;

  beforeAll(async () => {
    client = await clientCsr(tokenId);
    serving = await servingCsr();
  });
  beforeEach(() => prepare());

  function prepare() {
    aws = new FakeAws();
    kubernetes = new FakeKubernetes().with(aNode());
    kubernetes.state.csrs = [client, serving];
    for (const id of [tokenId, 'other1'])
      kubernetes.state.tokens.set(id, { id, secret: '', description: '', expiresAt: '', group: '' });
    for (const name of [parameterName, '/tender/join/demo/i-other'])
      aws.state.parameters.set(name, { text: 'secret', tags: {} });
  }
  const revoke = (changes: { nodeName?: string } = {}, fuse: Fuse = { calls: 0, killAt: 0, moment: 'before' }) =>
    revokeJoin(
      { cluster: 'demo', instanceId, nodeName: privateDnsName, execution, ...changes },
      {
        tokens: interruptible(kubernetes.tokens, fuse),
        parameters: interruptible(aws.parameters, fuse),
        csrs: interruptible(kubernetes.csrs, fuse),
        nodes: interruptible(kubernetes.nodes, fuse),
        pods: interruptible(kubernetes.pods, fuse),
        events: interruptible(kubernetes.events, fuse),
      },
    );
  const left = () => [[...kubernetes.state.tokens.keys()], [...aws.state.parameters.keys()]];
  const onlyOthers = [['other1'], ['/tender/join/demo/i-other']];

  it('deletes token, parameter and Node, and denies what is pending', async () => {
    expect(await revoke()).toEqual({ runsWorkloads: false, nodeDeleted: true });
    expect(left()).toEqual(onlyOthers);
    expect(kubernetes.state.nodes.size).toBe(0);
    expect([kubernetes.decisionOn(client.name), kubernetes.decisionOn(serving.name)]).toEqual(['denied', 'denied']);
    expect(kubernetes.state.events.map(({ reason }) => reason)).toEqual(['JoinRevoked']);
  });

  it('leaves requests of other tokens and nodes, renewals, and what is decided alone', async () => {
    const others = [
      await clientCsr('other1', {}, { name: 'other-token' }),
      await servingCsr({}, { name: 'other-node', username: 'system:node:other' }),
      await clientCsr(tokenId, {}, { name: 'renewal', username: `system:node:${privateDnsName}` }),
    ];
    kubernetes.state.csrs.push(...others);
    await kubernetes.csrs.approve(client.name, 'before');
    await revoke();
    expect(others.map(({ name }) => kubernetes.decisionOn(name))).toEqual([undefined, undefined, undefined]);
    expect(kubernetes.decisionOn(client.name)).toBe('approved');
  });

  it('keeps a node that runs workloads, and says so', async () => {
    kubernetes.state.pods.set(privateDnsName, [aPod(), workload]);
    expect(await revoke()).toEqual({ runsWorkloads: true, nodeDeleted: false });
    expect(kubernetes.state.nodes.size).toBe(1);
    expect(kubernetes.state.events[0]?.message).toContain('workloads run here, so the node stays');
    expect(left()).toEqual(onlyOthers);
  });

  it.each<[string, Partial<NodePod>]>([
    ['DaemonSet pods', {}],
    ['mirror pods', { ownerKind: 'Node', mirror: true }],
    ['pods that succeeded', { ownerKind: 'Job', phase: 'Succeeded' }],
    ['pods that failed', { ownerKind: '', phase: 'Failed' }],
  ])('does not take %s for workloads', async (_what, pod) => {
    kubernetes.state.pods.set(privateDnsName, [aPod(pod)]);
    expect(await revoke()).toEqual({ runsWorkloads: false, nodeDeleted: true });
  });

  it('keeps a Node that is not behind our startup taint: it is not Tender’s to delete', async () => {
    kubernetes.with(aNode({ taints: [] }));
    expect(await revoke()).toEqual({ runsWorkloads: false, nodeDeleted: false });
    expect(kubernetes.state.nodes.size).toBe(1);
  });

  it('does what it can for an instance whose node name nobody knows', async () => {
    expect(await revoke({ nodeName: '' })).toEqual({ runsWorkloads: false, nodeDeleted: false });
    expect([left(), kubernetes.state.nodes.size]).toEqual([onlyOthers, 1]);
  });

  it('takes the parameter even when the API server does not answer, and fails so that it is tried again', async () => {
    kubernetes.state.reachable = false;
    await expect(revoke()).rejects.toMatchObject({ name: 'ClusterUnreachable' });
    expect(aws.state.parameters.has(parameterName)).toBe(false);
  });

  it('has nothing left to do when it runs again, wherever it died', async () => {
    const calls = await killedAtEveryCall({
      prepare,
      run: (fuse) => revoke({}, fuse),
      assess: (answer, died) => {
        expect(answer.runsWorkloads, died).toBe(false);
        expect([left(), kubernetes.state.nodes.size], died).toEqual([onlyOthers, 0]);
        expect([kubernetes.decisionOn(client.name), kubernetes.decisionOn(serving.name)], died).toEqual([
          'denied',
          'denied',
        ]);
      },
    });
    expect(calls).toBe(10);
  });
});
