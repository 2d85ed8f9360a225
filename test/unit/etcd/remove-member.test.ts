import { expect, it } from 'vitest';
import type { ChangeableMember } from '../../../src/etcd/member-ports.ts';
import type { ListedMember } from '../../../src/etcd/ports.ts';
import { removeMember } from '../../../src/etcd/remove-member.ts';
import { aStatus } from '../../support/etcd/etcd-views.ts';
import { anInstance, FakeDirectory } from '../../support/etcd/member-instances.ts';

const address = '10.0.0.3';
const directory = new FakeDirectory([
  anInstance('i-a', '10.0.0.1'),
  anInstance('i-b', '10.0.0.2'),
  anInstance('i-c', '', { standing: 'gone', isRunning: false, hosts: [] }),
  anInstance('i-n', address),
]);
const began = new Date('2026-01-01T00:00:00Z');
const tenMinutesLater = new Date('2026-01-01T00:10:00Z');
const order = { memberId: '', instanceId: 'i-c', ipAddress: address, unwellSince: '', plan: false };

/** An etcd of `a`, `b` and a third, silent one at the address that `i-c` had and `i-n` has. */
class Etcd {
  third: string;
  readonly removed: string[] = [];

  constructor(third: string) {
    this.third = third;
  }

  get doors(): readonly ChangeableMember[] {
    return ['a', 'b', this.third].map((id, index) => this.#door(id, `https://10.0.0.${index + 1}:2379`));
  }

  #door(id: string, url: string): ChangeableMember {
    return {
      url,
      status: async () => {
        if (id === this.third) throw new Error('ECONNREFUSED');
        return aStatus(id);
      },
      members: async () => ['a', 'b', this.third].map(listedAt),
      alarms: async () => [],
      moveLeader: async () => undefined,
      removeMember: async (memberId) => void this.removed.push(memberId),
      addMember: async () => Promise.reject(new Error('nobody asks for that')),
      promoteMember: async () => undefined,
    };
  }
}

function listedAt(memberId: string, index: number): ListedMember {
  const host = `10.0.0.${index + 1}`;
  const urls = { peerUrls: [`https://${host}:2380`], clientUrls: [`https://${host}:2379`] };
  return { memberId, name: memberId, ...urls, isLearner: false };
}

function remove(etcd: Etcd, over: object, now: Date) {
  return removeMember({ ...order, ...over }, etcd.doors, directory, (url) => etcd.doors[0] ?? none(url), now);
}

function none(url: string): never {
  throw new Error(`nobody is at ${url}`);
}

it('gives the member that has joined at the address of one that is gone ten minutes of its own', async () => {
  const etcd = new Etcd('c');
  const first = await remove(etcd, {}, began);
  expect(first).toMatchObject({ outcome: 'unwell', memberId: 'c', unwellSince: began.toISOString() });

  etcd.third = 'n';
  const known = { unwellSince: first.unwellSince, unwellMember: first.memberId };
  const then = await remove(etcd, known, tenMinutesLater);
  expect(then).toMatchObject({ outcome: 'unwell', memberId: 'n', unwellSince: tenMinutesLater.toISOString() });
  expect(etcd.removed).toEqual([]);
});

it('removes the same one after ten minutes of its silence', async () => {
  const etcd = new Etcd('c');
  const known = { unwellSince: began.toISOString(), unwellMember: 'c' };
  expect(await remove(etcd, known, tenMinutesLater)).toMatchObject({ outcome: 'removed', memberId: 'c' });
  expect(etcd.removed).toEqual(['c']);
});
