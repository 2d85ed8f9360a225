import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtcdCluster } from '../../support/etcd/etcd-cluster.ts';
import { contractedEtcd } from '../../support/etcd/etcd-releases.ts';

/** Etcd changes its members only once it has seen all of them for five seconds. */
async function untilAccepted<T>(change: () => Promise<T>): Promise<T> {
  const until = Date.now() + 20_000;
  for (;;) {
    try {
      return await change();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/**
 * What is read between two snapshots by etcdctl that are the same: etcd writes by itself, too, in its first eight seconds the version
 * of its cluster. The first of them is left in the file.
 */
async function betweenTwoAlike<T>(cluster: EtcdCluster, file: string, read: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    await cluster.etcdctl('m3', 'snapshot', 'save', file);
    const result = await read();
    await cluster.etcdctl('m3', 'snapshot', 'save', `${file}.after`);
    const [before, after] = [await cluster.snapshotStatus(file), await cluster.snapshotStatus(`${file}.after`)];
    if (isDeepStrictEqual(before, after)) return result;
    if (tries === 10) throw new Error('etcd does not come to rest');
  }
}

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer<ArrayBuffer>> {
  const copies: Uint8Array[] = [];
  for await (const chunk of chunks) copies.push(Uint8Array.from(chunk));
  return Buffer.concat(copies);
}

for (const { title, release } of [contractedEtcd(process.env.TENDER_LONG)]) {
  describe.skipIf(!release)(title, { timeout: 120_000 }, () => {
    let cluster: EtcdCluster;

    beforeAll(async () => {
      if (release) cluster = await EtcdCluster.start(release, { size: 3 });
      const writer = cluster.writer();
      await writer.put('/registry/pods/default/a', 'a');
      await writer.put('/registry/pods/default/b', 'b');
      await writer.put('/registry/nodes/n', 'n');
      writer.close();
      await cluster.untilAllHaveIt();
    });
    afterAll(() => cluster?.stop());

    it('tells version, size, leader and revision of a member', async () => {
      const { leader, followers } = await cluster.roles();
      const [ofLeader, ofFollower] = await Promise.all(
        [leader, followers[0]].map((name) => cluster.open(name).status()),
      );

      expect(ofLeader).toMatchObject({ version: release?.version, isLearner: false, errors: [] });
      expect(ofLeader?.leaderId).toBe(ofLeader?.memberId);
      expect(ofFollower?.leaderId).toBe(ofLeader?.memberId);
      expect(ofFollower?.clusterId).toBe(ofLeader?.clusterId);
      expect(ofLeader?.revision).toBe(4);
      expect(ofLeader?.databaseBytes).toBeGreaterThan(0);
      expect(ofLeader?.databaseBytesInUse).toBeLessThanOrEqual(ofLeader?.databaseBytes ?? 0);
    });

    it('lists members as etcdctl does', async () => {
      const lines = (await cluster.etcdctl('m1', 'member', 'list')).trim().split('\n');
      const shown = lines.map((line) => line.split(', '));

      const members = await cluster.open().members({ confirmed: true });

      expect(members.map(({ memberId, name }) => [memberId, name])).toEqual(shown.map(([id, , name]) => [id, name]));
      expect(members.find(({ name }) => name === 'm2')).toMatchObject({
        clientUrls: [cluster.member('m2').url],
        peerUrls: [cluster.member('m2').peerUrl],
        isLearner: false,
      });
    });

    it('counts keys by their prefix, and all of them', async () => {
      const endpoint = cluster.open();

      expect(await endpoint.countKeys('/registry/pods/')).toBe(2);
      expect(await endpoint.countKeys('/registry/')).toBe(3);
      expect(await endpoint.countKeys('/nothing/', { confirmed: false })).toBe(0);
      expect(await endpoint.countKeys()).toBe(3);
    });

    it('hashes alike on all members, up to the same revision', async () => {
      const hashes = await Promise.all(cluster.names.map((name) => cluster.open(name).hashKv(4)));

      expect(new Set(hashes.map(({ hash }) => hash)).size).toBe(1);
      expect(hashes[0]?.hash).toBeGreaterThan(0);
    });

    it('has no alarm, and takes back one that does not stand', async () => {
      const endpoint = cluster.open();
      const { memberId } = await endpoint.status();

      await endpoint.disarm({ memberId, kind: 'NOSPACE' });

      expect(await endpoint.alarms()).toEqual([]);
    });

    it('moves the leader when the leader is asked, and is refused by a follower', async () => {
      const { leader, followers } = await cluster.roles();
      const heir = await cluster.open(followers[0]).status();

      await expect(cluster.open(followers[1]).moveLeader(heir.memberId)).rejects.toMatchObject({ name: 'EtcdRefused' });
      await cluster.open(leader).moveLeader(heir.memberId);

      expect((await cluster.roles()).leader).toBe(followers[0]);
    });

    it('defragments a member', async () => {
      await cluster.open('m2').defragment();

      expect((await cluster.open('m2').status()).errors).toEqual([]);
    });

    it('streams the bytes that etcdctl saves, with their hash at the end', async () => {
      const file = join(cluster.directory, 'saved.db');
      const bytes = await betweenTwoAlike(cluster, file, () => bytesOf(cluster.open('m3').snapshot(20_000)));

      // From 3.5 on a member commits a transaction of its own for every snapshot, so that two of etcdctl's differ as well.
      if (release?.version.startsWith('3.4.')) expect(bytes.equals(await readFile(file))).toBe(true);
      await writeFile(`${file}.ours`, bytes);
      expect(await cluster.snapshotStatus(`${file}.ours`)).toEqual(await cluster.snapshotStatus(file));
      expect(createHash('sha256').update(bytes.subarray(0, -32)).digest()).toEqual(bytes.subarray(-32));
    });

    it('adds a learner, promotes it once it has caught up, and removes it', async () => {
      const { leader } = await cluster.roles();
      const { peerUrl, name } = await cluster.prepareMember();
      const endpoint = cluster.open(leader);
      const added = await untilAccepted(() => endpoint.addMember([peerUrl], { asLearner: true }));
      await expect(endpoint.promoteMember(added.memberId)).rejects.toMatchObject({ name: 'EtcdRefused', code: 9 });
      cluster.startMember(name, 'existing');
      await cluster.untilReady([name]);

      await untilAccepted(() => endpoint.promoteMember(added.memberId));
      const voters = (await endpoint.members({ confirmed: true })).filter(({ isLearner }) => !isLearner);
      await endpoint.removeMember(added.memberId);

      expect(voters).toHaveLength(4);
      expect(await endpoint.members({ confirmed: true })).toHaveLength(3);
      await expect(endpoint.removeMember('abc123')).rejects.toMatchObject({ name: 'EtcdRefused', code: 5 });
      await cluster.kill(name);
    });
  });
}
