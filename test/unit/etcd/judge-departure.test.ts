import { describe, expect, it } from 'vitest';
import { askAboutDeparture, judgeDeparture } from '../../../src/etcd/judge-departure.ts';
import type { Alarm, EtcdMember, ListedMember, SeenEndpoint } from '../../../src/etcd/ports.ts';
import { EtcdUnavailable } from '../../../src/etcd-client/errors.ts';
import { listed, seen, silent } from '../../support/etcd/etcd-views.ts';

const at = (...hosts: string[]) => ({ instanceId: 'i-0abc', hosts });
const three = listed('a', 'b', 'c');
const five = listed('a', 'b', 'c', 'd', 'e');
const noLeader = { leaderId: '0' };

describe('judgeDeparture', () => {
  it.each<[string, SeenEndpoint[], ListedMember[], string, string]>([
    ['three that are well spare a follower', [seen('a'), seen('b'), seen('c')], three, 'b', 'kept'],
    ['and their leader', [seen('a'), seen('b'), seen('c')], three, 'a', 'kept'],
    ['and one that does not answer itself', [seen('a'), seen('b'), silent('c')], three, 'c', 'kept'],
    ['five spare one although another is silent', [seen('a'), seen('b'), seen('c'), seen('d')], five, 'b', 'kept'],
    ['but not with two silent: they may be well', [seen('a'), seen('b'), seen('c')], five, 'b', 'unknown'],
    ['a single member', [seen('a')], listed('a'), 'a', 'lost'],
    ['one of two', [seen('a'), seen('b')], listed('a', 'b'), 'b', 'lost'],
    ['one of three with another silent', [seen('a'), seen('b'), silent('c')], three, 'b', 'unknown'],
    ['with another without a leader', [seen('a'), seen('b'), seen('c', noLeader)], three, 'b', 'lost'],
    ['with another that lags', [seen('a'), seen('b'), seen('c', { raftAppliedIndex: 8_999 })], three, 'b', 'lost'],
    ['with another of an earlier term', [seen('a'), seen('b'), seen('c', { raftTerm: 6 })], three, 'b', 'lost'],
    [
      'of four with another unwell',
      [seen('a'), seen('b'), seen('d', noLeader)],
      listed('a', 'b', 'c', 'd'),
      'c',
      'lost',
    ],
    ['an instance without a member', [seen('a'), seen('b'), seen('c')], three, 'x', 'unknown'],
    ['while another joins', [seen('a'), seen('b'), seen('c')], [...three, ...listed('learner')], 'b', 'unknown'],
    ['endpoints of two clusters', [seen('a'), seen('b', { clusterId: 'c2' })], three, 'c', 'unknown'],
    ['a learner itself', [seen('a'), seen('b'), seen('c')], [...three, ...listed('learner')], 'learner', 'kept'],
  ])('%s', (_, all, members, host, quorum) => {
    const answer = judgeDeparture(at(host), all, members, []);

    expect(answer.quorum).toBe(quorum);
    expect(answer.why === '').toBe(quorum === 'kept');
  });

  it('says the numbers, and what each endpoint did', () => {
    expect(judgeDeparture(at('b'), [seen('a'), seen('b'), silent('c')], three, []).why).toBe(
      'of 3 voting members a quorum takes 2, and 1 of the others are known to be well ' +
        '(https://a:2379: member a, follows a, term 7; https://b:2379: member b, follows a, term 7; https://c:2379: EtcdUnavailable: ECONNREFUSED)',
    );
  });

  it('counts no member twice that two endpoints reach', () => {
    const twice = [seen('a'), { ...seen('a'), url: 'https://other:2379' }, seen('b')];

    expect(judgeDeparture(at('b'), twice, three, []).quorum).toBe('unknown');
  });

  it.each(['NOSPACE', 'CORRUPT'] as const)('spares nobody while the alarm %s stands', (kind) => {
    const all = [seen('a'), seen('b'), seen('c')];

    expect(judgeDeparture(at('b'), all, three, [{ memberId: 'c', kind }])).toEqual({
      quorum: 'unknown',
      why: `etcd has raised an alarm: ${kind} of member c`,
    });
  });

  it('knows a member by any of its URLs and any address of the instance, but not by two members at one', () => {
    const [a, b, c] = three as [ListedMember, ListedMember, ListedMember];
    const all = [seen('a'), seen('b'), seen('c')];
    const v6 = { ...b, peerUrls: ['https://[fd00::5]:2380'], clientUrls: ['https://IP-10-0-0-5.ec2.internal:2379'] };

    expect(judgeDeparture(at('fd00::5'), all, [a, v6, c], []).quorum).toBe('kept');
    expect(judgeDeparture(at('ip-10-0-0-5.ec2.internal'), all, [a, v6, c], []).quorum).toBe('kept');
    expect(judgeDeparture(at('a', 'b'), all, three, []).why).toBe('2 of the 3 members of etcd are at i-0abc, not one');
    expect(judgeDeparture(at('b'), all, [a, { ...b, peerUrls: ['?'], clientUrls: [] }, c], []).quorum).toBe('unknown');
  });
});

describe('askAboutDeparture', () => {
  const alarms: Alarm[] = [];
  const endpoint = (one: SeenEndpoint, over: Partial<EtcdMember> = {}): EtcdMember => ({
    url: one.url,
    status: async () => {
      if (!one.status) throw new EtcdUnavailable('ECONNREFUSED');
      return one.status;
    },
    members: async ({ confirmed } = {}) => (confirmed ? three : listed('a', 'b')),
    alarms: async () => alarms,
    ...over,
  });

  it('goes by the list that a quorum confirms', async () => {
    const all = [seen('a'), seen('b'), seen('c')].map((one) => endpoint(one));

    expect(await askAboutDeparture(at('c'), all)).toEqual({ quorum: 'kept', why: '' });
  });

  it('asks the next one where the first has just gone', async () => {
    const gone = endpoint(seen('a'), { members: () => Promise.reject(new EtcdUnavailable('gone')) });

    expect(await askAboutDeparture(at('c'), [gone, endpoint(seen('b')), endpoint(seen('c'))])).toMatchObject({
      quorum: 'kept',
    });
  });

  it('knows nothing when nobody answers, knows a leader, or can confirm the list', async () => {
    const refuses = { members: () => Promise.reject(new EtcdUnavailable('no quorum')) };

    expect(
      await askAboutDeparture(
        at('c'),
        [silent('a'), silent('b')].map((one) => endpoint(one)),
      ),
    ).toMatchObject({
      quorum: 'unknown',
      why: expect.stringContaining('https://b:2379: EtcdUnavailable: ECONNREFUSED'),
    });
    expect(await askAboutDeparture(at('c'), [endpoint(seen('a', noLeader))])).toMatchObject({ quorum: 'unknown' });
    expect(await askAboutDeparture(at('c'), [endpoint(seen('a'), refuses)])).toEqual({
      quorum: 'unknown',
      why: 'EtcdUnavailable: no quorum',
    });
  });
});
