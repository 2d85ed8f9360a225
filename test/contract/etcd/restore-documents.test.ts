import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeadmTree } from '../../../rehearsal/kubeadm-tree/kubeadm-tree.ts';
import { etcdReleases } from '../../support/etcd/etcd-releases.ts';
import { KubeadmControlPlane } from '../../support/etcd/kubeadm-control-plane.ts';

const [{ release: oldRelease }, { title, release }] = etcdReleases();
const long = process.env.TENDER_LONG !== undefined;
const restoreId = 'r-20261129t104324z';
const parameter = '/tender/restore/demo/i-0abc';

/** Reads the whole database of a member, and what a record says of it. */
async function snapshotOf(controlPlane: KubeadmControlPlane, index = 0) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of controlPlane.open(index).snapshot(20_000)) chunks.push(Uint8Array.from(chunk));
  const database = Buffer.concat(chunks);
  const sha256 = createHash('sha256').update(database.subarray(0, -32)).digest('hex');
  return { database, sha256, databaseBytes: String(database.length) };
}

function offer(node: KubeadmTree, database: Uint8Array): void {
  node.outside = {
    parameter: async (name) =>
      name === parameter ? 'https://snapshots.example/signed' : Promise.reject(new Error('no')),
    download: async () => zstdCompressSync(database),
  };
}

/** Etcd takes a member only seconds after the one before, and promotes one only when it has caught up. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === 100) throw error;
      await sleep(100);
    }
  }
}

async function step(
  node: KubeadmTree,
  name: string,
  parameters: Readonly<Record<string, string>> = {},
  killAt?: number,
) {
  const options = killAt === undefined ? {} : { killAt };
  const result = await node.document('restore-control-plane', { step: name, restoreId, ...parameters }, options);
  return { code: result.code, said: (result.stdout + result.stderr).trim() };
}

/** What the step `restore` is told. */
function orderFor({ sha256, databaseBytes }: { readonly sha256: string; readonly databaseBytes: string }) {
  return { source: parameter, region: 'us-east-1', sha256, databaseBytes, bumpRevision: '1000000' };
}

describe.skipIf(!release || !long)(title, { timeout: 180_000 }, () => {
  let controlPlane: KubeadmControlPlane;
  beforeAll(async () => {
    if (release) controlPlane = await KubeadmControlPlane.start(release);
  }, 120_000);
  afterAll(() => controlPlane?.stop());

  it('SSM documents stop three nodes, restore one, let the others join, start, and put back what was', async () => {
    const [first, second, third] = controlPlane.nodes as [KubeadmTree, KubeadmTree, KubeadmTree];
    const writer = controlPlane.writer();
    await writer.put('/registry/pods/a', 'kept');
    const snapshot = await snapshotOf(controlPlane);
    const before = await controlPlane.open(0).status();
    await writer.put('/registry/pods/b', 'lost');
    writer.close();

    const facts = JSON.parse((await first.document('inspect-control-plane', { restoreId })).stdout) as object;
    expect(facts).toMatchObject({
      etcd: true,
      apiServer: true,
      fenced: false,
      name: 'cp-1',
      etcdutl: release?.version,
    });

    for (const node of controlPlane.nodes) expect(await step(node, 'fence')).toMatchObject({ code: 0 });
    expect(first.has('/var/lib/etcd/member')).toBe(false);
    expect(await first.list('/etc/kubernetes/manifests')).toEqual([]);
    expect(first.kubelet.runs('kube-apiserver')).toBe(false);

    offer(first, snapshot.database);
    const restored = await step(first, 'restore', orderFor(snapshot));
    expect(restored).toMatchObject({ code: 0 });
    await controlPlane.untilReady([0]);
    const after = await controlPlane.open(0).status();
    expect(after.revision).toBe(before.revision + 1_000_000);
    expect(after.clusterId).not.toBe(before.clusterId);
    expect(await controlPlane.open(0).countKeys('/registry/')).toBe(1);

    for (const [index, node] of [second, third].entries()) {
      const learner = await patiently(() => controlPlane.open(0).addMember([node.member.peerUrl], { asLearner: true }));
      const all = [first, second, third].slice(0, index + 2).map(({ member }) => `${member.name}=${member.peerUrl}`);
      expect(await step(node, 'join', { initialCluster: all.join(',') })).toMatchObject({ code: 0 });
      await controlPlane.untilReady([index + 1]);
      await patiently(() => controlPlane.open(0).promoteMember(learner.memberId));
    }
    // A learner says no, and hears of its promotion a moment after the leader.
    const members = await patiently(() => controlPlane.open(2).members({ confirmed: true }));
    expect(members.filter(({ isLearner }) => !isLearner)).toHaveLength(3);
    expect(await controlPlane.open(2).countKeys('/registry/')).toBe(1);
    for (const node of controlPlane.nodes) expect(await step(node, 'start')).toMatchObject({ code: 0 });
    expect(await first.list('/etc/kubernetes/manifests')).toHaveLength(4);

    for (const node of controlPlane.nodes) expect(await step(node, 'back')).toMatchObject({ code: 0 });
    await controlPlane.untilReady();
    expect((await controlPlane.open(1).status()).clusterId).toBe(before.clusterId);
    expect(await controlPlane.open(1).countKeys('/registry/')).toBe(2);
  });
});

