import { describe, expect, it } from 'vitest';
import { chooseMember } from '../../../src/etcd/choose-member.ts';
import { listed as members, seen, silent } from '../../support/etcd/etcd-views.ts';

describe('chooseMember', () => {
  it('takes the follower that is furthest', () => {
    const all = [seen('a'), seen('b', { raftAppliedIndex: 9_990 }), seen('c', { raftAppliedIndex: 9_999 })];

    expect(chooseMember(all, members('a', 'b', 'c'), []).url).toBe('https://c:2379');
  });

  it('chooses alike whatever the order of the endpoints', () => {
    const all = [seen('c'), seen('b'), seen('a')];

    expect(chooseMember(all, members('a', 'b', 'c'), []).url).toBe('https://b:2379');
    expect(chooseMember(all.toReversed(), members('a', 'b', 'c'), []).url).toBe('https://b:2379');
  });

  it('takes the leader rather than followers that lag behind', () => {
    const all = [seen('a'), seen('b', { raftAppliedIndex: 8_999 }), silent('c')];

    expect(chooseMember(all, members('a', 'b', 'c'), []).url).toBe('https://a:2379');
  });

  it('takes the only member there is', () => {
    expect(chooseMember([seen('a')], members('a'), []).url).toBe('https://a:2379');
  });

  it('takes no learner, and does not count it', () => {
    const learner = seen('learner', { isLearner: true, raftAppliedIndex: 20_000 });

    expect(chooseMember([seen('a'), learner], members('a', 'learner'), []).url).toBe('https://a:2379');
    expect(() => chooseMember([seen('a'), learner], members('a', 'b', 'learner'), [])).toThrow('a quorum takes 2');
  });

  it('refuses when a quorum did not answer, and says what each endpoint did', () => {
    const all = [seen('a'), silent('b'), seen('c', { leaderId: '0', raftTerm: 8 })];

    expect(() => chooseMember(all, members('a', 'b', 'c'), [])).toThrow(
      expect.objectContaining({
        name: 'EtcdQuorumNotSeen',
        message: expect.stringMatching(
          /https:\/\/b:2379: EtcdUnavailable.*\n.*c:2379: member c, knows no leader, term 8/,
        ),
      }),
    );
  });

  it('refuses when nobody answered', () => {
    expect(() => chooseMember([silent('a'), silent('b')], [], [])).toThrow(
      expect.objectContaining({ name: 'EtcdQuorumNotSeen' }),
    );
  });

  it('does not count a member that follows the leader of an earlier term', () => {
    const stale = seen('b', { raftTerm: 6, leaderId: 'b', raftAppliedIndex: 20_000 });

    expect(chooseMember([seen('a'), stale, seen('c')], members('a', 'b', 'c'), []).url).toBe('https://c:2379');
    expect(() => chooseMember([seen('a'), stale], members('a', 'b', 'c'), [])).toThrow('1 answered');
  });

  it('counts a member once that is reached by two endpoints, and none that is not on the list', () => {
    const twice = [seen('a'), { ...seen('a'), url: 'https://other:2379' }, seen('removed')];

    expect(() => chooseMember(twice, members('a', 'b', 'c'), [])).toThrow('1 answered');
  });

  it('refuses endpoints of two clusters', () => {
    expect(() => chooseMember([seen('a'), seen('b', { clusterId: 'c2' })], members('a'), [])).toThrow(
      expect.objectContaining({ name: 'EtcdEndpointsMixed' }),
    );
  });

  it('refuses data that etcd calls corrupt, and goes on when only its disk is full', () => {
    expect(() => chooseMember([seen('a')], members('a'), [{ memberId: 'a', kind: 'CORRUPT' }])).toThrow(
      expect.objectContaining({ name: 'EtcdDataCorrupt' }),
    );
    expect(chooseMember([seen('a')], members('a'), [{ memberId: 'a', kind: 'NOSPACE' }]).url).toBe('https://a:2379');
  });
});
