import { expect, it } from 'vitest';
import { aPlace } from '../../support/health/a-place.ts';
import { aCluster, aCondition } from '../../support/health/observed.ts';

const SIZE = 5000;
const away = { reachable: false, ready: false, failingChecks: [], latencyMs: null, problem: 'refused' };
/** Every third or so: 30 %. */
const silent = Array.from({ length: SIZE }, (_, index) => index + 1).filter((one) => one % 10 < 3);

/** 5,000 nodes whose API server is away for ten minutes; 30 % of them are not Ready since, as it has heard nothing of them. */
function seenAt(at: number) {
  const conditions = [aCondition('Ready', 'Unknown', 1)];
  const isAway = at >= 1 && at < 11;
  const sick = at < 11 ? {} : Object.fromEntries(silent.map((one) => [one, { conditions }]));
  return aCluster({ workers: { size: SIZE, sick } }, at, isAway ? { apiServer: away } : {});
}

it('an outage of the API server that leaves 30 % of 5,000 nodes not Ready has nobody replaced', {
  timeout: 120_000,
}, async () => {
  const { place, pass } = aPlace();
  const minutes = [0, 1, 2, 6, 10, 11, 12, 16, 17, 18, 22, 30, 60, 120];
  for (const at of minutes) {
    const outcome = await pass(seenAt, at);
    expect(outcome).toMatchObject({ outcome: 'done', started: [] });
  }

  const { decisions = [], breakers = [] } = place.document ?? {};
  const reasons = new Set(decisions.map((one) => (one.action === 'none' ? one.because : one.action)));
  expect([decisions.length, [...reasons]]).toEqual([silent.length, ['breaker']]);
  expect(breakers.filter(({ open }) => open).map(({ name, unhealthy }) => [name, unhealthy])).toEqual(
    expect.arrayContaining([
      ['cluster', silent.length],
      ['group workers', silent.length],
    ]),
  );
  expect(place.started).toEqual([]);
});
