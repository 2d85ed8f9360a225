import { describe, expect, it } from 'vitest';
import { dispositionOf } from '../../../src/drains/pod-disposition.ts';
import { aDrainPod, aDrainPolicy, noon } from '../../support/drains/healthy.ts';

const kindOf = (changes: Parameters<typeof aDrainPod>[0], voluntary = true, policy = aDrainPolicy()) =>
  dispositionOf(aDrainPod(changes), policy, voluntary).kind;

describe('what becomes of a pod', () => {
  it.each([
    ['a pod of a ReplicaSet is asked to leave', {}, 'evict'],
    ['one that nothing manages, too', { ownerKind: '' }, 'evict'],
    ['one with emptyDir data, too', { usesEmptyDir: true }, 'evict'],
    ['one of a DaemonSet stays', { ownerKind: 'DaemonSet' }, 'skip'],
    ['the mirror of a static pod stays', { mirror: true, ownerKind: 'Node' }, 'skip'],
    ['one that succeeded stays', { phase: 'Succeeded' }, 'skip'],
    ['one that failed stays', { phase: 'Failed' }, 'skip'],
    ['one that is on its way out is waited for', { deletionTimestamp: noon.toISOString() }, 'leaving'],
  ] as const)('%s', (_, changes, kind) => {
    expect(kindOf(changes)).toBe(kind);
  });

  it.each([
    [{ 'tender.sh/do-not-disrupt': 'true' }, 'held'],
    [{ 'tender.sh/do-not-disrupt': 'false' }, 'evict'],
    [{ 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' }, 'held'],
    [{ 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' }, 'evict'],
  ])('its owner holds it by %o in a voluntary drain: %s', (annotations, kind) => {
    expect(kindOf({ annotations })).toBe(kind);
  });

  it('an instance that goes takes along what its owner wants left alone', () => {
    expect(kindOf({ annotations: { 'tender.sh/do-not-disrupt': 'true' } }, false)).toBe('evict');
  });

  it('the policy holds emptyDir data and unmanaged pods where it says so, and names the setting', () => {
    const policy = aDrainPolicy({ deleteEmptyDirData: false, evictUnmanaged: false });
    expect(dispositionOf(aDrainPod({ usesEmptyDir: true }), policy, true)).toMatchObject({
      kind: 'held',
      why: expect.stringContaining('drain.deleteEmptyDirData'),
    });
    expect(dispositionOf(aDrainPod({ ownerKind: '' }), policy, true)).toMatchObject({
      kind: 'held',
      why: expect.stringContaining('drain.evictUnmanaged'),
    });
  });

  it('one that is held and on its way out already is waited for only', () => {
    const annotations = { 'tender.sh/do-not-disrupt': 'true' };
    expect(kindOf({ annotations, deletionTimestamp: noon.toISOString() })).toBe('leaving');
  });
});