describe.skipIf(!release)(title, { timeout: 600_000 }, () => {
  let controlPlane: KubeadmControlPlane;
  let node: KubeadmTree;
  let snapshot: Awaited<ReturnType<typeof snapshotOf>>;
  beforeAll(async () => {
    if (!release) return;
    controlPlane = await KubeadmControlPlane.start(release, { size: 1 });
    node = controlPlane.node(0);
    const writer = controlPlane.writer();
    await writer.put('/registry/pods/a', 'kept');
    snapshot = await snapshotOf(controlPlane);
    await writer.put('/registry/pods/b', 'lost');
    writer.close();
    offer(node, snapshot.database);
  }, 120_000);
  afterAll(() => controlPlane?.stop());

  /** Runs a step that dies before its nth command, and once more. Says whether it died at all. */
  async function killed(name: string, killAt: number, order: Readonly<Record<string, string>> = {}): Promise<boolean> {
    const { code } = await step(node, name, order, killAt);
    if (code === undefined) expect(await step(node, name, order)).toMatchObject({ code: 0 });
    else expect(code).toBe(0);
    return code === undefined;
  }

  it('SSM documents refuse a snapshot that is not what its record says, with the old data where it was put; are killed half-way, and put back what was', async () => {
    expect(await step(node, 'restore', orderFor(snapshot))).toMatchObject({ code: 1, said: 'this node is not fenced' });
    expect(await step(node, 'fence')).toMatchObject({ code: 0 });
    offer(node, Buffer.concat([snapshot.database.subarray(1), Buffer.of(0)]));
    expect(await step(node, 'restore', orderFor(snapshot))).toMatchObject({
      code: 1,
      said: 'the snapshot does not hash to what its record says',
    });
    offer(node, snapshot.database.subarray(1));
    expect((await step(node, 'restore', orderFor(snapshot))).said).toMatch(
      /the snapshot has \d+ bytes, and its record/,
    );
    node.outside = { ...node.outside, parameter: () => Promise.reject(new Error('AccessDenied')) };
    expect((await step(node, 'restore', orderFor(snapshot))).said).toContain('cannot be read from /tender/restore/');
    expect(node.has('/var/lib/etcd/member')).toBe(false);
    offer(node, snapshot.database);
    expect(await killed('restore', 40, orderFor(snapshot))).toBe(true);
    await controlPlane.untilReady();
    expect(await controlPlane.open(0).countKeys('/registry/')).toBe(1);

    expect(await step(node, 'back')).toMatchObject({ code: 0 });
    expect(await step(node, 'back')).toMatchObject({ code: 0, said: 'nothing to put back' });
    await controlPlane.untilReady();
    expect(await controlPlane.open(0).countKeys('/registry/')).toBe(2);
  });

  it.runIf(long)(
    'SSM documents are killed before every twelfth of their commands (before each of them: five minutes)',
    async () => {
      let died = true;
      for (let killAt = 1; died; killAt += 12) {
        died = await killed('fence', killAt);
        died = (await killed('restore', killAt, orderFor(snapshot))) || died;
        await controlPlane.untilReady();
        expect(await controlPlane.open(0).countKeys('/registry/')).toBe(1);
        died = (await killed('start', killAt)) || died;
        expect(await node.list('/etc/kubernetes/manifests')).toHaveLength(4);
        died = (await killed('back', killAt)) || died;
        await controlPlane.untilReady();
        expect(await controlPlane.open(0).countKeys('/registry/')).toBe(2);
      }
    },
  );
});

