import { describe, expect, it } from 'vitest';
import { flapKubelet } from '../../../simulator/instances/flap-kubelet.ts';
import { conditionOfNode, eventsOf, guard, podsOn } from '../../support/scenarios/departure.ts';
import {
  bootsOf,
  keepUnhealthy,
  pullAndon,
  rehearseSickness,
  repair,
  startRepair,
  untilReady,
} from '../../support/scenarios/repair.ts';
import { lifecycleState, pages, stored, trace } from '../../support/scenarios/scenario.ts';

const timeout = 240_000;
const long = process.env.TENDER_LONG !== undefined;
/** Each rung in turn, as `restart: why`. */
const rungsOf = (output: Record<string, unknown>) =>
  (output.rungs as { rung: string; outcome: string }[]).map(({ rung, outcome }) => `${rung}: ${outcome}`);

describe('the ladder', { timeout }, () => {
  it('is climbed to its end: a kubelet that dies again and again is restarted, rebooted, and replaced', async () => {
    const { scenario, sick, machine } = await rehearseSickness({
      replaced: true,
      entry: { health: { rungMinutes: { restart: 2, reboot: 4 } } },
    });
    machine.systemctl('stop', 'kubelet');
    // Whatever starts it, it does not stay.
    const dies = () => {
      if (machine.up && !machine.inactiveUnits().includes('kubelet')) machine.systemctl('stop', 'kubelet');
      if (scenario.cluster.inService().includes(sick.instanceId))
        scenario.world.afterInBackground(4_000, 'the kubelet dies again', dies);
    };
    dies();
    await untilReady(scenario, sick, false);

    await repair(scenario, sick, { signal: 'Unknown' });

    expect(rungsOf(scenario.output('node-repair'))).toEqual([
      expect.stringMatching(/^restart: Ready is (Unknown|False)/),
      expect.stringMatching(/^reboot: Ready is (Unknown|False)/),
      'replace: replaced',
    ]);
    const seconds = (scenario.output('node-repair').rungs as { seconds: number }[]).map((one) => one.seconds);
    // Each rung has the time that the policy gives it, and no more.
    expect(seconds[0]).toBeGreaterThanOrEqual(120);
    expect(seconds[0]).toBeLessThan(150);
    expect(seconds[1]).toBeGreaterThanOrEqual(240);
    expect(seconds[1]).toBeLessThan(280);
    await scenario.comesToRest();
    expect(lifecycleState(scenario, sick.instanceId)).toBeUndefined();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('ends with a page that says what each rung did, and the node is as it was', async () => {
    const { scenario, sick } = await rehearseSickness({
      entry: { health: { rungMinutes: { restart: 1, reboot: 2, replace: 5 } } },
    });
    scenario.cloud.fleet.instances.hang(sick.instanceId, 'hardware');
    await keepUnhealthy(scenario);
    await untilReady(scenario, sick, false);

    await repair(scenario, sick, { signal: 'Unknown', ladder: ['restart', 'reboot', 'page'] });

    expect(scenario.outcomes('node-repair')).toEqual(['FAILED NodeNotRepaired']);
    await scenario.comesToRest();
    expect(pages(scenario)).toHaveLength(1);
    expect(pages(scenario)[0]?.message).toMatch(
      /repair: Unknown: Ready is Unknown [\s\S]*Tender: tried restart \(0 s\): left out: its SSM agent does not answer; reboot \(\d+ s\): it has not booted again yet/,
    );
    expect(eventsOf(scenario, sick).join()).toContain('RepairFailed: Tender’s reboot did not mend the node');
    expect([scenario.leftovers(), conditionOfNode(scenario, sick)]).toEqual([[], 'NotReady']);
    expect(stored(scenario, 'claims/').size).toBe(0);
  });

  it('begins with nothing for a node that is well, is only told by a dry run, and is climbed from where a person says', async () => {
    const { scenario, sick, machine } = await rehearseSickness();
    await repair(scenario, sick);
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended', rung: '', rungs: [] });
    expect(trace(scenario, -1, 'node-repair')).toEqual([
      'ReadInput',
      'PlanRepair',
      'WhatIsPlanned',
      'IsAnythingToBePutBack',
      'IsAPersonNeeded',
      'NodeMended',
    ]);

    machine.systemctl('stop', 'kubelet');
    await untilReady(scenario, sick, false);
    await repair(scenario, sick, { signal: 'Unknown', plan: true });
    expect(scenario.output('node-repair')).toMatchObject({
      outcome: 'planned',
      next: 'restart',
      rungs: ['restart', 'reboot', 'replace', 'page'],
    });
    const pause = (paused: string) =>
      scenario.cluster.kubernetes.store.change('nodes', sick.nodeName, undefined, (node) => {
        node.metadata.annotations = { ...node.metadata.annotations, 'tender.sh/paused': paused };
      });
    pause('true');
    await repair(scenario, sick, { signal: 'Unknown' });
    expect(scenario.output('node-repair')).toMatchObject({
      outcome: 'stopped',
      remark: 'it is paused by its annotation tender.sh/paused: true',
      rungs: [],
    });
    await scenario.world.advance(60_000);
    expect([conditionOfNode(scenario, sick), machine.inactiveUnits(), bootsOf(machine)]).toEqual([
      'NotReady',
      ['kubelet'],
      1,
    ]);
    expect(stored(scenario, 'disruptions/').size).toBe(0);

    pause('false');
    await repair(scenario, sick, { from: 'reboot', reason: 'ann asked for it' });
    expect(rungsOf(scenario.output('node-repair'))).toEqual(['reboot: mended']);
    expect(scenario.output('node-repair')).toMatchObject({ reason: 'repair: ann asked for it' });
    expect(bootsOf(machine)).toBe(2);
  });
});

describe('a condition that latches', { timeout }, () => {
  it('and is older than the boot is ignored after a reboot', async () => {
    const { scenario, sick, machine } = await rehearseSickness();
    scenario.cluster.kubernetes.problems.latch(sick.nodeName, { type: 'KernelDeadlock', afterReboot: 'stale' });
    await scenario.world.advance(5_000);
    await repair(scenario, sick, { signal: 'KernelDeadlock', ladder: ['reboot', 'replace', 'page'] });
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended', rung: 'reboot' });
    expect([conditionOfNode(scenario, sick), bootsOf(machine)]).toEqual(['Ready', 2]);
    await scenario.comesToRest();
    expect([scenario.leftovers(), scenario.sickInService(), pages(scenario)]).toEqual([[], [], []]);
  });
});

describe('a node that flaps', { timeout }, () => {
  it.runIf(long)('is not mended by being Ready for a moment, and is replaced', async () => {
    const { scenario, sick, machine } = await rehearseSickness({ replaced: true });
    flapKubelet(machine, { downMs: 90_000, upMs: 100_000 });
    await untilReady(scenario, sick, false);
    await untilReady(scenario, sick, true);
    await repair(scenario, sick, { signal: 'Flapping', ladder: ['reboot', 'replace', 'page'] });
    expect(rungsOf(scenario.output('node-repair'))).toEqual([expect.stringMatching(/^reboot: /), 'replace: replaced']);
    await scenario.comesToRest();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });
});

describe('somebody who says stop', { timeout }, () => {
  it('by the andon, in the middle: the rung that is under way ends, the next is not taken, and all is put back', async () => {
    const { scenario, sick, machine } = await rehearseSickness();
    machine.systemctl('stop', 'kubelet');
    await untilReady(scenario, sick, false);
    scenario.cloud.fleet.instances.impair(sick.instanceId);
    await keepUnhealthy(scenario);
    startRepair(
      scenario,
      { instanceId: sick.instanceId },
      { signal: 'Unknown', ladder: ['reboot', 'replace', 'page'] },
    );
    await scenario.untilState('RebootInstance', 1, 'node-repair');
    scenario.cloud.fleet.instances.hang(sick.instanceId, 'hardware');
    await pullAndon(scenario);

    await scenario.comesToRest();

    expect(scenario.output('node-repair')).toMatchObject({
      outcome: 'stopped',
      remark: 'the andon is on since 2026-03-01T12:00:00Z (ann): we look at the network',
      rungs: [{ rung: 'reboot' }],
    });
    expect(lifecycleState(scenario, sick.instanceId)).toBe('InService');
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it.each([
    [
      'UnauthorizedOperation',
      1000,
      'FAILED NodeNotRepaired',
      /may not, or cannot, reboot it: AwsAccessDenied: .*RebootInstances/,
    ],
    ['RequestLimitExceeded', 20, 'SUCCEEDED', undefined],
  ] as const)(
    'by AWS, with %s: no higher rung stands in for one that could not be tried',
    async (code, times, ended, told) => {
      const { scenario, sick } = await rehearseSickness();
      scenario.cluster.kubernetes.problems.latch(sick.nodeName, { type: 'KernelDeadlock', afterReboot: 'gone' });
      const fault = { kind: 'error', code, message: 'You may not do RebootInstances', status: 403 } as const;
      scenario.plant(({ operation }) => operation === 'RebootInstances', fault, { times });
      await repair(scenario, sick, { signal: 'KernelDeadlock', ladder: ['reboot', 'replace', 'page'] });
      await scenario.comesToRest();
      expect(scenario.outcomes('node-repair')).toEqual([ended]);
      expect(pages(scenario).map(({ message }) => message)).toEqual(told ? [expect.stringMatching(told)] : []);
      expect(lifecycleState(scenario, sick.instanceId)).toBe('InService');
      expect([scenario.leftovers(), conditionOfNode(scenario, sick)]).toEqual([[], 'Ready']);
    },
  );

  it.each([
    ['DeregisterTargets', 'AccessDenied', ['reboot', 'replace', 'page'], 'reboot'],
    ['TerminateInstanceInAutoScalingGroup', 'AccessDenied', ['replace', 'page'], 'replace'],
  ] as const)(
    'by AWS, without the permission of a nested %s: that is told, and no harsher rung is tried for it',
    async (operation, code, ladder, rung) => {
      const { scenario, sick } = await rehearseSickness();
      scenario.cluster.kubernetes.problems.latch(sick.nodeName, { type: 'KernelDeadlock', afterReboot: 'gone' });
      const fault = { kind: 'error', code, message: `You may not do ${operation}`, status: 403 } as const;
      scenario.plant((call) => call.operation === operation, fault, { times: 1000 });
      await repair(scenario, sick, { signal: 'KernelDeadlock', ladder });
      await scenario.comesToRest();
      expect(scenario.outcomes('node-repair')).toEqual(['FAILED NodeNotRepaired']);
      const denied = pages(scenario).filter(({ subject }) => subject.includes('was not repaired'));
      expect(denied.map(({ message }) => message)).toEqual([
        expect.stringMatching(
          new RegExp(
            `a permission is missing, so that Tender cannot ${rung} it: [\\s\\S]*${operation}[\\s\\S]*tried ${rung} `,
          ),
        ),
      ]);
      expect(lifecycleState(scenario, sick.instanceId)).toBe('InService');
      expect([scenario.leftovers(), conditionOfNode(scenario, sick)]).toEqual([[], 'Ready']);
    },
  );

  it('by AWS, without the permission to take a place in the budget: that is told at once', async () => {
    const { scenario, sick, machine } = await rehearseSickness();
    scenario.cluster.kubernetes.problems.latch(sick.nodeName, { type: 'KernelDeadlock', afterReboot: 'gone' });
    const fault = { kind: 'error', code: 'AccessDenied', message: 'You may not do PutObject', status: 403 } as const;
    const taking = /take-lease$/;
    scenario.plant(
      ({ operation, functionName = '' }) => operation === 'PutObject' && taking.test(functionName),
      fault,
      { times: 1000 },
    );
    await repair(scenario, sick, { signal: 'KernelDeadlock', ladder: ['reboot', 'replace', 'page'] });
    await scenario.comesToRest();
    expect(scenario.outcomes('node-repair')).toEqual(['FAILED NodeNotRepaired']);
    expect(pages(scenario).map(({ message }) => message)).toEqual([
      expect.stringMatching(/a permission is missing, so that Tender cannot take its place in the disruption budget: /),
    ]);
    expect([scenario.leftovers(), bootsOf(machine)]).toEqual([[], 1]);
  });

  it('by a ledger of disruptions that nobody can read: it waits for a day, ever less often, and is told then', async () => {
    const { scenario, sick, machine } = await rehearseSickness();
    scenario.cluster.kubernetes.problems.latch(sick.nodeName, { type: 'KernelDeadlock', afterReboot: 'gone' });
    await scenario.writeState('disruptions/demo.json', '{"leases": "many"}');
    startRepair(scenario, { instanceId: sick.instanceId }, { signal: 'KernelDeadlock', ladder: ['reboot', 'page'] });
    await scenario.comesToRest(26 * 3_600_000);
    expect(scenario.outcomes('node-repair')).toEqual(['FAILED NodeNotRepaired']);
    expect(pages(scenario).map(({ message }) => message)).toEqual([
      expect.stringMatching(/no place in the disruption budget for a day: StateObjectUnreadable/),
    ]);
    expect(scenario.deployment.executions('node-repair')[0]?.run.history.length).toBeLessThan(10_000);
    expect(bootsOf(machine)).toBe(1);
  });

  it('by a budget that keeps a pod: the reboot is left out, the replacement is refused for the same, and a person is told whose', async () => {
    const { scenario, sick } = await rehearseSickness({
      entry: { drain: { timeoutSeconds: 60, graceCapSeconds: 30 } },
    });
    guard(scenario, sick);
    await scenario.world.advance(5_000);
    scenario.cluster.kubernetes.problems.latch(sick.nodeName, { type: 'KernelDeadlock', afterReboot: 'gone' });
    await repair(scenario, sick, { signal: 'KernelDeadlock', ladder: ['reboot', 'replace', 'page'] });
    await scenario.comesToRest();
    expect(pages(scenario)[0]?.message).toMatch(
      /reboot \(\d+ s\): .*default\/guarded.*; replace \(\d+ s\): .*default\/guarded/,
    );
    expect(podsOn(scenario, sick)).toEqual(['guarded']);
    expect([scenario.leftovers(), conditionOfNode(scenario, sick)]).toEqual([[], 'Ready']);
  });
});
