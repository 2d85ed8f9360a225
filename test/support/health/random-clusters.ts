import fc from 'fast-check';
import type { Observations, Seen } from '../../../src/health/observations.ts';
import type { HealthPolicy } from '../../../src/health/policy.ts';
import { aCluster, aCondition, anEtcd, aPolicy, type Fleet, minute, type Sickness, zones } from './observed.ts';

/** What may be wrong with a machine, each with since when, in minutes. */
const troubles: Readonly<Record<string, (since: number) => Sickness>> = {
  well: () => ({}),
  notReady: (since) => ({ conditions: [aCondition('Ready', 'False', since)] }),
  unknown: (since) => ({ conditions: [aCondition('Ready', 'Unknown', since)] }),
  silent: (since) => ({ node: { leaseRenewedAt: minute(since) } }),
  deadlock: (since) => ({ conditions: [aCondition('KernelDeadlock', 'True', since)] }),
  booted: (since) => ({ node: { bootId: 'boot-2' }, conditions: [aCondition('KernelDeadlock', 'True', since)] }),
  pressed: (since) => ({ conditions: [aCondition('DiskPressure', 'True', since)] }),
  host: (since) => ({ instance: { systemStatus: 'impaired', impairedSince: minute(since) } }),
  check: () => ({ instance: { instanceStatus: 'impaired' } }),
  neverJoined: (since) => ({ node: null, instance: { launchedAt: minute(since) } }),
  joining: (since) => ({ node: { joining: true }, instance: { launchedAt: minute(since) } }),
  gone: () => ({ instance: null }),
  terminated: () => ({ instance: { state: 'terminated' } }),
  stopped: (since) => ({ conditions: [aCondition('Ready', 'Unknown', since)], instance: { state: 'stopped' } }),
  leaving: () => ({ member: { lifecycleState: 'Terminating:Wait' } }),
  left: () => ({ node: null, member: { lifecycleState: 'Terminating:Proceed' } }),
  unhealthy: () => ({ member: { healthy: false } }),
  paused: (since) => ({ node: { paused: 'true' }, conditions: [aCondition('Ready', 'False', since)] }),
  owned: (since) => ({ node: { owner: 'somebody' }, conditions: [aCondition('Ready', 'False', since)] }),
  skewed: (since) => ({
    conditions: [aCondition('Ready', 'False', since + 10)],
    node: { leaseRenewedAt: minute(since + 10) },
  }),
};

const trouble = fc.oneof(
  { weight: 6, arbitrary: fc.constant('well') },
  { weight: 3, arbitrary: fc.constantFrom('notReady', 'unknown', 'host', 'deadlock') },
  { weight: 2, arbitrary: fc.constantFrom(...Object.keys(troubles)) },
);

/** One machine over time: what is wrong with it, and from when until when. */
const history = fc.array(
  fc.record({ what: trouble, from: fc.integer({ min: 0, max: 60 }), minutes: fc.integer({ min: 1, max: 45 }) }),
  {
    maxLength: 3,
  },
);

const role = fc.constantFrom('worker' as const, 'worker' as const, 'control-plane' as const);

const group = fc.record({
  role,
  machines: fc.array(history, { minLength: 1, maxLength: 13 }),
  min: fc.integer({ min: 0, max: 5 }),
  paused: fc.constantFrom(null, null, null, 'true'),
});

const span = fc.record({ from: fc.integer({ min: 0, max: 60 }), minutes: fc.integer({ min: 1, max: 10 }) });

const policy = fc
  .record({
    repair: fc.constantFrom('on', 'on', 'on', 'notify', 'off'),
    breaker: fc.record({
      perGroup: fc.constantFrom('20%', '50%', '5%'),
      smallGroup: fc.integer({ min: 1, max: 3 }),
      perZone: fc.constantFrom('50%', '100%'),
      perCluster: fc.constantFrom('20%', '40%', '100%'),
      coolDownMinutes: fc.constantFrom(0, 15),
    }),
    quietMinutes: fc.constantFrom(0, 5),
  })
  .map((changes): HealthPolicy => aPolicy(changes));

