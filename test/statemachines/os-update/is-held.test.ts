import { describe, expect, it } from 'vitest';
import { isOver } from '../../support/scenarios/departure.ts';
import { pullAndon } from '../../support/scenarios/repair.ts';
import { pages, stored } from '../../support/scenarios/scenario.ts';
import {
  changeUpdates,
  rehearseUpdate,
  startUpdate,
  traces,
  update,
  versionsOf,
} from '../../support/scenarios/update.ts';

const timeout = 240_000;
/** `02:00` and so many minutes later, by the clock of the world. */
const clock = (now: number, minutes: number) => new Date(now + minutes * 60_000).toISOString().slice(11, 16);

describe('an update', { timeout }, () => {
  it('does not begin outside its window, unless a person says so, and says when that opens', async () => {
    const { scenario } = await rehearseUpdate({
      entry: { updates: { windows: [{ days: ['monday'], start: '02:00', minutes: 60, timeZone: 'Europe/Berlin' }] } },
    });
    await update(scenario);
    expect(scenario.cause('os-update')).toMatch(/closed: outside the windows.*opens.*With now: true it does not wait/s);
    expect([versionsOf(scenario), traces(scenario, '1')]).toEqual([['1', '1', '1'], []]);

    await update(scenario, { now: true });
    expect(scenario.output('os-update')).toMatchObject({ outcome: 'done', updated: 3 });
    expect(traces(scenario, '2')).toEqual([]);
  });

  it('that its window closes upon finishes what it has begun, puts everything back, and goes on where it was', async () => {
    const { scenario } = await rehearseUpdate({ workers: 4, entry: { updates: { bakeMinutes: 1 } } });
    const began = scenario.world.now();
    const start = clock(began, 0);
    await changeUpdates(scenario, { windows: [{ start, minutes: 22, timeZone: 'UTC' }] });
    await update(scenario);

    expect(scenario.output('os-update')).toMatchObject({ outcome: 'waiting' });
    const { updated } = scenario.output('os-update') as { updated: number };
    expect(updated).toBeGreaterThan(0);
    expect(updated).toBeLessThan(4);
    await scenario.comesToRest();
    // What has baked is what the group launches meanwhile.
    expect([traces(scenario, '2'), versionsOf(scenario).length, pages(scenario)]).toEqual([[], 4, []]);
    const record = [...stored(scenario, 'updates/demo/groups/').values()][0];
    expect(record).toMatchObject({ status: 'waiting', waitsFor: 'window', settled: true, wave: null });

    await scenario.world.advance(began + 24 * 3_600_000 + 60_000 - scenario.world.now());
    await update(scenario, { resume: true });
    await scenario.comesToRest();
    expect(versionsOf(scenario)).toEqual(['2', '2', '2', '2']);
    expect([traces(scenario, '2'), scenario.leftovers(), pages(scenario)]).toEqual([[], [], []]);
  });

  it('waits out a blackout that begins in the middle of it, and goes on in the first window after that', async () => {
    const { scenario } = await rehearseUpdate({ entry: { updates: { bakeMinutes: 1 } } });
    const minute = (minutes: number) => new Date(scenario.world.now() + minutes * 60_000).toISOString().slice(0, 16);
    const until = minute(180);
    await changeUpdates(scenario, { blackouts: [{ from: minute(21), until, timeZone: 'UTC' }] });
    await update(scenario);

    expect(scenario.output('os-update')).toMatchObject({ outcome: 'waiting' });
    await scenario.comesToRest();
    expect([traces(scenario, '2'), pages(scenario)]).toEqual([[], []]);
    await update(scenario, { resume: true });
    expect(scenario.cause('os-update', -1)).toMatch(/closed: a blackout lasts until/);

    await scenario.world.advance(Date.parse(`${until}Z`) + 60_000 - scenario.world.now());
    await update(scenario, { resume: true });
    await scenario.comesToRest();
    expect(versionsOf(scenario)).toEqual(['2', '2', '2']);
    expect([traces(scenario, '2'), scenario.leftovers(), pages(scenario)]).toEqual([[], [], []]);
  });

  it('in the night in which clocks skip the start of its window begins when they have skipped it', async () => {
    const { scenario } = await rehearseUpdate({
      packaged: true,
      // 02:20 in Berlin’s winter, forty minutes before clocks go on to summer, over the window’s 02:30.
      cloud: { startsAt: new Date('2026-03-29T00:20:00Z') },
      entry: {
        updates: {
          bakeMinutes: 1,
          windows: [{ days: ['sunday'], start: '02:30', minutes: 120, timeZone: 'Europe/Berlin' }],
        },
      },
    });
    await update(scenario);
    expect(scenario.cause('os-update')).toMatch(/opens 2026-03-29 03:00 Europe\/Berlin/);
    await scenario.world.advance(Date.parse('2026-03-29T01:00:05Z') - scenario.world.now());
    await update(scenario);

    expect(scenario.output('os-update')).toMatchObject({ outcome: 'done' });
    await scenario.comesToRest();
    expect([versionsOf(scenario), traces(scenario, '2')]).toEqual([['2', '2', '2'], []]);
  });

  it('stops when the andon is pulled, whatever it was about to do, and goes on when that is off', async () => {
    const { scenario } = await rehearseUpdate();
    startUpdate(scenario);
    const record = () => [...stored(scenario, 'updates/demo/groups/').values()][0];
    await scenario.world.until('the canary is launched', () => versionsOf(scenario).length === 4, 7_200_000);
    await pullAndon(scenario);
    await isOver(scenario, 'os-update');
    expect(scenario.output('os-update')).toMatchObject({ outcome: 'waiting' });
    expect(record()).toMatchObject({ waitsFor: 'andon', settled: true });
    await scenario.comesToRest();
    expect(traces(scenario, '1')).toEqual([]);
    expect(versionsOf(scenario)).toEqual(['1', '1', '1', '2']);

    await update(scenario, { resume: true });
    expect(scenario.cause('os-update', -1)).toMatch(/the andon is on since/);
    await scenario.operate('ssm', 'DeleteParameter', { Name: '/tender/andon' });
    await update(scenario, { resume: true });
    await scenario.comesToRest();
    expect(versionsOf(scenario)).toEqual(['2', '2', '2']);
    expect([traces(scenario, '2'), scenario.leftovers(), pages(scenario)]).toEqual([[], [], []]);
  });

  it('ends when its group is deleted while it waits, and wakes nobody: there is nothing to go on with', async () => {
    const { scenario } = await rehearseUpdate();
    startUpdate(scenario);
    await scenario.world.until('the canary is launched', () => versionsOf(scenario).length === 4, 7_200_000);
    await pullAndon(scenario);
    await isOver(scenario, 'os-update');
    expect(scenario.output('os-update')).toMatchObject({ outcome: 'waiting' });
    const AutoScalingGroupName = scenario.cluster.workersGroup;
    await scenario.operate('autoscaling', 'DeleteAutoScalingGroup', { AutoScalingGroupName, ForceDelete: true });
    await scenario.comesToRest();
    const before = pages(scenario).length;

    await update(scenario, { settle: true });
    await scenario.comesToRest();
    expect(scenario.output('os-update', -1)).toMatchObject({ outcome: 'settled', status: 'stopped' });
    expect([...stored(scenario, 'updates/demo/groups/').values()]).toMatchObject([
      { status: 'stopped', why: 'group demo-workers is gone', settled: true },
    ]);
    expect(pages(scenario).slice(before)).toEqual([]);
  });
});
