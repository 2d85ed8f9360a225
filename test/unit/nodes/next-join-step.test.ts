import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isAdmitted,
  type JoinObservation,
  nextJoinStep,
  runsWorkloads,
  wantedLabels,
} from '../../../src/nodes/next-join-step.ts';
import type { JoinPolicy, Node, NodePod } from '../../../src/nodes/ports.ts';
import { aNode, aPod, aPolicy, later, noon } from '../../support/nodes/healthy.ts';

const joinBy = later(900);
const role = 'worker';
const startup = { key: 'tender.sh/joining', effect: 'NoSchedule' } as const;
const batch = { key: 'example.com/batch', value: 'yes', effect: 'NoSchedule' } as const;

function seen(changes: Partial<JoinObservation> = {}): JoinObservation {
  return {
    instanceState: 'running',
    apiServer: 'answers',
    node: aNode(),
    pods: [aPod()],
    needsOffer: false,
    pendingCsrs: 0,
    ...changes,
  };
}
function ready(status: string, message = '', reason = ''): Partial<JoinObservation> {
  return { node: aNode({ conditions: [{ type: 'Ready', status, reason, message, since: noon.toISOString() }] }) };
}
const node = (changes: Partial<Node>): Partial<JoinObservation> => ({ node: aNode(changes) });
const pods = (...of: Partial<NodePod>[]): Partial<JoinObservation> => ({ pods: of.map(aPod) });
const roles = (worker: Partial<NonNullable<JoinPolicy['roles']['worker']>>): JoinPolicy =>
  aPolicy({ roles: { worker: { labels: {}, taints: [], nodeRoleLabel: true, ...worker } } });
const uninitialized = {
  key: 'node.cloudprovider.kubernetes.io/uninitialized',
  value: 'true',
  effect: 'NoSchedule',
} as const;

