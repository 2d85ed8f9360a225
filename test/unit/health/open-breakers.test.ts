import { expect, it } from 'vitest';
import type { Memory } from '../../../src/health/memory.ts';
import { openBreakers } from '../../../src/health/open-breakers.ts';

const NOW = new Date('2026-03-02T09:00:00Z');
const seen = (minutesAgo: number) => ({
  at: new Date(NOW.getTime() - 60_000 * minutesAgo).toISOString(),
  memory: { breakers: { 'zone a': {}, 'image lt-1 2': {} } } as unknown as Memory,
});

it.each([
  ['just now', seen(0), 1, ['the breaker of zone a is open']],
  ['14 minutes ago, each minute', seen(14), 1, ['the breaker of zone a is open']],
  ['15 minutes ago, each minute', seen(15), 1, 'unknown'],
  ['half an hour ago, each half hour', seen(30), 30, ['the breaker of zone a is open']],
  ['90 minutes ago, each half hour', seen(90), 30, 'unknown'],
  ['never', undefined, 1, 'unknown'],
] as const)('the open breakers of a document that was written %s', (_, document, healthMinutes, open) => {
  expect(openBreakers(document, healthMinutes, NOW)).toEqual(open);
});
