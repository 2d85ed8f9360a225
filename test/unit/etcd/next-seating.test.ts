import { describe, expect, it } from 'vitest';
import { nextSeating, type SeatingView } from '../../../src/etcd/next-seating.ts';
import { listed, seen, silent } from '../../support/etcd/etcd-views.ts';
import { anInstance } from '../../support/etcd/member-instances.ts';

const seat = { voters: 3, peerUrls: ['https://c:2380'] };

function view(ids: string[], over: Partial<SeatingView> = {}): SeatingView {
  return {
    seen: ids.map((id) => seen(id)),
    members: listed(...ids),
    external: true,
    wanted: 3,
    instances: [],
    ...over,
  };
}

const atAddresses = (...hosts: string[]) =>
  hosts.map((host, index) => ({
    memberId: 'ab'[index] ?? '',
    name: 'ab'[index] ?? '',
    peerUrls: [`https://${host}:2380`],
    clientUrls: [],
    isLearner: false,
  }));

describe('nextSeating', () => {
  it.each<[string, SeatingView, string]>([
    ['is done when as many vote as are wanted', view(['a', 'b', 'c']), 'seated'],
    ['and when fewer are wanted by now', view(['a', 'b'], { wanted: 2 }), 'seated'],
    ['and when no group carries members', view(['a', 'b'], { wanted: 0 }), 'seated'],
    ['waits while a voter is silent', view(['a', 'b', 'c'], { seen: [seen('a'), seen('b'), silent('c')] }), 'wait'],
    ['waits for an instance', view(['a', 'b']), 'wait'],
    ['promotes a learner', view(['a', 'b'], { members: listed('a', 'b', 'learner') }), 'promote'],
    ['but not kubeadm’s', view(['a', 'b'], { members: listed('a', 'b', 'learner'), external: false }), 'wait'],
    ['nor while a voter is silent', view(['a'], { members: listed('a', 'b', 'learner') }), 'wait'],
    [
      'adds nobody to kubeadm’s',
      view(['a', 'b'], { external: false, instances: [anInstance('i-c', '10.0.0.3')] }),
      'wait',
    ],
    [
      'takes no instance that leaves',
      view(['a', 'b'], { instances: [anInstance('i-c', '10.0.0.3', { standing: 'leaves' })] }),
      'wait',
    ],
  ])('%s', (_, all, kind) => {
    expect(nextSeating(all, seat)).toMatchObject({ kind });
  });

  it('adds the instance without a member under the name of the one that left, or at its address', () => {
    const instances = [anInstance('i-a', '10.0.0.1'), anInstance('i-c', '10.0.0.3')];

    expect(nextSeating(view(['a', 'b'], { instances: [anInstance('i-c', '10.0.0.3')] }), seat)).toMatchObject({
      kind: 'add',
      peerUrls: ['https://c:2380'],
    });
    expect(
      nextSeating(view(['a', 'b'], { instances, members: atAddresses('10.0.0.1', '10.0.0.2') }), {
        voters: 3,
        peerUrls: ['https://10.0.0.9:2380'],
      }),
    ).toEqual({
      kind: 'add',
      peerUrls: ['https://10.0.0.3:2380'],
      instanceId: 'i-c',
    });
    expect(nextSeating(view(['a', 'b'], { instances }), { voters: 3, peerUrls: [] })).toMatchObject({
      kind: 'wait',
      what: expect.stringContaining('by which name'),
    });
  });
});
