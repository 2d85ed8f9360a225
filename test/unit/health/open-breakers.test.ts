import { describe, expect, it } from 'vitest';
import type { BreakerState } from '../../../src/health/decision.ts';
import { openBreakers } from '../../../src/health/open-breakers.ts';

const NOW = new Date('2026-03-02T09:00:00Z');
const state = (name: string, more: Partial<BreakerState> = {}): BreakerState => ({
  name,
  open: true,
  over: true,
  unhealthy: 2,
  size: 4,
  limit: 1,
  openSince: null,
  stormAt: null,
  shift: null,
  closesAt: null,
  words: '2 of 4 unhealthy',
  ...more,
});
const seen = (minutesAgo: number, ...breakers: readonly BreakerState[]) => ({
  at: new Date(NOW.getTime() - 60_000 * minutesAgo).toISOString(),
  breakers,
});
const zone = state('zone a', { stormAt: '2026-03-02T08:59:00Z' });

it.each([
  ['just now', seen(0, zone), 1, ['the breaker of zone a is open: 2 of 4 unhealthy']],
  ['14 minutes ago, each minute', seen(14, zone), 1, ['the breaker of zone a is open: 2 of 4 unhealthy']],
  ['15 minutes ago, each minute', seen(15, zone), 1, 'unknown'],
  ['half an hour ago, each half hour', seen(30), 30, []],
  ['90 minutes ago, each half hour', seen(90), 30, 'unknown'],
  ['never', undefined, 1, 'unknown'],
] as const)('the open breakers of a document that was written %s', (_, document, healthMinutes, open) => {
  expect(openBreakers(document, 'all', healthMinutes, NOW)).toEqual(open);
});

describe('a breaker', () => {
  it.each<[string, BreakerState, boolean, boolean]>([
    ['of sick nodes', zone, true, true],
    ['that counts those that are out of service on purpose', state('group workers'), true, false],
    ['of a zonal shift', state('zone b', { over: false, shift: 'an autoshift' }), true, true],
    ['that is closed', state('cluster', { open: false, over: false }), false, false],
    ['of an image', state('image lt-1:2', { stormAt: '2026-03-02T08:59:00Z' }), false, false],
  ])('%s', (_, breaker, counts, isStorm) => {
    const open = (which: 'all' | 'storms') => openBreakers(seen(0, breaker), which, 1, NOW).length;
    expect([open('all'), open('storms')]).toEqual([Number(counts), Number(isStorm)]);
  });
});