describe('nextJoinStep', () => {
  const cases: readonly [string, Partial<JoinObservation>, string, string, JoinPolicy?][] = [
    ['a node that has everything', {}, 'register', 'is Ready with its DaemonSets'],
    ['an instance that EC2 does not know', { instanceState: undefined }, 'wait', 'for EC2 to show'],
    ['one that shuts down', { instanceState: 'shutting-down' }, 'gone', 'shutting-down'],
    ['one that is terminated', { instanceState: 'terminated' }, 'gone', 'terminated'],
    ['one that a later signal takes', { leaves: true, needsOffer: true, node: undefined }, 'leaving', 'later signal'],
    ['one that a later signal has taken', { leaves: true, instanceState: 'terminated' }, 'gone', 'terminated'],
    ['one that stops', { instanceState: 'stopping' }, 'wait', 'which is stopping'],
    ['one that is stopped', { instanceState: 'stopped' }, 'wait', 'which is stopped'],
    [
      'one that is gone while the API server is',
      { instanceState: 'terminated', apiServer: 'unreachable' },
      'gone',
      'terminated',
    ],
    ['one that is gone and has requests', { instanceState: 'terminated', pendingCsrs: 1 }, 'gone', 'terminated'],
    [
      'an API server that does not answer',
      { apiServer: 'unreachable', node: undefined },
      'wait',
      'waits for the API server',
    ],
    [
      'no offer can be made to a silent API server',
      { apiServer: 'unreachable', needsOffer: true },
      'wait',
      'API server',
    ],
    ['no token yet', { needsOffer: true, node: undefined }, 'offer', 'has no token yet'],
    [
      'no token yet while it boots',
      { needsOffer: true, instanceState: 'pending', node: undefined },
      'offer',
      'has no token',
    ],
    [
      'no token, but requests of somebody',
      { needsOffer: true, pendingCsrs: 2, node: undefined },
      'offer',
      'has no token yet',
    ],
    ['no token, but its Node is there: it has joined before', { needsOffer: true }, 'register', 'is Ready'],
    ['its first request', { pendingCsrs: 1, node: undefined }, 'approve', '1 certificate requests to judge'],
    ['its serving request', { pendingCsrs: 1 }, 'approve', '1 certificate requests'],
    [
      'a request right after an outage',
      { pendingCsrs: 1, apiServerWasAway: true, node: undefined },
      'wait',
      'to find the API server again',
    ],
    [
      'a request before EC2 says running',
      { pendingCsrs: 1, instanceState: 'pending', node: undefined },
      'approve',
      '1 cert',
    ],
    ['an instance that boots', { instanceState: 'pending', node: undefined }, 'wait', 'waits for the instance to run'],
    ['a kubelet that has not asked', { node: undefined }, 'wait', 'waits for the kubelet'],
    ['no labels', node({ labels: {} }), 'label', 'lacks label example.com/pool, label node-role.kubernetes.io/worker'],
    ['no role label', node({ labels: { 'example.com/pool': 'general' } }), 'label', 'node-role.kubernetes.io/worker'],
    [
      'another value of a label',
      node({ labels: { 'example.com/pool': 'x', 'node-role.kubernetes.io/worker': '' } }),
      'label',
      'example.com/pool',
    ],
    [
      'no role label where none is wanted',
      node({ labels: {} }),
      'register',
      'is Ready',
      roles({ nodeRoleLabel: false }),
    ],
    ['no taint of its role', node({ taints: [startup] }), 'label', 'lacks taint example.com/batch'],
    [
      'its taint with another effect',
      node({ taints: [startup, { ...batch, effect: 'NoExecute' }] }),
      'label',
      'taint example.com/batch',
    ],
    [
      'its taint with another value',
      node({ taints: [startup, { ...batch, value: 'no' }] }),
      'label',
      'taint example.com/batch',
    ],
    [
      'a taint without a value, and one with an empty one',
      node({ taints: [{ key: 'a', value: '', effect: 'NoSchedule' }] }),
      'register',
      '',
      roles({ taints: [{ key: 'a', effect: 'NoSchedule' }] }),
    ],
    ['labels before readiness', { node: aNode({ labels: {}, conditions: [] }) }, 'label', 'lacks label'],
    [
      'a cloud controller that is late',
      node({ taints: [startup, batch, uninitialized] }),
      'wait',
      'waits for the cloud controller',
    ],
    ['no condition', node({ conditions: [] }), 'wait', 'is not Ready: no condition yet'],
    [
      'not Ready, with a message',
      ready('False', 'container runtime network not ready'),
      'wait',
      'is not Ready: container runtime network not ready',
    ],
    ['not Ready, with a reason', ready('False', '', 'KubeletNotReady'), 'wait', 'is not Ready: KubeletNotReady'],
    ['readiness unknown', ready('Unknown', '', 'NodeStatusUnknown'), 'wait', 'is not Ready: NodeStatusUnknown'],
    ['no DaemonSet pod', pods(), 'wait', 'waits for DaemonSet kube-system/cilium'],
    ['one that is not ready', pods({ ready: false }), 'wait', 'waits for DaemonSet kube-system/cilium'],
    ['one of another namespace', pods({ namespace: 'other' }), 'wait', 'waits for DaemonSet'],
    ['a ReplicaSet of its name', pods({ ownerKind: 'ReplicaSet' }), 'wait', 'waits for DaemonSet'],
    ['an old pod that fails beside one that is ready', pods({ ready: false }, {}), 'register', 'is Ready'],
    [
      'no DaemonSet where none is required',
      pods(),
      'register',
      '',
      aPolicy({ join: { ...aPolicy().join, requiredDaemonSets: [] } }),
    ],
    ['an admitted node', node({ taints: [batch] }), 'register', 'is Ready'],
  ];

  it.each(cases)('%s', (...[, changes, next, why, policy]) => {
    const step = nextJoinStep(seen(changes), policy ?? aPolicy(), role, joinBy, noon);
    expect(step).toMatchObject({ next, why: expect.stringContaining(why) });
  });

  it('gives up when the time is up, and says what it waited for', () => {
    const step = nextJoinStep(seen({ node: undefined }), aPolicy(), role, joinBy, joinBy);
    expect(step).toEqual({
      next: 'give-up',
      why: 'time is up: waits for the kubelet to ask for its certificate',
      lookAgainSeconds: 0,
    });
  });

  it('looks a last time exactly when the time is up', () => {
    const step = nextJoinStep(seen({ node: undefined }), aPolicy(), role, joinBy, later(895));
    expect(step).toMatchObject({ next: 'wait', lookAgainSeconds: 5 });
  });

  it('lets in a node that became ready in the last moment', () => {
    expect(nextJoinStep(seen(), aPolicy(), role, joinBy, later(901))).toMatchObject({ next: 'register' });
  });

  it.each([
    ['mints no token', { needsOffer: true, node: undefined }],
    ['approves nothing', { pendingCsrs: 1, node: undefined }],
    ['labels nothing', node({ labels: {} })],
  ] as const)('%s when the time is up: what repeats without end has an end', (_what, changes) => {
    expect(nextJoinStep(seen(changes), aPolicy(), role, joinBy, joinBy)).toMatchObject({ next: 'give-up' });
  });

  it('never gives up before the time is up, never waits past it, and always ends after it', () => {
    const observation = fc.record({
      instanceState: fc.constantFrom('pending' as const, 'running' as const),
      apiServer: fc.constantFrom('answers' as const, 'unreachable' as const),
      node: fc.constantFrom(undefined, aNode(), aNode({ labels: {} }), aNode({ conditions: [] })),
      pods: fc.constantFrom([], [aPod()]),
      needsOffer: fc.boolean(),
      pendingCsrs: fc.nat(2),
    });
    fc.assert(
      fc.property(observation, fc.integer({ min: -60_000, max: 1_000_000 }), (what, milliseconds) => {
        const now = new Date(noon.getTime() + milliseconds);
        const { next, lookAgainSeconds } = nextJoinStep(what, aPolicy(), role, joinBy, now);
        if (now < joinBy) expect(next).not.toBe('give-up');
        else expect(['give-up', 'register']).toContain(next);
        // Whole seconds: a last look is at most one second late.
        if (next === 'wait') expect(now.getTime() + lookAgainSeconds * 1000).toBeLessThan(joinBy.getTime() + 1000);
      }),
    );
  });
});

