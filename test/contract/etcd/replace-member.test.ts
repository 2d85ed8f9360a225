import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EmptySeat } from '../../../src/etcd/next-seating.ts';
import { removeMember } from '../../../src/etcd/remove-member.ts';
import { seatReplacement } from '../../../src/etcd/seat-replacement.ts';
import { EtcdCluster } from '../../support/etcd/etcd-cluster.ts';
import { contractedEtcd, type EtcdRelease } from '../../support/etcd/etcd-releases.ts';
import { anInstance, FakeDirectory } from '../../support/etcd/member-instances.ts';

const order = { memberId: '', instanceId: '', ipAddress: '', unwellSince: '', plan: false };
const noSeat: EmptySeat = { voters: 0, peerUrls: [] };
const long = process.env.TENDER_LONG !== undefined;

for (const { title, release } of [contractedEtcd(process.env.TENDER_LONG)]) {
  describe.skipIf(!release)(title, { timeout: 180_000 }, () => {
    let etcd: EtcdCluster | undefined;
    afterEach(() => etcd?.stop());

    /** Members on machines of their own, `i-1` to `i-…`. */
    async function start(size: number, { external = false } = {}) {
      etcd = await EtcdCluster.start(release as EtcdRelease, { size, apart: true });
      const cluster = etcd;
      const instances = cluster.names.map((_, index) => anInstance(`i-${index + 1}`, `127.0.0.${11 + index}`));
      const directory = new FakeDirectory(instances, { external });
      const members = () => cluster.names.map((name) => cluster.open(name));
      const open = (url: string) => cluster.open('m1', { url });
      return {
        cluster,
        directory,
        remove: (over: object, at = new Date()) => removeMember({ ...order, ...over }, members(), directory, open, at),
        seat: (seat = noSeat) => seatReplacement(seat, members(), directory, open),
        idOf: async (name: string) => (await cluster.open(name).status()).memberId,
        listed: async (name: string) => (await cluster.open(name).members()).map(({ memberId }) => memberId),
      };
    }

    it.runIf(long)(
      'has a member that is lost off its list (nine seconds), and one in its place: added, started, promoted',
      async () => {
        const { cluster, directory, remove, seat, idOf, listed } = await start(3, { external: true });
        const lost = await idOf('m2');
        await cluster.kill('m2');
        directory.terminate('i-2');

        const removed = await untilNot('wait', () => remove({ instanceId: 'i-2' }));
        expect(removed).toMatchObject({ outcome: 'removed', memberId: lost, voters: 3 });
        expect(await listed('m1')).not.toContain(lost);
        expect(await remove({ instanceId: 'i-2' })).toMatchObject({ outcome: 'absent' });

        const left = { voters: removed.voters, peerUrls: removed.peerUrls };
        expect(await seat(left)).toMatchObject({
          outcome: 'wait',
          what: expect.stringContaining('no running instance'),
        });
        await cluster.prepareMember();
        directory.instances = [...directory.instances, anInstance('i-4', '127.0.0.14')];
        expect(await untilNot('wait', () => seat(left))).toMatchObject({
          outcome: 'acted',
          what: expect.stringContaining('127.0.0.14'),
        });
        // Killed in between, and run again: nobody is added twice.
        expect((await listed('m1')).length).toBe(3);
        cluster.startMember('m4', 'existing', ['m1', 'm3', 'm4']);
        await untilSeated(() => seat(left));
        expect(await listed('m4')).toEqual(await listed('m1'));
        expect((await cluster.open('m1').members()).every(({ isLearner }) => !isLearner)).toBe(true);
      },
    );

    it('keeps a member that answers, and a silent one whose instance is there until it was silent for ten minutes', async () => {
      const { cluster, remove, idOf, listed } = await start(3);
      const id = await idOf('m2');

      expect(await remove({ memberId: id })).toMatchObject({
        outcome: 'refused',
        why: expect.stringContaining('answers and is well'),
      });
      expect(await remove({ instanceId: 'i-2' })).toMatchObject({ outcome: 'refused' });

      await cluster.kill('m2');
      const first = await untilNot('wait', () => remove({ memberId: id }, new Date(1_000_000_000_000)));
      expect(first).toMatchObject({ outcome: 'unwell', unwellSince: new Date(1_000_000_000_000).toISOString() });
      const later = (seconds: number) =>
        remove({ ...first, memberId: id }, new Date(1_000_000_000_000 + seconds * 1000));
      expect(await later(599)).toMatchObject({ outcome: 'unwell', unwellSince: first.unwellSince });
      expect(await listed('m1')).toContain(id);
      expect(await later(601)).toMatchObject({ outcome: 'removed' });
    });

    it.runIf(long)('has its leader moved (five seconds) before the leader is removed with its instance', async () => {
      const { cluster, directory, remove, idOf } = await start(3);
      const { leader, followers } = await cluster.roles();
      const instanceId = `i-${leader.slice(1)}`;
      const term = (await cluster.open(leader).status()).raftTerm;
      directory.change(instanceId, { standing: 'leaves' });

      expect(await remove({ instanceId, plan: true })).toMatchObject({
        outcome: 'planned',
        why: expect.stringContaining('leadership would move'),
      });
      const id = await idOf(leader);
      expect(await untilNot('wait', () => remove({ instanceId }))).toMatchObject({ outcome: 'removed', memberId: id });

      await cluster.untilReady(followers);
      const status = await cluster.open(followers[0] ?? '').status();
      expect(status.leaderId).not.toBe(id);
      expect(status.raftTerm).toBeGreaterThan(term);
    });

    it.runIf(long)('keeps the only one of two that is well, and spares one of two that are', async () => {
      const { cluster, directory, remove, listed } = await start(2);
      directory.change('i-1', { standing: 'leaves' });
      expect(await untilNot('wait', () => remove({ instanceId: 'i-1' }))).toMatchObject({
        outcome: 'removed',
        voters: 2,
      });
      await cluster.untilReady(['m2']);
      expect(await listed('m2')).toHaveLength(1);

      directory.change('i-2', { standing: 'leaves' });
      expect(await remove({ instanceId: 'i-2' })).toMatchObject({
        outcome: 'refused',
        why: expect.stringContaining('the only one that votes'),
      });
    });

    it.runIf(long)(
      'loses no quorum: of three with one dead the leaving one stays on the list, until the dead one is off it',
      async () => {
        const { cluster, directory, remove, listed } = await start(3);
        await cluster.kill('m3');
        directory.change('i-2', { standing: 'leaves' });

        // Whoever leads has to notice first, or be elected.
        await vi.waitFor(
          async () =>
            expect(await remove({ instanceId: 'i-2' })).toMatchObject({
              outcome: 'wait',
              why: expect.stringContaining('2 members vote, a quorum of them takes 2'),
            }),
          { timeout: 15_000, interval: 250 },
        );
        expect(await listed('m1')).toHaveLength(3);

        directory.terminate('i-3');
        // Two at once, and one of them twice.
        const both = () =>
          Promise.all(
            ['i-3', 'i-2', 'i-3'].map((instanceId) => remove({ instanceId }).catch(() => ({ outcome: 'failed' }))),
          );
        for (let tries = 0; tries < 40 && (await listed('m1')).length > 1; tries += 1) {
          await both();
          await sleep(250);
        }
        expect(await listed('m1')).toHaveLength(1);
        await cluster.untilReady(['m1']);
      },
    );
  });
}

/** Etcd needs a moment to notice that a member is dead. */
async function untilNot<T extends { readonly outcome: string }>(
  outcome: string,
  turn: () => Promise<T>,
  most = 60,
): Promise<T> {
  let failure: unknown;
  for (let tries = 0; tries < most; tries += 1) {
    const result = await turn().catch((error: unknown) => {
      failure = error;
      return undefined;
    });
    if (result && result.outcome !== outcome) return result;
    await sleep(250);
  }
  throw failure ?? new Error(`it stayed ${outcome}`);
}

async function untilSeated(turn: () => Promise<{ readonly outcome: string; readonly what: string }>): Promise<void> {
  let last = '';
  for (let tries = 0; tries < 80; tries += 1) {
    const { outcome, what } = await turn().catch((error: unknown) => ({ outcome: 'failed', what: String(error) }));
    if (outcome === 'seated') return;
    last = what;
    await sleep(250);
  }
  throw new Error(`nobody was seated: ${last}`);
}
