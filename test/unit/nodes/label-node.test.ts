import { beforeEach, describe, expect, it } from 'vitest';
import { labelNode } from '../../../src/nodes/label-node.ts';
import { FakeKubernetes } from '../../support/nodes/fake-kubernetes.ts';
import { aNode, aPolicy, execution, privateDnsName } from '../../support/nodes/healthy.ts';
import { type Fuse, interruptible, killedAtEveryCall } from '../../support/nodes/interruptible.ts';

const startup = { key: 'tender.sh/joining', effect: 'NoSchedule' } as const;
const batch = { key: 'example.com/batch', value: 'yes', effect: 'NoSchedule' } as const;
const bare = aNode({ labels: { zone: 'a' }, taints: [startup] });

describe('labelNode', () => {
  let kubernetes: FakeKubernetes;
  beforeEach(() => prepare());

  function prepare(node = bare) {
    kubernetes = new FakeKubernetes().with(node);
  }
  const label = (policy = aPolicy(), fuse: Fuse = { calls: 0, killAt: 0, moment: 'before' }) =>
    labelNode(
      { nodeName: privateDnsName, role: 'worker', execution },
      { nodes: interruptible(kubernetes.nodes, fuse), events: interruptible(kubernetes.events, fuse) },
      policy,
    );
  const node = () => kubernetes.state.nodes.get(privateDnsName);

  it('adds the labels and taints of the role, and says which and who', async () => {
    expect(await label()).toEqual({
      changed: ['label example.com/pool', 'label node-role.kubernetes.io/worker', 'taint example.com/batch'],
    });
    expect(node()).toMatchObject({
      labels: { zone: 'a', 'example.com/pool': 'general', 'node-role.kubernetes.io/worker': '' },
      taints: [startup, batch],
      annotations: { 'tender.sh/owner': execution },
    });
    expect(kubernetes.state.events).toEqual([
      { node: privateDnsName, reason: 'NodeLabeled', message: expect.stringContaining('taint example.com/batch') },
    ]);
  });

  it('leaves a node alone that has them all', async () => {
    prepare(aNode());
    expect(await label()).toEqual({ changed: [] });
    expect([node(), kubernetes.state.events]).toEqual([aNode(), []]);
  });

  it('corrects a value, and keeps what others put there', async () => {
    const theirs = { key: 'example.com/batch', effect: 'NoExecute' } as const;
    prepare(aNode({ labels: { 'example.com/pool': 'old' }, taints: [startup, theirs, { ...batch, value: 'no' }] }));
    await label();
    expect(node()?.labels['example.com/pool']).toBe('general');
    expect(node()?.taints).toEqual([startup, theirs, batch]);
  });

  it('sets no role label where the policy wants none, and nothing for a role without a policy', async () => {
    const roles = { worker: { labels: {}, taints: [], nodeRoleLabel: false } };
    expect(await label(aPolicy({ roles }))).toEqual({ changed: [] });
    expect(await label(aPolicy({ roles: {} }))).toEqual({ changed: ['label node-role.kubernetes.io/worker'] });
  });

  it('fails by name when the node is gone, or was changed since it was read', async () => {
    kubernetes.state.nodes.clear();
    await expect(label()).rejects.toMatchObject({ name: 'NodeVanished' });
    prepare();
    const read = kubernetes.nodes.get;
    const stale = {
      ...kubernetes.nodes,
      get: async (name: string) => {
        const found = await read(name);
        if (found) kubernetes.with({ ...found, resourceVersion: '2' });
        return found;
      },
    };
    await expect(
      labelNode({ nodeName: privateDnsName, role: 'worker', execution }, { ...kubernetes, nodes: stale }, aPolicy()),
    ).rejects.toMatchObject({ name: 'NodeChanged' });
  });

  it('is finished by running again, wherever it died', async () => {
    const calls = await killedAtEveryCall({
      prepare,
      run: (fuse) => label(aPolicy(), fuse),
      assess: (_answer, died) => {
        expect(node()?.taints, died).toEqual([startup, batch]);
        expect(node()?.labels['node-role.kubernetes.io/worker'], died).toBe('');
      },
    });
    expect(calls).toBe(3);
  });
});
