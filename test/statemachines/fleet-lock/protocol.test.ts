import { describe, expect, it } from 'vitest';
import { conditionOfNode, guard, podsOn } from '../../support/scenarios/departure.ts';
import { ask, fleetLockResources, lockIdOf } from '../../support/scenarios/fleet-lock.ts';
import { rebootMarks, rehearseUpdate } from '../../support/scenarios/reboots.ts';
import { bootsOf, pullAndon } from '../../support/scenarios/repair.ts';
import type { ScenarioOptions } from '../../support/scenarios/scenario.ts';
import { pages } from '../../support/scenarios/scenario.ts';

const timeout = 240_000;
const pre = '/demo/v1/pre-reboot';
const steady = '/demo/v1/steady-state';

async function rehearse(options: ScenarioOptions = {}) {
  const moreResources = await fleetLockResources();
  // No passes: nobody looks for breakers, and so it is wanted.
  const entry = { schedules: { healthMinutes: 0 }, ...options.entry };
  const update = await rehearseUpdate({ ...options, entry, cloud: { ...options.cloud, moreResources } });
  return { ...update, id: lockIdOf(update.scenario, update.old) };
}

describe('FleetLock, as its protocol has it', { timeout }, () => {
  it('locks after the drain, tells whom it has told yes so again, and is unlocked by its owner', async () => {
    const { scenario, old, machine, workers, id } = await rehearse();
    const { world } = scenario;
    // Initialization: what is not held is given back.
    expect(await ask(scenario, { path: steady, id })).toMatchObject({ status: 200 });
    expect(await ask(scenario, { path: pre, id })).toEqual({
      status: 409,
      kind: 'failed_node_not_drained',
      value: 'its node is being emptied',
    });
    await scenario.untilState('DrainNode', 1, 'node-update');
    expect(await ask(scenario, { path: pre, id })).toMatchObject({ status: 409, kind: 'failed_node_not_drained' });
    const other = lockIdOf(scenario, workers[1] ?? old);
    expect(await ask(scenario, { path: pre, id: other })).toMatchObject({
      status: 409,
      kind: 'failed_lock_semaphore_full',
    });

    await scenario.untilState('CheckReboot', 1, 'node-update');
    expect(podsOn(scenario, old)).toEqual([]);
    // Recursive.
    for (let again = 0; again < 3; again += 1)
      expect(await ask(scenario, { path: pre, id })).toMatchObject({ status: 200 });
    // Owned: another one's unlocking changes nothing.
    expect(await ask(scenario, { path: steady, id: other })).toMatchObject({ status: 200 });
    expect(await ask(scenario, { path: pre, id })).toMatchObject({ status: 200 });

    machine.reboot();
    await world.until('it has booted', () => bootsOf(machine) === 2, 600_000);
    await world.advance(300_000);
    expect(conditionOfNode(scenario, old)).toBe('Ready, cordoned, excluded, owned');
    for (let again = 0; again < 2; again += 1)
      expect(await ask(scenario, { path: steady, id })).toMatchObject({ status: 200 });
    await scenario.comesToRest();
    expect(scenario.output('node-update')).toMatchObject({
      outcome: 'updated',
      way: 'lock',
      reason: 'update in place: FleetLock, group default',
    });
    expect([conditionOfNode(scenario, old), rebootMarks(scenario, old), scenario.leftovers(), pages(scenario)]).toEqual(
      ['Ready', [], [], []],
    );
  });

  it('is given back without a reboot, before and after it was granted', async () => {
    const { scenario, old, machine, id } = await rehearse();
    await ask(scenario, { path: pre, id });
    await scenario.untilState('DrainNode', 1, 'node-update');
    expect(await ask(scenario, { path: steady, id })).toMatchObject({ status: 200 });
    await scenario.comesToRest();
    await scenario.world.advance(600_000);
    await ask(scenario, { path: pre, id });
    await scenario.untilState('CheckReboot', 1, 'node-update');
    expect(await ask(scenario, { path: pre, id })).toMatchObject({ status: 200 });
    expect(await ask(scenario, { path: steady, id })).toMatchObject({ status: 200 });
    await scenario.comesToRest();
    expect(scenario.outcomes('node-update')).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(scenario.output('node-update')).toMatchObject({ outcome: 'left-alone' });
    expect([bootsOf(machine), conditionOfNode(scenario, old), rebootMarks(scenario, old)]).toEqual([1, 'Ready', []]);
    expect([scenario.leftovers(), scenario.sickInService(), pages(scenario)]).toEqual([[], [], []]);
  });

  it('says no in words and of a few kinds', async () => {
    const { scenario, id } = await rehearse();
    const of = async (question: Partial<Parameters<typeof ask>[1]>) => {
      const { status, kind, value } = await ask(scenario, { path: pre, id, ...question });
      expect(value).not.toBe('');
      return `${status} ${kind}`;
    };
    expect(await of({ headers: {} })).toBe('400 bad_request');
    expect(await of({ headers: { 'fleet-lock-protocol': 'false' } })).toBe('400 bad_request');
    expect(await of({ body: 'not JSON' })).toBe('400 bad_request');
    expect(await of({ body: '{}' })).toBe('400 bad_request');
    expect(await of({ id: '' })).toBe('400 bad_request');
    expect(await of({ group: 'no spaces' })).toBe('400 bad_request');
    expect(await of({ id: 'c988d2509fdf5cdcbed39037c56406fb' })).toBe('404 unknown_client');
    expect(await of({ path: '/other/v1/pre-reboot' })).toBe('404 unknown_cluster');
    expect(await of({ group: 'databases' })).toBe('403 wrong_group');
    await pullAndon(scenario);
    expect(await of({ group: 'workers' })).toBe('409 failed_stopped');
    // Other methods and paths are not there.
    expect(await ask(scenario, { path: pre, id, method: 'GET' })).toMatchObject({ status: 403 });
    expect(await ask(scenario, { path: '/demo/v1/other', id })).toMatchObject({ status: 403 });
    expect(await ask(scenario, { path: pre, id, from: 'outside' })).toMatchObject({ status: 403 });
    expect(scenario.outcomes('node-update')).toEqual([]);
  });

  it('grants nothing outside a window', async () => {
    const entry = { updates: { blackouts: [{ from: '2026-01-01', until: '2027-12-31' }] } };
    const { scenario, id } = await rehearse({ entry });
    const answer = await ask(scenario, { path: pre, id });
    expect(answer).toMatchObject({ status: 409, kind: 'failed_window_closed' });
    expect(answer.value).toContain('a blackout lasts until');
    expect(await ask(scenario, { path: steady, id })).toMatchObject({ status: 200 });
  });

  it('whose drain has outlasted its window is not granted: its node is put back, and nobody is called', async () => {
    // The world begins at nine.
    const windows = [{ start: '08:00', minutes: 75, timeZone: 'UTC' }];
    const { scenario, old, machine, id } = await rehearse({ entry: { updates: { windows } } });
    expect(await ask(scenario, { path: pre, id })).toMatchObject({ kind: 'failed_node_not_drained' });
    await scenario.untilState('CheckReboot', 1, 'node-update');
    await scenario.world.advance(20 * 60_000);
    expect(await ask(scenario, { path: pre, id })).toMatchObject({ status: 409, kind: 'failed_window_closed' });
    expect(await ask(scenario, { path: pre, id })).toMatchObject({ status: 409, kind: 'failed_node_busy' });
    await scenario.comesToRest();
    expect(scenario.output('node-update')).toMatchObject({ outcome: 'left-alone' });
    expect([bootsOf(machine), conditionOfNode(scenario, old), rebootMarks(scenario, old), pages(scenario)]).toEqual([
      1,
      'Ready',
      [],
      [],
    ]);
    expect(scenario.leftovers()).toEqual([]);
  });

  it('grants nothing where passes are due and none has looked', async () => {
    const { scenario, id } = await rehearse({ entry: { schedules: { healthMinutes: 1 } } });
    expect(await ask(scenario, { path: pre, id })).toMatchObject({ status: 503, kind: 'failed_unavailable' });
    expect(scenario.outcomes('node-update')).toEqual([]);
  });

  it('grants nothing while a budget keeps a pod, tells nobody by pager, and takes the next question for another try', async () => {
    const { scenario, old, id } = await rehearse();
    const loosen = guard(scenario, old);
    await ask(scenario, { path: pre, id });
    await scenario.comesToRest();
    expect(scenario.outcomes('node-update')).toEqual(['FAILED NodeNotUpdated']);
    expect([conditionOfNode(scenario, old), rebootMarks(scenario, old), pages(scenario)]).toEqual(['Ready', [], []]);
    loosen();
    expect(await ask(scenario, { path: pre, id })).toMatchObject({ kind: 'failed_node_not_drained' });
    await scenario.untilState('CheckReboot', 1, 'node-update');
    expect(await ask(scenario, { path: pre, id })).toMatchObject({ status: 200 });
  });

  it('is released by EC2 when its machine goes', async () => {
    const { scenario, old, id } = await rehearse({ entry: { reboots: { bootMinutes: 10 } } });
    await ask(scenario, { path: pre, id });
    await scenario.untilState('CheckReboot', 1, 'node-update');
    await scenario.operate('ec2', 'TerminateInstances', { InstanceIds: [old.instanceId] });
    await scenario.comesToRest();
    expect(scenario.output('node-update')).toMatchObject({ outcome: 'left-alone' });
    expect(scenario.leftovers()).toEqual([]);
  });
});
