import { expect, it } from 'vitest';
import type { WatchDocument } from '../../../src/images/watch-document.ts';
import { rehearseFleet } from '../../support/scenarios/departure.ts';
import { stored } from '../../support/scenarios/scenario.ts';
import { traces } from '../../support/scenarios/update.ts';

const PARAMETER = '/tender/images/demo';
const MINUTE = 60_000;
const long = process.env.TENDER_LONG !== undefined;

it.runIf(long)(
  'by policy auto a new image comes to all nodes of a group by itself, once, and what ran where is known',
  {
    timeout: 120_000,
  },
  async () => {
    const updates = {
      policy: 'off',
      bakeMinutes: 1,
      groups: { 'demo-workers': { policy: 'auto', source: { kind: 'parameter', name: PARAMETER } } },
    };
    const { scenario } = await rehearseFleet({ workers: 2, schedules: true, replaced: true, entry: { updates } });
    const { imageId } = await scenario.cluster.publishImage(2);
    await scenario.operate('ssm', 'PutParameter', { Name: PARAMETER, Type: 'String', Value: imageId });
    const report = () => {
      const document = stored(scenario, 'updates/').get('updates/demo/watch.json') as unknown as
        | WatchDocument
        | undefined;
      return document?.groups.find(({ groupName }) => groupName === 'demo-workers');
    };
    const isCurrent = () => report()?.verdict === 'current';
    await scenario.world.until('all nodes are current', isCurrent, 5 * 3_600_000);
    await scenario.world.advance(31 * MINUTE);

    expect(report()).toMatchObject({ verdict: 'current', launches: { version: '3', imageId }, outdated: 0 });
    expect(scenario.outcomes('os-update')).toEqual(['SUCCEEDED']);
    expect(traces(scenario, '3')).toEqual([]);
    const running = Object.values(
      stored(scenario, 'updates/demo/history/current.json').values().next().value?.nodes ?? {},
    );
    const ofWorkers = running.filter((one) => (one as { groupName: string }).groupName === 'demo-workers');
    expect(ofWorkers).toMatchObject([{ imageId }, { imageId }]);
  },
);
