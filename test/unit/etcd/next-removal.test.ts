import { describe, expect, it } from 'vitest';
import { nextRemoval, PATIENCE_SECONDS, type RemovalView } from '../../../src/etcd/next-removal.ts';
import type { ListedMember } from '../../../src/etcd/ports.ts';
import { listed, seen, silent } from '../../support/etcd/etcd-views.ts';
import { anInstance } from '../../support/etcd/member-instances.ts';

const hosts: Readonly<Record<string, string>> = {
  a: '10.0.0.1',
  b: '10.0.0.2',
  c: '10.0.0.3',
  d: '10.0.0.4',
  e: '10.0.0.5',
};
const target = { memberId: '', instanceId: '', ipAddress: '' };
const gone = { standing: 'gone', isRunning: false, hosts: ['i-c.ec2.internal'], privateIpAddress: '' } as const;

/** Members at addresses, each with its instance `i-<id>`, all well. */
function view(ids: string, over: Partial<RemovalView> = {}): RemovalView {
  const all = [...ids];
  return {
    seen: all.map((id) => seen(id)),
    members: all.map(at),
    alarms: [],
    instances: all.map((id) => anInstance(`i-${id}`, hosts[id] ?? '')),
    inUse: new Set(all.map((id) => hosts[id] ?? '')),
    ...over,
  };
}

function at(id: string): ListedMember {
  const [member] = listed(id) as [ListedMember];
  return { ...member, peerUrls: [`https://${hosts[id]}:2380`], clientUrls: [`https://${hosts[id]}:2379`] };
}

function instances(ids: string, changed: string, over: object) {
  return [...ids].map((id) => anInstance(`i-${id}`, hosts[id] ?? '', id === changed ? over : {}));
}

const cIsGone = { instances: instances('abc', 'c', gone), inUse: new Set(['10.0.0.1', '10.0.0.2']) };
const cIsDead = { ...cIsGone, seen: [seen('a'), seen('b'), silent('c')] };
const cLeaves = { instances: instances('abc', 'c', { standing: 'leaves' }) };

