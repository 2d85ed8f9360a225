import { expect, it } from 'vitest';
import type { WatchDocument } from '../../../src/images/watch-document.ts';
import { rehearseFleet } from '../../support/scenarios/departure.ts';
import { NEWER, rebootMarks, runsOn, withAgent } from '../../support/scenarios/reboots.ts';
import { stored } from '../../support/scenarios/scenario.ts';

const MINUTE = 60_000;
const long = process.env.TENDER_LONG !== undefined;

it.runIf(long)(
  'by policy auto nodes that want a reboot get one by itself, one after the other, and each once',
  {
    timeout: 120_000,
  },
  async () => {
    const updates = { policy: 'off', bakeMinutes: 1, groups: { 'demo-workers': { policy: 'auto', way: 'in-place' } } };
    const entry = { updates, schedules: { updateWatchMinutes: 5 } };
    const { scenario, workers } = await rehearseFleet({ workers: 2, schedules: true, replaced: true, entry });
    for (const worker of workers) await withAgent(scenario, worker);
    const report = () => {
      const document = stored(scenario, 'updates/').get('updates/demo/watch.json') as unknown as
        | WatchDocument
        | undefined;
      return document?.groups.find(({ groupName }) => groupName === 'demo-workers');
    };
    const newer = `${NEWER.osImage}, ${NEWER.kernelVersion}`;
    const isDone = () => workers.every((one) => runsOn(scenario, one) === newer) && report()?.verdict === 'current';
    await scenario.world.until('all nodes are current', isDone, 5 * 3_600_000);
    await scenario.world.advance(20 * MINUTE);

    expect(report()).toMatchObject({ verdict: 'current', wanting: [] });
    expect(scenario.outcomes('os-update')).toEqual(['SUCCEEDED']);
    expect(scenario.outcomes('node-update')).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(workers.flatMap((one) => rebootMarks(scenario, one))).toEqual([]);
    // The first change is that they are there, and each reboot is one of its own.
    expect(stored(scenario, 'updates/demo/history/changes/').size).toBeGreaterThanOrEqual(3);
  },
);
