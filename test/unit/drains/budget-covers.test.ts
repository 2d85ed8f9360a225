import { expect, it } from 'vitest';
import { budgetCovers } from '../../../src/drains/budget-covers.ts';
import type { Budget, LabelSelector } from '../../../src/drains/ports.ts';

const labels = { app: 'web', tier: 'front' };

function covers(selector: Partial<LabelSelector> | undefined, pod = { namespace: 'default', labels }): boolean {
  const whole = selector && { matchLabels: {}, matchExpressions: [], ...selector };
  const budget: Budget = {
    namespace: 'default',
    name: 'web',
    selector: whole,
    disruptionsAllowed: 1,
    currentHealthy: 2,
    desiredHealthy: 1,
    observedGenerationIsCurrent: true,
    unhealthyPodEvictionPolicy: 'IfHealthyBudget',
  };
  return budgetCovers(budget, pod);
}

const requires = (operator: string, ...values: string[]) => ({
  matchExpressions: [{ key: 'tier', operator, values }],
});

// The contract suite holds the same against a real API server.
it('a budget covers what its selector chooses, in its namespace', () => {
  expect(covers({ matchLabels: { app: 'web' } })).toBe(true);
  expect(covers({ matchLabels: { app: 'web' } }, { namespace: 'other', labels })).toBe(false);
  expect(covers({ matchLabels: { app: 'web' }, ...requires('In', 'back') })).toBe(false);
  expect(covers(requires('In', 'front', 'back'))).toBe(true);
  expect(covers(requires('NotIn', 'front'))).toBe(false);
  expect(covers(requires('Exists'))).toBe(true);
  expect(covers(requires('DoesNotExist'))).toBe(false);
});

it('a budget without a selector covers nothing, and one with an empty selector everything', () => {
  expect(covers(undefined)).toBe(false);
  expect(covers({})).toBe(true);
});

it('a requirement that nobody knows holds for nothing', () => {
  expect(covers(requires('Resembles', 'front'))).toBe(false);
});
