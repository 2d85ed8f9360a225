import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetCovers } from '../../../src/drains/budget-covers.ts';
import { nextEvictionBatch } from '../../../src/drains/next-eviction-batch.ts';
import { aBudget, aDrainPod, aTightBudget, somePods } from '../../support/drains/healthy.ts';

const names = (pods: readonly { readonly name: string }[]) => pods.map(({ name }) => name);

describe('the next wave', () => {
  it('takes as many pods as the budget allows now, and names each that it keeps, with the budget and what it allows', () => {
    const { pods, blocked } = nextEvictionBatch(somePods(3), [aBudget({ disruptionsAllowed: 2 })]);
    expect(names(pods)).toEqual(['web-1', 'web-2']);
    expect(blocked).toEqual([
      {
        pod: 'shop/web-3',
        budget: 'shop/web',
        disruptionsAllowed: 2,
        why: 'PodDisruptionBudget shop/web allows 2 disruptions (3 healthy, 2 wanted)',
      },
    ]);
  });

  it('takes no more than 50 pods, however many may go', () => {
    expect(nextEvictionBatch(somePods(120), []).pods).toHaveLength(50);
  });

  it('leaves a pod that two budgets cover, and names both', () => {
    const { pods, blocked } = nextEvictionBatch(somePods(1), [aBudget(), aBudget({ name: 'all' })]);
    expect(pods).toEqual([]);
    expect(blocked[0]).toMatchObject({ pod: 'shop/web-1', budget: 'shop/web, shop/all' });
    expect(blocked[0]?.why).toContain('more than one PodDisruptionBudget');
  });

  it('takes a pod that has not begun although two budgets cover it: the API server asks neither', () => {
    const budgets = [aTightBudget(), aTightBudget({ name: 'all' })];
    expect(names(nextEvictionBatch([aDrainPod({ phase: 'Pending' })], budgets).pods)).toEqual(['web-1']);
  });

  it('asks nothing under a budget whose controller has not seen its last change, and says that rather than a number', () => {
    const { pods, blocked } = nextEvictionBatch(somePods(1), [
      aBudget({ disruptionsAllowed: 3, observedGenerationIsCurrent: false }),
    ]);
    expect(pods).toEqual([]);
    expect(blocked[0]).toMatchObject({ disruptionsAllowed: 0, why: expect.stringContaining('has changed') });
  });

  it('lets a pod go that is not ready while the others suffice, or where its budget always allows it', () => {
    const sick = [aDrainPod({ ready: false })];
    expect(nextEvictionBatch(sick, [aTightBudget()]).pods).toHaveLength(1);
    const missing = aTightBudget({ currentHealthy: 1 });
    expect(nextEvictionBatch(sick, [missing]).pods).toHaveLength(0);
    expect(nextEvictionBatch(sick, [{ ...missing, unhealthyPodEvictionPolicy: 'AlwaysAllow' }]).pods).toHaveLength(1);
    expect(nextEvictionBatch(sick, [aTightBudget({ currentHealthy: 0, desiredHealthy: 0 })]).pods).toHaveLength(0);
  });

  it('does not count a budget of another namespace', () => {
    expect(nextEvictionBatch(somePods(1), [aTightBudget({ namespace: 'other' })]).pods).toHaveLength(1);
  });
});

const apps = fc.constantFrom('web', 'api', 'db');
const worlds = fc.record({
  pods: fc.array(
    fc.record({ app: apps, ready: fc.boolean(), phase: fc.constantFrom('Running', 'Pending', 'Unknown') }),
  ),
  budgets: fc.array(
    fc.record({
      app: apps,
      disruptionsAllowed: fc.integer({ min: -1, max: 4 }),
      currentHealthy: fc.nat(5),
      desiredHealthy: fc.nat(5),
      observedGenerationIsCurrent: fc.boolean(),
    }),
    { maxLength: 4 },
  ),
});

it('law: a wave never takes more ready pods from a budget than it allows, never one that two cover, and names all that it leaves', () => {
  fc.assert(
    fc.property(worlds, ({ pods: some, budgets: limits }) => {
      const pods = some.map(({ app, ...pod }, index) => aDrainPod({ name: `pod-${index}`, labels: { app }, ...pod }));
      const budgets = limits.map(({ app, ...budget }, index) =>
        aBudget({ name: `budget-${index}`, selector: { matchLabels: { app }, matchExpressions: [] }, ...budget }),
      );
      const wave = nextEvictionBatch(pods, budgets);
      const counted = wave.pods.filter(({ ready, phase }) => ready && phase !== 'Pending');
      for (const budget of budgets) {
        const allowed = budget.observedGenerationIsCurrent ? Math.max(0, budget.disruptionsAllowed) : 0;
        expect(counted.filter((pod) => budgetCovers(budget, pod)).length).toBeLessThanOrEqual(allowed);
      }
      for (const pod of counted)
        expect(budgets.filter((budget) => budgetCovers(budget, pod)).length).toBeLessThanOrEqual(1);
      const named = new Set(wave.blocked.map(({ pod }) => pod));
      expect(named.size + wave.pods.length).toBe(Math.min(pods.length, 50 + named.size));
      expect(wave.pods.some(({ namespace, name }) => named.has(`${namespace}/${name}`))).toBe(false);
    }),
  );
});
