import { describe, expect, it } from 'vitest';
import { type Fleet, guard, isOver } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { bootsOf, machineOf, untilReady } from '../../support/scenarios/repair.ts';
import { pages, trace } from '../../support/scenarios/scenario.ts';
import { rehearseWatched, verdictsOf, wordsAbout } from '../../support/scenarios/watched.ts';

const MINUTE = 60_000;
const rules = [{ signal: 'Event:SoftLockup', afterMinutes: 0, ladder: ['reboot', 'page'] }];

/** As the monitoring agent of EKS tells of a node. */
function tell({ cluster, world }: FaultScenario, nodeName: string, reason = 'SoftLockup'): void {
  const at = new Date(world.now()).toISOString();
  cluster.kubernetes.store.create('events', {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${nodeName}.${world.now()}`, namespace: 'default' },
    involvedObject: { kind: 'Node', name: nodeName, uid: nodeName },
    type: 'Warning',
    reason,
    message: 'CPU stuck for 23s',
    source: { component: 'eks-node-monitoring-agent' },
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  } as never);
}

/** As a forwarder in a cluster puts it on the bus. */
function forward({ cloud }: FaultScenario, cluster = 'demo'): void {
  const detail = { cluster, reason: 'SoftLockup' };
  cloud.events.put({ source: 'tender.health', detailType: 'Node Problem', detail, resources: [] });
}

/** Two that are disrupted are no storm: the one that holds the budget counts. */
const breaker = { smallGroup: 2 };

/** The place in the budget is taken by one that nothing lets go. */
async function holdBudget({ scenario, workers }: Fleet): Promise<void> {
  const [, other] = workers;
  if (!other) throw new Error('there is no other worker');
  guard(scenario, other);
  scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: other.instanceId });
  await scenario.untilState('WaitForPods', 1, 'node-drain');
}

describe('an Event that an agent tells of a node', { timeout: 120_000 }, () => {
  it('is a reason to reboot it where a rule names it, once', async () => {
    const { scenario, leaver } = await rehearseWatched({ workers: 4, entry: { health: { rules } } });
    const { bootId } = machineOf(scenario, leaver);
    tell(scenario, leaver.nodeName, 'OOMKilling');
    await scenario.world.advance(2 * MINUTE);
    expect(verdictsOf(scenario)).toEqual([]);

    tell(scenario, leaver.nodeName);
    await isOver(scenario, 'node-repair');
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended', rung: 'reboot' });
    expect(machineOf(scenario, leaver).bootId).not.toBe(bootId);
    await scenario.world.advance(30 * MINUTE);
    expect([scenario.outcomes('node-repair'), wordsAbout(scenario, leaver), pages(scenario)]).toEqual([
      ['SUCCEEDED'],
      undefined,
      [],
    ]);
  });

  it('is over when the node was booted by another while its repair waited for its place in the budget', async () => {
    const fleet = await rehearseWatched({ workers: 4, entry: { health: { rules, breaker } } });
    const { scenario, leaver } = fleet;
    await holdBudget(fleet);
    tell(scenario, leaver.nodeName);
    await scenario.untilState('WaitForTurn', 1, 'node-repair');
    await scenario.operate('ec2', 'RebootInstances', { InstanceIds: [leaver.instanceId] });
    await isOver(scenario, 'node-repair');
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended', rungs: [] });
    expect(bootsOf(machineOf(scenario, leaver))).toBe(2);
  });

  it('is over when the restart was done, though the node was Ready only after the time of that', async () => {
    const health = {
      breaker,
      rules: [{ ...rules[0], ladder: ['restart', 'reboot', 'page'] }],
      rungMinutes: { restart: 1 },
    };
    const fleet = await rehearseWatched({ workers: 4, entry: { health } });
    const { scenario, leaver } = fleet;
    const machine = machineOf(scenario, leaver);
    await holdBudget(fleet);
    tell(scenario, leaver.nodeName);
    await scenario.untilState('CheckRepair', 1, 'node-repair');
    const stop = () => {
      if (trace(scenario, -1, 'node-repair').includes('WaitForTurn')) machine.systemctl('start', 'kubelet');
      else {
        if (!machine.inactiveUnits().includes('kubelet')) machine.systemctl('stop', 'kubelet');
        scenario.world.afterInBackground(4_000, 'the kubelet dies again', stop);
      }
    };
    stop();
    await untilReady(scenario, leaver, false);
    await isOver(scenario, 'node-repair');
    expect(scenario.output('node-repair')).toMatchObject({
      outcome: 'mended',
      rungs: [{ rung: 'restart', outcome: expect.stringContaining('Ready is') }],
    });
    expect(bootsOf(machine)).toBe(1);
  });

  it('has the cluster looked at at once where a forwarder tells of it; many at once are one pass', async () => {
    const entry = { health: { rules }, schedules: { healthMinutes: 0 } };
    const { scenario, leaver } = await rehearseWatched({ workers: 4, entry });
    const passes = () =>
      scenario.events('FunctionStarted').filter(({ source }) => source === 'lambda:tender-dev-check-health').length;
    tell(scenario, leaver.nodeName);
    const before = passes();
    for (let told = 0; told < 5; told += 1) forward(scenario);
    forward(scenario, 'another');
    await scenario.world.advance(15_000);
    expect(verdictsOf(scenario)).toEqual([`Event:SoftLockup of ${leaver.nodeName}: repair`]);
    expect(passes() - before).toBe(1);
    await isOver(scenario, 'node-repair');
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended', rung: 'reboot' });
  });
});
