import { describe, expect, it } from 'vitest';
import { callsOf, ownMachine, useHooks } from '../../support/scenarios/own-hooks.ts';
import { rehearseUpdate, traces, update, versionsOf } from '../../support/scenarios/update.ts';

describe('hooks of the user’s own around the waves of an update', { timeout: 120_000 }, () => {
  it('are run before and after each, once, and hold the next one when they fail, until it is resumed', async () => {
    const { scenario } = await rehearseUpdate();
    const tell = await ownMachine(scenario, 'tender-hook-tell');
    const refuse = await ownMachine(scenario, 'tender-hook-refuse', { fails: true });
    const around = [
      { name: 'tell', at: 'before-update-wave', run: tell },
      { name: 'judge', at: 'after-update-wave', run: refuse, onFailure: 'block' },
    ];
    await useHooks(scenario, around);

    await update(scenario);

    expect(scenario.outcomes('os-update')).toEqual(['FAILED UpdateStopped']);
    expect(scenario.deployment.executions('os-update')[0]?.run.outcome).toMatchObject({
      cause: expect.stringMatching(/the hook judge \(after-update-wave\) holds it: .*the cache is cold/),
    });
    expect(callsOf(scenario).map(({ point, detail }) => `${point} ${(detail as { wave: number }).wave}`)).toEqual([
      'before-update-wave 1',
      'after-update-wave 1',
    ]);
    expect(traces(scenario, '1')).toEqual([]);

    await useHooks(scenario, around.slice(0, 1));
    await update(scenario, { resume: true });

    expect(scenario.output('os-update', -1)).toMatchObject({ outcome: 'done', updated: 3 });
    expect(versionsOf(scenario)).toEqual(['2', '2', '2']);
    expect(
      callsOf(scenario)
        .slice(2)
        .map(({ point, detail }) => `${point} ${(detail as { wave: number }).wave}`),
    ).toEqual(['before-update-wave 2', 'before-update-wave 3']);
  });
});
