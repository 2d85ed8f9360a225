import { expect, it } from 'vitest';
import { isOver, rehearseFleet, scaleIn } from '../../support/scenarios/departure.ts';
import { trace } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;

it('a node that may not be cordoned is asked about ever more rarely', { timeout }, async () => {
  const { scenario, leaver } = await rehearseFleet({
    terminateHook: { heartbeatTimeout: 3_600 },
    entry: { drain: { timeoutSeconds: 14_400, graceCapSeconds: 0 } },
  });
  scenario.plant(
    ({ target, functionName = '', mutating }) =>
      target === 'kubernetes' && mutating && functionName.endsWith('-cordon-node'),
    { kind: 'error', code: 'Forbidden', message: 'nodes are forbidden', status: 403 },
    { times: 9_999 },
  );
  await scaleIn(scenario, leaver);
  await isOver(scenario, 'node-drain');
  const looks = trace(scenario, 0, 'node-drain').filter((state) => state === 'EvictPods').length;
  expect(looks).toBeGreaterThan(20);
  expect(looks).toBeLessThan(150);
});
