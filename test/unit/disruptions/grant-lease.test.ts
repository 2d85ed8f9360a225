import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetOf } from '../../../src/disruptions/budget-of.ts';
import { grantLease } from '../../../src/disruptions/grant-lease.ts';
import { outOfService } from '../../../src/disruptions/out-of-service.ts';
import type { Budget, Group, Lease } from '../../../src/disruptions/ports.ts';
import { aGroup, aLease, aMember, withStates } from './builders.ts';

const anyBudget = fc.oneof(
  fc.integer({ min: 1, max: 30 }),
  fc.integer({ min: 1, max: 100 }).map((percent) => `${percent}%`),
);

describe('a budget', () => {
  it.each([
    [1, 10, 1],
    [3, 10, 3],
    ['10%', 9, 1],
    ['10%', 29, 2],
    ['100%', 10, 9],
    ['50%', 2, 1],
    [5, 2, 1],
    [5, 1, 1],
    ['10%', 0, 1],
  ] as const)('of %s of %i is %i', (limit, size, allowed) => {
    expect(budgetOf(limit, size)).toBe(allowed);
  });

  it('always lets one go, and never all of two or more', () => {
    fc.assert(
      fc.property(anyBudget, fc.integer({ min: 0, max: 2000 }), (limit, size) => {
        const allowed = budgetOf(limit, size);
        expect(allowed).toBeGreaterThanOrEqual(1);
        if (size >= 2) expect(allowed).toBeLessThan(size);
      }),
    );
  });
});

describe('what is out of service in a group', () => {
  const used = (group: Group, leases: readonly Lease[] = []) => outOfService(group, leases).used;

  it('is nothing when all serve', () => {
    expect(used(aGroup(5))).toBe(0);
  });

  it('is a leased member, once, through all of its states until its replacement serves', () => {
    const lease = [aLease('workers-1')];
    expect(used(aGroup(5), lease)).toBe(1);
    expect(used(withStates(aGroup(5), { 'workers-1': 'Terminating:Wait' }), lease)).toBe(1);
    const gone = withStates(aGroup(5), { 'workers-1': undefined });
    expect(used(gone, lease)).toBe(1);
    expect(used(gone)).toBe(1);
    expect(used({ ...gone, members: [...gone.members, aMember('workers-6', 'Pending:Wait')] })).toBe(1);
    expect(used({ ...gone, members: [...gone.members, aMember('workers-6')] })).toBe(0);
  });

  it('is a member that leaves by a hook without a lease, also where its replacement serves already', () => {
    const leaving = withStates(aGroup(5), { 'workers-1': 'Terminating:Wait' });
    expect(used(leaving)).toBe(1);
    expect(used({ ...leaving, members: [...leaving.members, aMember('workers-6')] })).toBe(1);
    expect(used({ ...leaving, desiredCapacity: 4 })).toBe(1);
  });

  it('is a member that Auto Scaling found unhealthy, and one in standby', () => {
    const [first, ...others] = aGroup(5).members;
    expect(used({ ...aGroup(5), members: [{ ...aMember(first?.instanceId ?? ''), healthy: false }, ...others] })).toBe(
      1,
    );
    expect(used(withStates(aGroup(5), { 'workers-1': 'Standby' }))).toBe(1);
  });

  it('is as many as EKS takes out at a time while it rolls the group, or as leave and are missing, whichever is more', () => {
    const rolled = { ...aGroup(5), takenByEks: 2 };
    expect(used(rolled)).toBe(2);
    expect(used(rolled, [aLease('workers-1')])).toBe(3);
    expect(used({ ...withStates(rolled, { 'workers-1': 'Terminating:Wait' }), takenByEks: 2 })).toBe(2);
    expect(used({ ...rolled, desiredCapacity: 8 })).toBe(3);
  });

  it('is not an instance that a retention policy keeps, once its replacement serves', () => {
    const kept = withStates(aGroup(5), { 'workers-1': 'Terminating:Retained' });
    expect(used(kept)).toBe(1);
    expect(used({ ...kept, members: [...kept.members, aMember('workers-6')] })).toBe(0);
  });

  it('is not the capacity that was added to launch a replacement first', () => {
    const lease = aLease('workers-1', { surge: { desiredBefore: 5, at: '2026-03-01T12:00:00.000Z' } });
    expect(outOfService(aGroup(5, { desiredCapacity: 6 }), [lease])).toMatchObject({ used: 1, missing: 0, size: 5 });
  });
});