describe.skipIf(!release || !oldRelease || !long)(title, { timeout: 180_000 }, () => {
  it('SSM documents restore a snapshot of etcd 3.4 on a newer one; and on 3.4 itself, without moving revisions on', async () => {
    if (!release || !oldRelease) return;
    const [old, recent] = [
      await KubeadmControlPlane.start(oldRelease, { size: 1 }),
      await KubeadmControlPlane.start(release, { size: 1 }),
    ];
    try {
      const writer = old.writer();
      for (const name of ['a', 'b', 'c']) await writer.put(`/registry/pods/${name}`, 'kept');
      const snapshot = await snapshotOf(old);
      const { revision } = await old.open(0).status();
      await writer.put('/registry/pods/d', 'lost');
      writer.close();
      const facts = JSON.parse((await old.node(0).document('inspect-control-plane', { restoreId })).stdout) as object;
      expect(facts).toMatchObject({ etcd: true, etcdutl: '' });

      for (const [controlPlane, bumpRevision] of [
        [recent, 1_000_000],
        [old, 0],
      ] as const) {
        const node = controlPlane.node(0);
        offer(node, snapshot.database);
        expect(await step(node, 'fence')).toMatchObject({ code: 0 });
        const order = { ...orderFor(snapshot), bumpRevision: String(bumpRevision) };
        expect(await step(node, 'restore', order)).toMatchObject({ code: 0 });
        await controlPlane.untilReady();
        expect(await controlPlane.open(0).countKeys('/registry/')).toBe(3);
        expect((await controlPlane.open(0).status()).revision).toBe(revision + bumpRevision);
      }
    } finally {
      await old.stop();
      await recent.stop();
    }
  });

  it.each([
    ['', false],
    [', also where the kubelet still starts an etcd whose manifest was just taken away', true],
  ])('SSM documents go on from a restore that was given up, and back to what was before both%s', async (_, isLate) => {
    if (!release) return;
    const controlPlane = await KubeadmControlPlane.start(release, { size: 1 });
    try {
      const node = controlPlane.node(0);
      const writer = controlPlane.writer();
      await writer.put('/registry/pods/a', 'kept');
      const snapshot = await snapshotOf(controlPlane);
      await writer.put('/registry/pods/b', 'lost');
      writer.close();
      offer(node, snapshot.database);
      expect(await step(node, 'fence')).toMatchObject({ code: 0 });
      node.kubelet.isLate = isLate;
      expect(await step(node, 'restore', orderFor(snapshot))).toMatchObject({ code: 0 });

      while (isLate && !node.kubelet.isToStart('etcd')) await sleep(10);
      node.kubelet.isLate = false;
      const anew = { restoreId: 'r-later', previousId: restoreId };
      const again = (name: string, order = {}) =>
        node.document('restore-control-plane', { step: name, ...anew, ...order });
      expect(await again('fence')).toMatchObject({ code: 0 });
      expect(await node.list('/etc/kubernetes/manifests')).toEqual([]);
      expect(await again('fence')).toMatchObject({ code: 0 });
      const restored = await again('restore', orderFor(snapshot));
      expect(restored, JSON.stringify(restored)).toMatchObject({ code: 0 });
      await controlPlane.untilReady();
      expect(await controlPlane.open(0).countKeys('/registry/')).toBe(1);

      expect(await again('back')).toMatchObject({ code: 0 });
      await controlPlane.untilReady();
      expect(await controlPlane.open(0).countKeys('/registry/')).toBe(2);
    } finally {
      await controlPlane.stop();
    }
  });
});
