import { expect, it } from 'vitest';
import { statusOfHealth } from '../../../cli/health/status-of-health.ts';
import type { BreakerState } from '../../../src/health/decision.ts';

const at = '2026-03-01T12:00:00.000Z';
const apiServer = { reachable: true, ready: true } as Parameters<typeof statusOfHealth>[0]['apiServer'];
const ofZone = (changes: Partial<BreakerState>): BreakerState => ({
  name: 'zone us-east-1a',
  open: true,
  over: false,
  unhealthy: 0,
  size: 4,
  limit: 2,
  openSince: at,
  stormAt: null,
  shift: 'target group demo',
  closesAt: null,
  words: '',
  ...changes,
});

it.each<[string, BreakerState[], number]>([
  ['well: no breaker is open', [ofZone({ open: false, shift: null })], 0],
  ['well: a zone that traffic is led away from', [ofZone({})], 0],
  ['well: one node of it is sick beside', [ofZone({ unhealthy: 1 })], 0],
  ['a person: the zone that traffic is led away from fails', [ofZone({ unhealthy: 3, over: true, stormAt: at })], 2],
  ['a person: it failed a moment ago', [ofZone({ unhealthy: 1, stormAt: at })], 2],
  ['a person: a zone fails', [ofZone({ shift: null, over: true })], 2],
])('a shell is told %s', (_, breakers, status) => {
  const document = { at, apiServer, andon: null, findings: [], decisions: [], breakers };
  expect(statusOfHealth(document, new Date(at))).toBe(status);
});
