import { describe, expect, it } from 'vitest';
import { judgeLostQuorum, type QuorumView } from '../../../src/etcd/judge-lost-quorum.ts';
import type { ControlPlaneInstance } from '../../../src/etcd/restore-ports.ts';
import { listed, seen, silent } from '../../support/etcd/etcd-views.ts';
import { aNode } from '../../support/etcd/inspected-node.ts';

function at(
  host: string,
  state: ControlPlaneInstance['state'],
  takesCommands = state === 'running',
): ControlPlaneInstance {
  return { instanceId: `i-${host}`, arn: 'arn', groupName: 'g', launchedAt: '', state, hosts: [host], takesCommands };
}

/** `a` answers and has no leader, `b` and `c` do not answer and are off. */
function lost(over: Partial<QuorumView> = {}): QuorumView {
  return {
    seen: [seen('a', { leaderId: '0' }), silent('b'), silent('c')],
    members: listed('a', 'b', 'c'),
    instances: [at('a', 'running'), at('b', 'stopped'), at('c', 'terminated')],
    nodes: [aNode({ instanceId: 'i-a', peerUrl: 'https://a:2380' })],
    inUse: new Set(),
    ...over,
  };
}

describe('a quorum', () => {
  it('is lost when who answers has no leader, and the machines of the others are off', () => {
    expect(judgeLostQuorum(lost())).toMatchObject({ quorum: 'lost' });
  });

  it('is kept while anybody has a leader', () => {
    expect(judgeLostQuorum(lost({ seen: [seen('a', { leaderId: 'b' }), silent('b'), silent('c')] }))).toMatchObject({
      quorum: 'kept',
      why: expect.stringContaining('follows b'),
    });
  });

  it.each(['running', 'pending', 'stopping', 'shutting-down'] as const)(
    'may be there while the machine of a member that does not answer is %s',
    (state) => {
      const instances = [at('a', 'running'), at('b', state), at('c', 'terminated')];
      expect(judgeLostQuorum(lost({ instances }))).toMatchObject({
        quorum: 'unknown',
        why: expect.stringContaining('not known to be off: member b'),
      });
    },
  );

  it('may be there when a member is at a name, or at an address that somebody has', () => {
    const instances = [at('a', 'running'), at('b', 'stopped')];
    expect(judgeLostQuorum(lost({ instances }))).toMatchObject({ quorum: 'unknown' });
    const members = listed('a', 'b').concat({
      memberId: 'c',
      name: 'c',
      peerUrls: ['https://10.0.0.3:2380'],
      clientUrls: [],
      isLearner: false,
    });
    expect(judgeLostQuorum(lost({ instances, members, inUse: new Set(['10.0.0.3']) }))).toMatchObject({
      quorum: 'unknown',
    });
    expect(judgeLostQuorum(lost({ instances, members }))).toMatchObject({ quorum: 'lost' });
  });

  it('does not hide behind a machine that has the address of a lost member, and no etcd', () => {
    const instances = [at('a', 'running'), at('b', 'stopped'), at('c', 'running')];
    const nodes = [aNode({ instanceId: 'i-a' }), aNode({ instanceId: 'i-c', etcd: false, peerUrl: '' })];
    expect(judgeLostQuorum(lost({ instances, nodes }))).toMatchObject({ quorum: 'lost' });
  });

  it('may be on any machine with etcd when nobody answers at all', () => {
    const nobody = { seen: [silent('a'), silent('b')], members: [] };
    expect(judgeLostQuorum(lost(nobody))).toMatchObject({
      quorum: 'unknown',
      why: expect.stringContaining('i-a (running)'),
    });
    const nodes = [aNode({ instanceId: 'i-a', etcd: false })];
    expect(judgeLostQuorum(lost({ ...nobody, nodes }))).toMatchObject({ quorum: 'lost' });
  });
});
