import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { maintainEtcd } from '../../../src/etcd/maintain-etcd.ts';
import type { MaintenanceProgress } from '../../../src/etcd/next-maintenance.ts';
import type { MaintainedMember } from '../../../src/etcd/ports.ts';
import { EtcdCluster } from '../../support/etcd/etcd-cluster.ts';
import { contractedEtcd, type EtcdRelease } from '../../support/etcd/etcd-releases.ts';
import { makeHoles } from '../../support/etcd/make-holes.ts';

const MIB = 1024 * 1024;
const long = process.env.TENDER_LONG !== undefined;
const policy = { defragmentBelowPercent: 50, minimumMebibytes: 1 };
const nobodyElse = { underWay: async () => [] };
const off = { read: async () => null };
const nothingYet: MaintenanceProgress = { compacted: false, defragmented: [], leaderMoves: 0, disarmed: false };

for (const { title, release } of [contractedEtcd(process.env.TENDER_LONG)]) {
  describe.skipIf(!release)(title, { timeout: 180_000 }, () => {
    let etcd: EtcdCluster | undefined;
    afterEach(() => etcd?.stop());

    async function start(quotaBytes?: number): Promise<EtcdCluster> {
      etcd = await EtcdCluster.start(release as EtcdRelease, { size: 3, ...(quotaBytes && { quotaBytes }) });
      return etcd;
    }

    it.runIf(long)('gets its space back (six seconds), followers first, and the old leader last', async () => {
      const cluster = await start();
      await makeHoles(cluster);
      const { leader } = await cluster.roles();
      const leaderId = (await cluster.open(leader).status()).memberId;

      const { told, progress } = await maintain(cluster);

      expect(told.map((what) => what.split(' ')[0])).toEqual([
        'defragmented',
        'defragmented',
        'moved',
        'defragmented',
        'nothing',
      ]);
      expect(progress.defragmented.at(-1)?.memberId).toBe(leaderId);
      for (const { bytesBefore, bytesAfter } of progress.defragmented) expect(bytesAfter * 2).toBeLessThan(bytesBefore);
      expect((await cluster.roles()).leader).not.toBe(leader);
      expect((await maintain(cluster)).told).toEqual(['nothing is left to do']);
    });

    it.runIf(long)('goes on (four seconds) when another member is elected in between', async () => {
      const cluster = await start();
      await makeHoles(cluster);
      const elect = async (turn: number) => {
        if (turn !== 1) return;
        const { leader, followers } = await cluster.roles();
        const heir = await cluster.open(followers[1] ?? '').status();
        await cluster.open(leader).moveLeader(heir.memberId);
      };

      const { progress } = await maintain(cluster, elect);

      expect(new Set(progress.defragmented.map(({ memberId }) => memberId)).size).toBe(3);
      expect(progress.defragmented).toHaveLength(3);
    });

    it('stops at a member that dies while it is defragmented, and does nothing more', async () => {
      const cluster = await start();
      await makeHoles(cluster);
      const { leader, followers } = await cluster.roles();
      const members = cluster.names.map((name) => dyingWhileDefragmented(cluster, name));

      await expect(maintainEtcd(nothingYet, members, nobodyElse, policy, off)).rejects.toMatchObject({
        name: expect.stringMatching(/^Etcd(Unavailable|AnswerBroken)$/),
      });
      await expect(maintainEtcd(nothingYet, members, nobodyElse, policy, off)).rejects.toMatchObject({
        name: 'EtcdNotWell',
        message: expect.stringContaining('2 of 3 members are known to be well'),
      });
      const sizes = await Promise.all(
        [leader, ...followers].map((name) =>
          cluster
            .open(name)
            .status()
            .catch(() => undefined),
        ),
      );
      expect(sizes.filter((one) => one && one.databaseBytes > 8 * MIB)).toHaveLength(2);
    });

    it('that is out of space takes writes again: compacted, defragmented, disarmed', async () => {
      const cluster = await start(16 * MIB);
      await fillUp(cluster, () => '/same', MIB);

      const { told } = await maintain(cluster);

      expect(told.map((what) => what.split(' ')[0])).toEqual([
        'compacted',
        'defragmented',
        'defragmented',
        'moved',
        'defragmented',
        'disarmed',
        'nothing',
      ]);
      expect(await cluster.open().alarms()).toEqual([]);
      const writer = cluster.writer();
      await writer.put('/a', 'a');
      writer.close();
    });

    it.runIf(long)(
      'that is full (it takes eight seconds) of what is in use stays so, and says so; the alarm stands',
      async () => {
        const cluster = await start(16 * MIB);
        await fillUp(cluster, (index) => `/key/${index}`, MIB / 16);

        await expect(maintain(cluster)).rejects.toMatchObject({ name: 'EtcdStillFull' });
        expect(await cluster.open().alarms()).not.toEqual([]);
      },
    );
  });
}

/** Turns until nothing is left to do; calls between them with the number of those that are over. */
async function maintain(cluster: EtcdCluster, between: (turn: number) => Promise<void> = async () => {}) {
  const members = cluster.names.map((name) => cluster.open(name));
  const told: string[] = [];
  let progress = nothingYet;
  for (;;) {
    const turn = await maintainEtcd(progress, members, nobodyElse, policy, off);
    told.push(turn.what);
    progress = turn.progress;
    if (turn.outcome === 'done') return { told, progress };
    await between(told.length);
    // Compaction and elections reach the other members a little later, and what was compacted is cleared away after that.
    await cluster.untilAllHaveIt();
    await sleep(250);
  }
}

/** Writes until etcd takes no more. */
async function fillUp(cluster: EtcdCluster, key: (index: number) => string, bytes: number): Promise<void> {
  const writer = cluster.writer();
  const full = (async () => {
    for (let index = 0; index < 600; index += 1) await writer.put(key(index), Buffer.alloc(bytes, index));
  })();
  await expect(full).rejects.toMatchObject({ name: 'EtcdRefused', message: expect.stringContaining('space exceeded') });
  writer.close();
}

function dyingWhileDefragmented(cluster: EtcdCluster, name: string): MaintainedMember {
  const member = cluster.open(name);
  const defragment = async () => {
    await cluster.kill(name);
    await member.defragment();
  };
  return {
    url: member.url,
    status: () => member.status(),
    members: (options) => member.members(options),
    alarms: () => member.alarms(),
    compact: (revision) => member.compact(revision),
    moveLeader: (memberId) => member.moveLeader(memberId),
    disarm: (alarm) => member.disarm(alarm),
    defragment,
  };
}