describe('a voluntary disruption', () => {
  const budgets = { perGroup: 1, perCluster: '100%' };
  const ask = (
    instanceId: string,
    leases: readonly Lease[],
    groups = [aGroup(5)],
    limits: { perGroup: Budget; perCluster: Budget } = budgets,
    groupName = 'workers',
  ) => grantLease({ leases }, aLease(instanceId, { groupName }), groups, limits);

  it('may begin when all serve, and says what is used', () => {
    expect(ask('workers-1', [])).toEqual({
      granted: true,
      why: 'group workers: 1 of at most 1; the cluster: 1 of at most 4',
      ledger: { leases: [aLease('workers-1')] },
    });
  });

  it('waits while another holds the budget of its group, and says who', () => {
    expect(ask('workers-2', [aLease('workers-1')])).toEqual({
      granted: false,
      why:
        'group workers may have 1 of 5 nodes out of service and has 1: workers-1 (scheduled-maintenance, node-retire:workers-1, ' +
        'since 2026-03-01T12:00:00.000Z)',
    });
  });

  it('waits for a member that leaves by a hook, and for a replacement that does not serve yet', () => {
    expect(ask('workers-2', [], [withStates(aGroup(5), { 'workers-1': 'Terminating:Wait' })])).toMatchObject({
      granted: false,
      why: expect.stringContaining('has 1: workers-1 (Terminating:Wait)'),
    });
    expect(ask('workers-2', [], [aGroup(5, { desiredCapacity: 6 })])).toMatchObject({
      granted: false,
      why: expect.stringContaining('has 1: 1 not in service yet'),
    });
  });

  it('waits for involuntary ones', () => {
    expect(ask('workers-2', [aLease('workers-1', { voluntary: false })]).granted).toBe(false);
  });

  it('waits for the budget of the cluster, over all groups', () => {
    const groups = ['a', 'b', 'c'].map((name) => aGroup(5, { name }));
    const leases = [aLease('a-1', { groupName: 'a' })];
    const limits = { perGroup: 1, perCluster: '10%' };
    expect(ask('b-1', leases, groups, limits, 'b')).toMatchObject({
      granted: false,
      why: expect.stringMatching(/^the cluster may have 1 of 15 nodes out of service and has 1: a-1 /),
    });
    expect(ask('b-1', leases, groups, { ...limits, perCluster: 2 }, 'b').granted).toBe(true);
  });

  it('of the control plane waits for any other control-plane or etcd node, whichever group it is in', () => {
    const zones = ['a', 'b'].map((zone) => aGroup(1, { name: `masters-${zone}`, role: 'control-plane' }));
    const groups = [...zones, aGroup(1, { name: 'etcd-c', role: 'etcd' }), aGroup(50)];
    const leases = [aLease('etcd-c-1', { groupName: 'etcd-c' })];
    const limits = { perGroup: 1, perCluster: 10 };
    expect(ask('masters-a-1', leases, groups, limits, 'masters-a')).toMatchObject({
      granted: false,
      why: expect.stringMatching(/^the control plane may have 1 of 3/),
    });
    expect(ask('workers-1', leases, groups, limits).granted).toBe(true);
  });

  it('of a node that is out of service anyway costs nothing, however much is used', () => {
    const leaving = withStates(aGroup(5), { 'workers-1': 'Terminating:Wait', 'workers-2': 'Terminating:Wait' });
    expect(ask('workers-1', [], [leaving])).toMatchObject({
      granted: true,
      why: 'workers-1 is out of service already',
    });
  });

  it('of an instance in no group is one at a time', () => {
    const alone = { groupName: '' };
    expect(ask('i-1', [], [aGroup(20)], budgets, '').granted).toBe(true);
    expect(ask('i-2', [aLease('i-1', alone)], [aGroup(20)], budgets, '')).toMatchObject({
      granted: false,
      why: expect.stringMatching(/^instances in no group may have 1/),
    });
  });

  it('names at most five holders', () => {
    const leases = Array.from({ length: 8 }, (_, index) => aLease(`workers-${index + 1}`));
    const beside = ask('workers-1', [], [{ ...aGroup(5), takenByEks: 1 }], { perGroup: 1, perCluster: 2 });
    expect(beside.why).toBe(
      'group workers may have 1 of 5 nodes out of service and has 1: 1 that EKS empties, since it rolls a node group',
    );
    const refused = ask('workers-9', leases, [aGroup(20)], { perGroup: 8, perCluster: 8 });
    expect(refused.why).toContain(', 3 more');
    expect(refused.why).not.toContain('workers-6');
  });
});

