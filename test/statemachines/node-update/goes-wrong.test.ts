import { describe, expect, it } from 'vitest';
import { leasesIn } from '../../../rehearsal/leftovers.ts';
import { conditionOfNode, guard, podsOn } from '../../support/scenarios/departure.ts';
import {
  annotate,
  NEWER,
  rebootMarks,
  rehearseUpdate,
  runsOn,
  startUpdate,
  update,
  withAgent,
} from '../../support/scenarios/reboots.ts';
import { bootsOf, keepUnhealthy, pullAndon } from '../../support/scenarios/repair.ts';
import { pages, trace } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;

describe('an update in place that goes wrong', { timeout }, () => {
  it('reboots nothing where a budget lets no pod go, and gives the node back', async () => {
    const { scenario, old, machine } = await rehearseUpdate();
    const agent = await withAgent(scenario, old);
    guard(scenario, old);

    await update(scenario, old);

    expect(scenario.outcomes('node-update')).toEqual(['FAILED NodeNotUpdated']);
    expect(scenario.cause('node-update')).toContain('default/guarded');
    expect(agent.conversation).not.toContain('coordinator: reboot-ok=true');
    await scenario.comesToRest();
    expect([bootsOf(machine), conditionOfNode(scenario, old), rebootMarks(scenario, old)]).toEqual([1, 'Ready', []]);
    expect([scenario.leftovers(), scenario.sickInService(), pages(scenario).length]).toEqual([[], [], 1]);
  });

  it('holds the next reboot while a node does not come back, and gives the node back once it does', async () => {
    const { scenario, old, machine, workers } = await rehearseUpdate({
      workers: 3,
      entry: { reboots: { bootMinutes: 5 } },
    });
    const next = workers[1] ?? old;
    await keepUnhealthy(scenario);
    startUpdate(scenario, old, { way: 'reboot' });
    await scenario.world.until('it boots', () => bootsOf(machine) === 2, 3_600_000);
    scenario.cloud.fleet.instances.hang(old.instanceId);
    await scenario.world.until(
      'it is given up',
      () => !scenario.outcomes('node-update').includes('running'),
      7_200_000,
    );
    expect(scenario.cause('node-update')).toContain('it has not come back from its reboot');

    // Nothing is put back while it is away, and nobody else goes.
    startUpdate(scenario, next, { way: 'reboot' });
    await scenario.untilState('WaitForTurn', 2, 'node-update');
    expect(leasesIn(scenario).map(({ instanceId }) => instanceId)).toEqual([old.instanceId]);
    expect(conditionOfNode(scenario, old)).toContain('cordoned, excluded, owned');

    await scenario.operate('ec2', 'RebootInstances', { InstanceIds: [old.instanceId] });
    await scenario.comesToRest();
    expect(scenario.outcomes('sweep-retire')).toEqual(['SUCCEEDED']);
    expect(scenario.outcomes('node-update')).toEqual(['FAILED NodeNotUpdated', 'SUCCEEDED']);
    expect([bootsOf(machine) > 1, conditionOfNode(scenario, old), rebootMarks(scenario, old)]).toEqual([
      true,
      'Ready',
      [],
    ]);
    expect([scenario.leftovers(), scenario.sickInService(), pages(scenario).length]).toEqual([[], [], 1]);
  });

  it('says so where the boot loader has gone back to the old version', async () => {
    const { scenario, old, machine } = await rehearseUpdate();
    const before = runsOn(scenario, old);
    await withAgent(scenario, old, { boots: false });
    await update(scenario, old);
    expect(scenario.cause('node-update')).toContain(`it booted what it had before: ${before}`);
    await scenario.comesToRest();
    expect([bootsOf(machine), conditionOfNode(scenario, old), rebootMarks(scenario, old)]).toEqual([2, 'Ready', []]);
    expect([scenario.leftovers(), scenario.sickInService(), pages(scenario).length]).toEqual([[], [], 1]);
  });

  it('neither empties nor reboots a node that somebody has booted while it waited for its turn', async () => {
    const { scenario, old, machine, workers } = await rehearseUpdate({ workers: 3 });
    machine.system.install(NEWER);
    const first = workers[1] ?? old;
    guard(scenario, first);
    startUpdate(scenario, first, { way: 'reboot' });
    await scenario.untilState('DrainNode', 1, 'node-update');
    startUpdate(scenario, old);
    await scenario.untilState('WaitForTurn', 1, 'node-update');
    machine.reboot();
    await scenario.comesToRest();
    expect(scenario.output('node-update', 1)).toMatchObject({ outcome: 'not-due', way: 'document' });
    expect(trace(scenario, 1, 'node-update')).not.toContain('DrainNode');
    expect([bootsOf(machine), conditionOfNode(scenario, old), scenario.leftovers()]).toEqual([2, 'Ready', []]);
  });

  it('leaves a node alone whose agent an administrator has paused', async () => {
    const { scenario, old, machine } = await rehearseUpdate();
    await withAgent(scenario, old);
    annotate(scenario, old.nodeName, { 'reboot-paused': 'true' });
    await update(scenario, old);
    expect(scenario.output('node-update')).toMatchObject({
      outcome: 'left-alone',
      remark: 'its annotation flatcar-linux-update.v1.flatcar-linux.net/reboot-paused is true',
    });
    expect([bootsOf(machine), conditionOfNode(scenario, old), scenario.leftovers()]).toEqual([1, 'Ready', []]);
  });

  it('takes leave back, and the cordon, where an agent does not reboot its node', async () => {
    const { scenario, old, machine } = await rehearseUpdate({ entry: { reboots: { bootMinutes: 5 } } });
    await withAgent(scenario, old, { deaf: true });
    await update(scenario, old);
    expect(scenario.cause('node-update')).toContain('its agent has not begun to reboot it');
    await scenario.comesToRest();
    expect([bootsOf(machine), conditionOfNode(scenario, old), rebootMarks(scenario, old)]).toEqual([1, 'Ready', []]);
    expect([scenario.leftovers(), scenario.sickInService(), pages(scenario).length]).toEqual([[], [], 1]);
  });

  it('takes an agent that starts anew for no reboot, and gives it leave again', async () => {
    const { scenario, old, machine } = await rehearseUpdate();
    const agent = await withAgent(scenario, old, { deaf: true });
    startUpdate(scenario, old);
    await scenario.untilState('WaitForNode', 1, 'node-update');
    agent.restart();
    agent.hears();
    await scenario.comesToRest();
    expect(scenario.output('node-update')).toMatchObject({ outcome: 'updated', to: { osImage: NEWER.osImage } });
    expect(trace(scenario, 0, 'node-update').filter((state) => state === 'BeginReboot')).toHaveLength(2);
    expect([bootsOf(machine), conditionOfNode(scenario, old), rebootMarks(scenario, old)]).toEqual([2, 'Ready', []]);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('stops before the reboot where somebody pulls the andon meanwhile, and gives the node back', async () => {
    const { scenario, old, machine } = await rehearseUpdate();
    await withAgent(scenario, old);
    startUpdate(scenario, old);
    await scenario.untilState('DrainNode', 1, 'node-update');
    await pullAndon(scenario);
    await scenario.comesToRest();
    expect(scenario.output('node-update')).toMatchObject({
      outcome: 'left-alone',
      remark: expect.stringContaining('the andon is on'),
    });
    expect([bootsOf(machine), conditionOfNode(scenario, old), rebootMarks(scenario, old)]).toEqual([1, 'Ready', []]);
    expect([scenario.leftovers(), scenario.sickInService(), pages(scenario)]).toEqual([[], [], []]);
  });

  it('keeps off a node that another coordinator works on', async () => {
    const { scenario, old } = await rehearseUpdate();
    await withAgent(scenario, old, { deaf: true });
    annotate(scenario, old.nodeName, { 'reboot-ok': 'true' });
    await update(scenario, old);
    expect(scenario.output('node-update')).toMatchObject({
      outcome: 'left-alone',
      remark: 'another coordinator is at work on it: FLUO’s update-operator has to be off',
    });
    expect(podsOn(scenario, old).length).toBeGreaterThan(0);
  });

  it('tells at once that a permission is missing for its place in the disruption budget', async () => {
    const { scenario, old, machine } = await rehearseUpdate();
    await withAgent(scenario, old);
    const fault = { kind: 'error', code: 'AccessDenied', message: 'You may not do PutObject', status: 403 } as const;
    scenario.plant(
      ({ operation, functionName = '' }) => operation === 'PutObject' && /take-lease$/.test(functionName),
      fault,
      { times: 1000 },
    );
    await update(scenario, old);
    await scenario.comesToRest();
    expect(scenario.outcomes('node-update')).toEqual(['FAILED NodeNotUpdated']);
    expect(pages(scenario).map(({ message }) => message)).toEqual([
      expect.stringMatching(/a permission is missing, so that Tender cannot take its place in the disruption budget: /),
    ]);
    expect([bootsOf(machine), conditionOfNode(scenario, old)]).toEqual([1, 'Ready']);
  });
});