describe('wantedLabels', () => {
  it('gives the role label to a role without a policy too', () => {
    expect(wantedLabels(aPolicy({ roles: {} }), 'control-plane')).toEqual({
      'node-role.kubernetes.io/control-plane': '',
    });
  });
});

describe('runsWorkloads', () => {
  it.each([
    ['a DaemonSet pod', {}, false],
    ['a mirror pod', { ownerKind: 'Node', mirror: true }, false],
    ['a job that succeeded', { ownerKind: 'Job', phase: 'Succeeded' }, false],
    ['a job that failed', { ownerKind: 'Job', phase: 'Failed' }, false],
    ['a ReplicaSet pod', { ownerKind: 'ReplicaSet' }, true],
    ['one that is not ready yet', { ownerKind: 'ReplicaSet', phase: 'Pending', ready: false }, true],
    ['one without a controller', { ownerKind: '', ownerName: '' }, true],
  ])('%s: %s', (_what, changes, expected) => {
    expect(runsWorkloads([aPod(), aPod(changes)])).toBe(expected);
  });
});

describe('isAdmitted', () => {
  it('holds for a Ready node without our startup taint, and for no other', () => {
    expect(isAdmitted(aNode({ taints: [batch] }))).toBe(true);
    expect(isAdmitted(aNode())).toBe(false);
    expect(isAdmitted(aNode({ taints: [], conditions: [] }))).toBe(false);
  });
});