describe('grants, whatever the world looks like', () => {
  const states = ['InService', 'InService', 'InService', 'Pending:Wait', 'Terminating:Wait', 'Standby'];
  const anyGroup = (name: string) =>
    fc
      .record({
        states: fc.array(fc.constantFrom(...states), { minLength: 1, maxLength: 12 }),
        more: fc.integer({ min: -2, max: 2 }),
        leased: fc.array(fc.boolean(), { maxLength: 12 }),
      })
      .map(({ states: ofMembers, more, leased }) => ({
        group: aGroup(0, {
          name,
          desiredCapacity: Math.max(0, ofMembers.length + more),
          members: ofMembers.map((state, index) => aMember(`${name}-${index + 1}`, state)),
        }),
        leases: leased.flatMap((held, index) => (held ? [aLease(`${name}-${index + 1}`, { groupName: name })] : [])),
      }));
  const anyWorld = fc
    .record({ a: anyGroup('a'), b: anyGroup('b'), perGroup: anyBudget, perCluster: anyBudget, which: fc.nat(11) })
    .map(({ a, b, perGroup, perCluster, which }) => ({
      groups: [a.group, b.group],
      leases: [...a.leases, ...b.leases],
      budgets: { perGroup, perCluster },
      wanted: aLease(a.group.members[which % a.group.members.length]?.instanceId ?? '', { groupName: 'a' }),
    }));
  const usedOf = (groups: readonly Group[], leases: readonly Lease[]) =>
    groups
      .map((group) => outOfService(group, leases))
      .reduce((total, { used, size }) => ({ used: total.used + used, size: total.size + size }), { used: 0, size: 0 });

  it('never bring anything over its budget', () => {
    fc.assert(
      fc.property(anyWorld, ({ groups, leases, budgets, wanted }) => {
        const verdict = grantLease({ leases }, wanted, groups, budgets);
        if (!verdict.granted) return;
        for (const [pool, limit] of [
          [groups.slice(0, 1), budgets.perGroup],
          [groups, budgets.perCluster],
        ] as const) {
          const before = usedOf(pool, leases);
          const after = usedOf(pool, verdict.ledger.leases);
          expect(after.used).toBeLessThanOrEqual(Math.max(before.used, budgetOf(limit, after.size)));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('never come while more is out of service than its budget, unless the node itself is', () => {
    fc.assert(
      fc.property(anyWorld, ({ groups, leases, budgets, wanted }) => {
        const { used, size } = usedOf(groups.slice(0, 1), leases);
        const verdict = grantLease({ leases }, wanted, groups, budgets);
        if (used > budgetOf(budgets.perGroup, size))
          expect(verdict.granted && !/already/.test(verdict.why)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('always come where nothing is out of service', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        anyBudget,
        anyBudget,
        (a, b, perGroup, perCluster) => {
          const groups = [aGroup(a, { name: 'a' }), aGroup(b, { name: 'b' })];
          const wanted = aLease('a-1', { groupName: 'a' });
          expect(grantLease({ leases: [] }, wanted, groups, { perGroup, perCluster }).granted).toBe(true);
        },
      ),
    );
  });
});
