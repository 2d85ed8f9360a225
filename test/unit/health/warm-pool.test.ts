import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/health/diagnose.ts';
import type { Observations } from '../../../src/health/observations.ts';
import { aCluster, aCondition, aPolicy, minute } from '../../support/health/observed.ts';

const id = 'i-workers-0003';

/** The third of three workers is silent for an hour and marked as one that rests in the warm pool; its instance is in this state. */
function pooled(state: string, inService = false): Observations {
  const node = { pooled: true, unschedulable: true, owner: 'dead', leaseRenewedAt: minute(0) };
  const sick = { 3: { node, conditions: [aCondition('Ready', 'Unknown', 0)], instance: { state } } };
  const seen = aCluster({ workers: { size: 3, sick } }, 60);
  const [group] = 'value' in seen.groups ? seen.groups.value : [];
  if (!group) throw new Error('there is a group');
  const members = group.members.filter(({ instanceId }) => inService || instanceId !== id);
  return { ...seen, groups: { value: [{ ...group, members }] } };
}

const found = (observations: Observations) =>
  diagnose(observations, aPolicy(), new Date(observations.at)).findings.map(({ kind, instanceId }) => [
    kind,
    instanceId,
  ]);

describe('a node in a warm pool', () => {
  it.each(['running', 'stopped'])('is not sick, however silent it is, while its instance is %s', (state) => {
    expect(found(pooled(state))).toEqual([]);
  });

  it('is looked at again once its instance is in service', () => {
    expect(found(pooled('running', true))).toEqual([['node', id]]);
  });

  it('is a Node without an instance once the pool has let that go', () => {
    expect(found(pooled('terminated'))).toEqual([['node-without-instance', id]]);
  });
});
