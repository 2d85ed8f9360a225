import type { BreakerState } from './decision.ts';
import type { Diagnosis } from './finding.ts';
import type { BreakerMemory } from './memory.ts';
import type { HealthPolicy } from './policy.ts';
import type { Pool } from './pools.ts';
import { seenOr } from './seen.ts';
import { minutesAfter } from './time.ts';

/** A percentage of so few says nothing. */
const SMALL = 5;

/** Every breaker, open or closed (S18). */
export function breakersOf(
  { observations }: Diagnosis,
  pools: readonly Pool[],
  { breaker }: HealthPolicy,
): readonly BreakerState[] {
  const { at, memory } = observations;
  const images = seenOr(observations.failedJoins, []).map(({ launchTemplate, inARow }) =>
    imageBreaker(launchTemplate, inARow, breaker.failedJoins, memory.breakers[`image ${launchTemplate}`], at),
  );
  const shifts = new Map(seenOr(observations.zonalShifts, []).map(({ zone, why }) => [`zone ${zone}`, why]));
  return [
    ...pools.map((pool) =>
      withShift(
        poolBreaker(pool, breaker, memory.breakers[pool.name], at),
        shifts.get(pool.name),
        memory.breakers[pool.name]?.openSince ?? at,
      ),
    ),
    ...images,
  ];
}

/**
 * How many of a pool may be unhealthy while anything in it is repaired: more of them are no pile of broken nodes, and something else is wrong. One always may.
 * A zone has its own share whatever its size: most of it together is the zone.
 */
export function limitOf({ name, size }: Pick<Pool, 'name' | 'size'>, breaker: HealthPolicy['breaker']): number {
  const part = (percentage: string) => Math.max(1, Math.floor((size * Number.parseInt(percentage, 10)) / 100));
  if (name.startsWith('zone ')) return part(breaker.perZone);
  if (size <= SMALL) return breaker.smallGroup;
  return part(name === 'cluster' ? breaker.perCluster : breaker.perGroup);
}

// Those that somebody disrupts hold repairs up as long as they are too many; those that are sick of themselves are a storm, and it cools down.
function poolBreaker(
  pool: Pool,
  breaker: HealthPolicy['breaker'],
  known: BreakerMemory | undefined,
  at: string,
): BreakerState {
  const { name, size, unhealthy, sick } = pool;
  const limit = limitOf(pool, breaker);
  const over = unhealthy > limit;
  const stormAt = sick > limit ? at : (known?.stormAt ?? null);
  const coolAt = stormAt === null ? null : minutesAfter(stormAt, breaker.coolDownMinutes);
  const open = over || (coolAt !== null && Date.parse(coolAt) > Date.parse(at));
  const where = name === 'cluster' ? 'the cluster' : name.replace(/^zone .*/, 'the zone');
  return {
    name,
    open,
    over,
    unhealthy,
    size,
    limit,
    openSince: open ? (known?.openSince ?? at) : null,
    stormAt: open ? stormAt : null,
    shift: null,
    closesAt: open && !over ? coolAt : null,
    words: `${unhealthy} of ${size} unhealthy in ${where}${open && !over ? `, which cools down until ${coolAt}` : ''}`,
  };
}

/** Whether it is open for a zonal shift alone: whoever shifts knows of that. That the zone's own nodes fail meanwhile he may not know. */
export function isShiftedOnly({ shift, over, stormAt }: Pick<BreakerState, 'shift' | 'over' | 'stormAt'>): boolean {
  // Documents of earlier versions have none.
  return Boolean(shift) && !over && stormAt === null;
}

/** Whoever leads traffic away from a zone knows more of it than its nodes show. */
function withShift(state: BreakerState, shift: string | undefined, openSince: string): BreakerState {
  if (shift === undefined) return state;
  const zone = state.name.slice('zone '.length);
  const counted = state.unhealthy > 0 ? `; ${state.words}` : '';
  const words = `zonal shift away from ${zone} (${shift})${counted}`;
  return { ...state, open: true, openSince, shift, closesAt: null, words };
}

function imageBreaker(
  launchTemplate: string,
  failed: number,
  limit: number,
  known: BreakerMemory | undefined,
  at: string,
): BreakerState {
  const open = failed >= limit;
  return {
    name: `image ${launchTemplate}`,
    open,
    over: open,
    unhealthy: failed,
    size: failed,
    limit: limit - 1,
    openSince: open ? (known?.openSince ?? at) : null,
    stormAt: null,
    shift: null,
    closesAt: null,
    words: `the last ${failed} instances of ${launchTemplate} did not join`,
  };
}