/** A cluster over an hour, as `seen(at)`. */
export interface RandomHour {
  readonly policy: HealthPolicy;
  readonly seen: (at: number) => Observations;
  /** What it was made of, for whoever reads of a failure. */
  readonly story: object;
  /** Whether the cord is pulled then. */
  readonly andon: (at: number) => boolean;
}

/** Hours in which nodes fall ill and mend, the API server goes and comes, parts are not seen, zones are left and cords are pulled. */
export const randomHours: fc.Arbitrary<RandomHour> = fc
  .record({
    policy,
    groups: fc.array(group, { minLength: 1, maxLength: 3 }),
    away: fc.option(span, { freq: 3 }),
    blind: fc.option(
      fc.record({ span, part: fc.constantFrom('nodes', 'instances', 'groups', 'etcd', 'zonalShifts') }),
      { freq: 3 },
    ),
    shift: fc.option(fc.record({ span, zone: fc.constantFrom(...zones) }), { freq: 4 }),
    cord: fc.option(span, { freq: 4 }),
    unwell: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 2 }),
  })
  .map((story) => {
    const { policy: ownPolicy, groups, away, blind, shift, cord, unwell } = story;
    const andon = (at: number) => cord !== null && isIn(cord, at);
    return {
      policy: ownPolicy,
      story: { groups, away, blind, shift, cord, unwell },
      andon,
      seen: (at) => {
        const fleets = Object.fromEntries(groups.map((one, index) => [`g${index}`, fleetAt(one, at)]));
        const members = unwell === null ? {} : { [unwell]: { healthy: false, problem: 'no answer' } };
        const whole = aCluster(fleets, at, {
          etcd: anEtcd('g0', 3, members)(),
          zonalShifts: {
            value: shift !== null && isIn(shift.span, at) ? [{ zone: shift.zone, why: 'autoshift' }] : [],
          },
          andon: { value: andon(at) ? { reason: 'drill', by: 'ann', since: minute(0) } : null },
        });
        const unseen: Seen<never> = { problem: 'not seen' };
        const apiServer = { reachable: false, ready: false, failingChecks: [], latencyMs: null, problem: 'refused' };
        return {
          ...whole,
          ...(blind !== null && isIn(blind.span, at) ? { [blind.part]: unseen } : {}),
          ...(away !== null && isIn(away, at) ? { apiServer, nodes: unseen } : {}),
        };
      },
    };
  });

function isIn({ from, minutes }: { readonly from: number; readonly minutes: number }, at: number): boolean {
  return at >= from && at < from + minutes;
}

/** Since when it has been so without a break: who falls ill again does so at another time. */
function beganAt<E extends { readonly from: number; readonly minutes: number }>(
  events: readonly E[],
  now: E,
  at: number,
): number {
  let began = at;
  while (began > 0 && events.find((one) => isIn(one, began - 1)) === now) began -= 1;
  return began;
}

function fleetAt(
  {
    role: ownRole,
    machines,
    min,
    paused,
  }: Pick<Fleet['group'] & object, 'role' | 'min' | 'paused'> & {
    readonly machines: readonly (readonly {
      readonly what: string;
      readonly from: number;
      readonly minutes: number;
    }[])[];
  },
  at: number,
): Fleet {
  const sick = machines.map((events, index) => {
    const now = events.find((one) => isIn(one, at));
    return [index + 1, now === undefined ? {} : troubles[now.what]?.(beganAt(events, now, at))] as const;
  });
  return {
    size: machines.length,
    group: { ...(ownRole === undefined ? {} : { role: ownRole }), min: min ?? 0, paused: paused ?? null },
    sick: Object.fromEntries(sick.map(([number, what]) => [number, what ?? {}])),
  };
}