describe('nextRemoval', () => {
  it.each<[string, RemovalView, Partial<typeof target>, string]>([
    ['a member that answers and is well, and stays', view('abc'), { instanceId: 'i-c' }, 'refuse'],
    ['the same by its id', view('abc'), { memberId: 'c' }, 'refuse'],
    ['one whose instance leaves', view('abc', cLeaves), { instanceId: 'i-c' }, 'remove'],
    [
      'the leader whose instance leaves',
      view('abc', { instances: instances('abc', 'a', { standing: 'leaves' }) }),
      { instanceId: 'i-a' },
      'move-leader',
    ],
    ['one that is dead, with its instance', view('abc', cIsDead), { instanceId: 'i-c' }, 'remove'],
    ['the same by its address', view('abc', cIsDead), { instanceId: 'i-c', ipAddress: '10.0.0.3' }, 'remove'],
    ['the same by its id', view('abc', cIsDead), { memberId: 'c' }, 'remove'],
    [
      'the same, whose address a machine has that EC2 is just launching',
      view('abc', {
        ...cIsDead,
        instances: [...cIsGone.instances, anInstance('i-n', '10.0.0.3', { isRunning: false, isPending: true })],
        inUse: new Set(['10.0.0.1', '10.0.0.2', '10.0.0.3']),
      }),
      { instanceId: 'i-c' },
      'remove',
    ],
    [
      'one whose instance is shutting down',
      view('abc', { ...cIsDead, instances: instances('abc', 'c', { ...gone, standing: 'leaves' }) }),
      { instanceId: 'i-c' },
      'remove',
    ],
    [
      'one that is silent, and its instance runs',
      view('abc', { seen: [seen('a'), seen('b'), silent('c')] }),
      { memberId: 'c' },
      'unwell',
    ],
    [
      'one that lags, and stays',
      view('abc', { seen: [seen('a'), seen('b'), seen('c', { raftAppliedIndex: 1 })] }),
      { memberId: 'c' },
      'unwell',
    ],
    ['one that answers although EC2 has no instance there', view('abc', cIsGone), { memberId: 'c' }, 'refuse'],
    [
      'of three with another dead',
      view('abc', { ...cLeaves, seen: [seen('a'), silent('b'), seen('c')] }),
      { instanceId: 'i-c' },
      'wait',
    ],
    [
      'of two that are well',
      view('ab', { instances: instances('ab', 'b', { standing: 'leaves' }) }),
      { instanceId: 'i-b' },
      'remove',
    ],
    [
      'the only one',
      view('a', { instances: instances('a', 'a', { standing: 'leaves' }) }),
      { instanceId: 'i-a' },
      'refuse',
    ],
    [
      'the only one that votes beside a learner',
      view('a', { members: [at('a'), ...listed('learner')], instances: instances('a', 'a', { standing: 'leaves' }) }),
      { instanceId: 'i-a' },
      'refuse',
    ],
    ['one that is off the list', view('abc'), { memberId: 'x' }, 'absent'],
    [
      'an instance without a member',
      view('abc', { instances: [...instances('abc', '', {}), anInstance('i-d', hosts.d ?? '')] }),
      { instanceId: 'i-d' },
      'absent',
    ],
    ['an instance that nobody knows', view('abc'), { instanceId: 'i-x' }, 'refuse'],
    ['a member that is not at the instance', view('abc', cLeaves), { instanceId: 'i-b', memberId: 'c' }, 'refuse'],
    [
      'while CORRUPT stands',
      view('abc', { ...cIsDead, alarms: [{ memberId: 'c', kind: 'CORRUPT' }] }),
      { memberId: 'c' },
      'refuse',
    ],
    [
      'while NOSPACE stands',
      view('abc', { ...cIsDead, alarms: [{ memberId: 'a', kind: 'NOSPACE' }] }),
      { memberId: 'c' },
      'remove',
    ],
    [
      'of two clusters',
      view('abc', { seen: [seen('a'), seen('b', { clusterId: 'c2' })] }),
      { memberId: 'c' },
      'refuse',
    ],
  ])('%s', (_, all, over, kind) => {
    expect(nextRemoval(all, { ...target, ...over }, 0)).toMatchObject({ kind });
  });

  it('gives up one that is silent beside its running instance after ten minutes, and one that answers never', () => {
    const quiet = view('abc', { seen: [seen('a'), seen('b'), silent('c')] });

    expect(nextRemoval(quiet, { ...target, memberId: 'c' }, PATIENCE_SECONDS - 1)).toMatchObject({ kind: 'unwell' });
    expect(nextRemoval(quiet, { ...target, memberId: 'c' }, PATIENCE_SECONDS)).toMatchObject({ kind: 'remove' });
    expect(nextRemoval(view('abc'), { ...target, memberId: 'c' }, 1e9)).toMatchObject({ kind: 'refuse' });
  });

  it('takes the address that an instance had for another one’s when a new instance has it now', () => {
    const reused = view('abc', { instances: [...instances('abc', 'c', gone), anInstance('i-n', '10.0.0.3')] });

    expect(nextRemoval(reused, { ...target, instanceId: 'i-c', ipAddress: '10.0.0.3' }, 0)).toEqual({ kind: 'absent' });
  });

  it.each([
    ['its address is known', '10.0.0.3', 'remove'],
    ['its address is forgotten', '', 'refuse'],
  ])(
    'waits ten minutes for a silent member whose address a running instance has by now, and then goes by whether %s',
    (_, ipAddress, then) => {
      const reused = view('abc', {
        seen: [seen('a'), seen('b'), silent('c')],
        instances: [...instances('abc', 'c', gone), anInstance('i-n', '10.0.0.3')],
      });
      const step = (seconds: number) => nextRemoval(reused, { ...target, instanceId: 'i-c', ipAddress }, seconds);

      expect(step(PATIENCE_SECONDS - 1)).toEqual({
        kind: 'unwell',
        memberId: 'c',
        why: 'member c does not answer, and i-n has its address now',
      });
      expect(step(PATIENCE_SECONDS)).toMatchObject({ kind: then });
    },
  );

  it('removes at once one whose known address a machine has that EC2 is just launching', () => {
    const reused = view('abc', {
      ...cIsDead,
      instances: [...cIsGone.instances, anInstance('i-n', '10.0.0.3', { isRunning: false, isPending: true })],
      inUse: new Set(Object.values(hosts)),
    });

    expect(nextRemoval(reused, { ...target, instanceId: 'i-c', ipAddress: '10.0.0.3' }, 0)).toMatchObject({
      kind: 'remove',
    });
  });

  it('picks none of two that may have been at an instance whose address EC2 has forgotten', () => {
    const two = [...instances('abcde', 'c', gone)].filter(({ instanceId }) => instanceId !== 'i-d');
    const all = view('abcde', {
      seen: [seen('a'), seen('b'), seen('e')],
      instances: two,
      inUse: new Set(['10.0.0.1']),
    });

    expect(nextRemoval(all, { ...target, instanceId: 'i-c' }, 0)).toEqual({
      kind: 'refuse',
      why: 'member c, d may have been at i-c: name the one that is meant',
    });
  });

  it('takes no silent member for lost that some instance outside the groups may carry, or that goes by a name', () => {
    const elsewhere = view('abc', { ...cIsDead, inUse: new Set(Object.values(hosts)) });
    const named = view('abc', { ...cIsDead, members: [at('a'), at('b'), ...listed('c')] });

    expect(nextRemoval(elsewhere, { ...target, instanceId: 'i-c' }, 0)).toMatchObject({ kind: 'refuse' });
    expect(nextRemoval(elsewhere, { ...target, memberId: 'c' }, 0)).toMatchObject({ kind: 'unwell' });
    expect(nextRemoval(named, { ...target, instanceId: 'i-c' }, 0)).toMatchObject({ kind: 'refuse' });
    expect(nextRemoval(named, { ...target, memberId: 'c' }, 0)).toMatchObject({ kind: 'unwell' });
  });
});
