import { describe, expect, it } from 'vitest';
import { chooseRestore } from '../../../src/etcd/choose-restore.ts';
import { nextGrowth } from '../../../src/etcd/next-growth.ts';
import { canRestore } from '../../../src/etcd/nodes-to-restore.ts';
import type { KeptObject } from '../../../src/etcd/ports.ts';
import type { Restore } from '../../../src/etcd/restore-ports.ts';
import { listed } from '../../support/etcd/etcd-views.ts';
import { aNode } from '../../support/etcd/inspected-node.ts';
import { aRecord } from '../../support/etcd/snapshot-record.ts';

const GIB = 1024 ** 3;

describe('a node takes a snapshot', () => {
  const ofOneGib = aRecord({ database: { bytes: GIB, sha256: 'ab' } });
  const why = (over: Parameters<typeof aNode>[0], acceptRestarts = false) =>
    canRestore([aNode(over)], ofOneGib, acceptRestarts).problems[0]?.why.join('; ') ?? 'nothing';

  it('when it has all programs, space for it two and a half times, and an etcdutl that bumps revisions', () => {
    expect(why({})).toBe('nothing');
    expect(why({ etcd: false })).toBe('it has no static manifest of etcd');
    expect(why({ zstd: false, curl: false })).toBe('there is no curl; there is no zstd');
    expect(why({ freeBytes: 2.5 * GIB })).toMatch(/bytes are free, \d+ are needed/);
    expect(why({ peerUrl: '' })).toMatch(/names no --name/);
  });

  it.each([
    ['3.5.10', true],
    ['3.5.9', false],
    ['3.6.0', true],
    ['3.4.33', false],
    ['', false],
  ])('etcdutl %s bumps revisions: %s; without, only if somebody accepts restarts', (etcdutl, can) => {
    expect(why({ etcdutl })).toMatch(can ? /^nothing$/ : /only 3\.5\.10 and later can bump revisions/);
    expect(why({ etcdutl }, true)).toBe('nothing');
  });

  it('on the one with most space', () => {
    const nodes = [aNode({ freeBytes: 10e9 }), aNode({ instanceId: 'i-b', freeBytes: 30e9 })];
    expect(canRestore(nodes, ofOneGib, false).able.map(({ instanceId }) => instanceId)).toEqual(['i-b', 'i-a']);
  });
});

describe('etcd grows', () => {
  const node = (name: string) => ({ instanceId: `i-${name}`, name, peerUrl: `https://${name}:2380` });
  const nodes = [node('a'), node('b'), node('c')];

  it('by one learner at a time, which is a voter before the next one comes', () => {
    expect(nextGrowth(nodes, listed('a'))).toEqual({ kind: 'add', node: node('b') });
    const joining = { ...listed('b')[0], isLearner: true } as ReturnType<typeof listed>[number];
    expect(nextGrowth(nodes, [...listed('a'), joining])).toEqual({
      kind: 'join',
      node: node('b'),
      memberId: 'b',
      initialCluster: 'a=https://a:2380,b=https://b:2380',
    });
    expect(nextGrowth(nodes, listed('a', 'b'))).toEqual({ kind: 'add', node: node('c') });
    expect(nextGrowth(nodes, listed('a', 'b', 'c'))).toEqual({ kind: 'done' });
  });
});

describe('the snapshot to restore', () => {
  const at = (hour: number) => new Date(Date.UTC(2026, 10, 29, hour));
  const [old, newer] = ['20261129T080000Z-r400', '20261129T100000Z-r500'] as const;
  const kept: KeptObject[] = [
    ...[old, newer].flatMap((id, index) =>
      (['snapshot', 'record'] as const).map((kind) => ({ id, kind, storedAt: at(8 + 2 * index) })),
    ),
    { id: old, kind: 'proof', storedAt: at(9) },
  ];
  const store = { list: async () => kept, record: async (_: string, id: string) => aRecord({ id }) };
  const order = (snapshot: string) => ({ cluster: 'demo', snapshot, startOver: false });
  const nothing = { read: async () => undefined };
  const idOf = async (wanted: string) => (await chooseRestore(order(wanted), store, nothing)).record.id;

  it('is the newest, the newest proven, one by its id or key, or the newest by a time', async () => {
    expect(await chooseRestore(order('latest'), store, nothing)).toMatchObject({
      record: { id: newer },
      isProven: false,
      newestProven: { id: old },
    });
    expect(await idOf('latest-proven')).toBe(old);
    expect(await idOf(old)).toBe(old);
    expect(await idOf(`etcd/demo/${old}.db.zst`)).toBe(old);
    expect(await idOf('2026-11-29T09:59:00Z')).toBe(old);
  });

  it('is that of a restore that was begun, unless somebody names another one or begins anew', async () => {
    const restore = { state: 'under-way', snapshot: { id: old } } as Restore;
    const begun = { read: async () => ({ restore, etag: '1' }) };
    const chosen = async (over: object) =>
      (await chooseRestore({ ...order('latest'), ...over }, store, begun)).record.id;
    expect(await chosen({})).toBe(old);
    expect(await chosen({ snapshot: newer })).toBe(newer);
    expect(await chosen({ startOver: true })).toBe(newer);
  });

  it('is refused by name when there is none such, or it is of another cluster', async () => {
    await expect(idOf('2026-11-29T07:00:00Z')).rejects.toThrow(/no snapshot 2026-11-29T07:00:00Z/);
    await expect(idOf(`etcd/other/${old}.db.zst`)).rejects.toMatchObject({ name: 'SnapshotNotFound' });
    const foreign = { ...store, record: async (_: string, id: string) => aRecord({ id, cluster: 'other' }) };
    await expect(chooseRestore(order('latest'), foreign, nothing)).rejects.toMatchObject({ name: 'SnapshotForeign' });
  });
});
