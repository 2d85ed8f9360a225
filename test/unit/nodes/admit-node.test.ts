import { beforeEach, describe, expect, it } from 'vitest';
import { admitNode } from '../../../src/nodes/admit-node.ts';
import { bootstrapTokenId } from '../../../src/nodes/bootstrap-token.ts';
import { FakeAws } from '../../support/nodes/fake-aws.ts';
import { FakeKubernetes } from '../../support/nodes/fake-kubernetes.ts';
import { aNode, execution, instanceId, privateDnsName } from '../../support/nodes/healthy.ts';
import { type Fuse, interruptible, killedAtEveryCall } from '../../support/nodes/interruptible.ts';

const tokenId = bootstrapTokenId('demo', instanceId, execution);
const parameterName = `/tender/join/demo/${instanceId}`;
const input = {
  cluster: 'demo',
  instanceId,
  nodeName: privateDnsName,
  tokenId: tokenId as string | undefined,
  execution,
};
const batch = { key: 'example.com/batch', value: 'yes', effect: 'NoSchedule' };

describe('admitNode', () => {
  let aws: FakeAws;
  let kubernetes: FakeKubernetes;
  beforeEach(() => prepare());

  function prepare(node = aNode({ annotations: { 'tender.sh/owner': execution } })) {
    aws = new FakeAws();
    kubernetes = new FakeKubernetes().with(node);
    const token = { id: tokenId, secret: '', description: '', expiresAt: '', group: '' };
    kubernetes.state.tokens.set(tokenId, token);
    aws.state.parameters.set(parameterName, { text: 'secret', tags: {} });
  }
  const admit = (changes: Partial<typeof input> = {}, fuse: Fuse = { calls: 0, killAt: 0, moment: 'before' }) =>
    admitNode(
      { ...input, ...changes },
      {
        nodes: interruptible(kubernetes.nodes, fuse),
        tokens: interruptible(kubernetes.tokens, fuse),
        parameters: interruptible(aws.parameters, fuse),
        events: interruptible(kubernetes.events, fuse),
        returnFromPool: async ({ nodeName }) => {
          const marked = kubernetes.state.nodes.get(nodeName);
          if (marked)
            await kubernetes.nodes.change(marked, {
              annotations: { 'tender.sh/owner': null, 'tender.sh/marks': null },
            });
        },
      },
    );
  const node = () => kubernetes.state.nodes.get(privateDnsName);
  const offered = () => kubernetes.state.tokens.has(tokenId) || aws.state.parameters.has(parameterName);

  it('removes the startup taint and its own annotation, and nothing of others', async () => {
    expect(await admit()).toEqual({ admitted: true });
    expect(node()).toMatchObject({ taints: [batch], annotations: {} });
    expect(node()?.labels).toEqual(aNode().labels);
    expect(kubernetes.state.events.map(({ reason }) => reason)).toEqual(['NodeAdmitted']);
  });

  it('takes back what is left of the offer', async () => {
    await admit();
    expect(offered()).toBe(false);
  });

  it('leaves the parameters of self-joining nodes alone', async () => {
    await admit({ tokenId: undefined });
    expect([aws.state.parameters.size, node()?.taints]).toEqual([1, [batch]]);
  });

  it('keeps the annotation of another execution', async () => {
    prepare(aNode({ annotations: { 'tender.sh/owner': 'another' } }));
    await admit();
    expect(node()).toMatchObject({ taints: [batch], annotations: { 'tender.sh/owner': 'another' } });
  });

  it('takes the marks of another execution off a node that comes out of a warm pool, and no others', async () => {
    const annotations = { 'tender.sh/owner': 'another', 'tender.sh/marks': 'cordon,warm-pool' };
    prepare(aNode({ annotations }));
    await admit();
    expect(node()).toMatchObject({ taints: [batch], annotations: {} });
    prepare(aNode({ annotations: { ...annotations, 'tender.sh/marks': 'cordon' } }));
    await admit();
    expect(node()?.annotations).toEqual({ 'tender.sh/owner': 'another', 'tender.sh/marks': 'cordon' });
  });

  it('changes nothing on a node that is open already', async () => {
    prepare(aNode({ taints: [], annotations: { 'tender.sh/owner': 'another' } }));
    expect(await admit()).toEqual({ admitted: true });
    expect([node()?.resourceVersion, kubernetes.state.events]).toEqual(['1', []]);
  });

  it('keeps the node closed while the token cannot be deleted', async () => {
    const tokens = { ...kubernetes.tokens, delete: () => Promise.reject(new Error('forbidden')) };
    const { nodes, events } = kubernetes;
    const ports = { nodes, tokens, parameters: aws.parameters, events, returnFromPool: async () => undefined };
    await expect(admitNode(input, ports)).rejects.toThrow('forbidden');
    expect(node()?.taints).toEqual(aNode().taints);
  });

  it('fails by name when the node is gone', async () => {
    kubernetes.state.nodes.clear();
    await expect(admit()).rejects.toMatchObject({ name: 'NodeVanished' });
  });

  it('is finished by running again, wherever it died', async () => {
    const calls = await killedAtEveryCall({
      prepare,
      run: (fuse) => admit({}, fuse),
      assess: (answer, died) => {
        expect(answer, died).toEqual({ admitted: true });
        expect([offered(), node()?.taints, node()?.annotations], died).toEqual([false, [batch], {}]);
      },
    });
    expect(calls).toBe(5);
  });
});
