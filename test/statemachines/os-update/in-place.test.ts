import { describe, expect, it } from 'vitest';
import { conditionOfNode, isOver, rehearseFleet } from '../../support/scenarios/departure.ts';
import { NEWER, rebootMarks, runsOn, withAgent } from '../../support/scenarios/reboots.ts';
import { bootsOf, machineOf } from '../../support/scenarios/repair.ts';
import { pages, stored } from '../../support/scenarios/scenario.ts';
import { traces, update } from '../../support/scenarios/update.ts';

describe('nodes that update themselves', { timeout: 240_000 }, () => {
  it('are rebooted one after the other by FLUO’s protocol, the first of them watched, and none is replaced', async () => {
    const { scenario, workers } = await rehearseFleet({
      workers: 3,
      application: { pods: 4, minAvailable: 2 },
      entry: { updates: { policy: 'manual', way: 'in-place', bakeMinutes: 5 } },
    });
    for (const worker of workers) await withAgent(scenario, worker);
    await scenario.invoke('watch-updates', { cluster: 'demo' });

    await update(scenario);

    expect(scenario.output('os-update')).toMatchObject({ outcome: 'done', updated: 3 });
    await scenario.comesToRest();
    expect(workers.map((worker) => runsOn(scenario, worker))).toEqual(
      workers.map(() => `${NEWER.osImage}, ${NEWER.kernelVersion}`),
    );
    expect(workers.map((worker) => bootsOf(machineOf(scenario, worker)))).toEqual([2, 2, 2]);
    expect([...scenario.cluster.inService()].sort()).toEqual(workers.map(({ instanceId }) => instanceId).sort());
    // Never two at a time.
    const runs = scenario.deployment.executions('node-update').map(({ run }) => [run.startedAt, run.stoppedAt ?? 0]);
    const inOrder = runs.toSorted(([a = 0], [b = 0]) => a - b);
    expect(inOrder.every(([from = 0], index) => index === 0 || from >= (inOrder[index - 1]?.[1] ?? 0))).toBe(true);
    expect(stored(scenario, 'disruptions/').get('disruptions/demo.json')).toMatchObject({ leases: [] });
    expect([
      workers.flatMap((one) => rebootMarks(scenario, one)),
      traces(scenario, '1').filter((one) => one !== 'Launch is suspended'),
      scenario.leftovers(),
      pages(scenario).map(({ message }) => message),
    ]).toEqual([[], [], [], []]);
  });

  it('go on without the one that a person keeps drained, and the end says which one that is', async () => {
    const { scenario, workers, leaver } = await rehearseFleet({
      workers: 3,
      application: { pods: 4, minAvailable: 2 },
      entry: {
        updates: { policy: 'manual', way: 'in-place', bakeMinutes: 5 },
        disruptions: { perGroup: 2, perCluster: 2 },
      },
    });
    for (const worker of workers) await withAgent(scenario, worker);
    await scenario.invoke('watch-updates', { cluster: 'demo' });
    scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName: leaver.nodeName });
    await isOver(scenario, 'node-drain');

    await update(scenario);

    expect(scenario.output('os-update')).toMatchObject({
      outcome: 'done',
      updated: 2,
      remark: expect.stringMatching(
        `left out, and not updated: ${leaver.nodeName}, .*put-back ${leaver.nodeName} demo`,
      ),
    });
    expect(workers.map((worker) => bootsOf(machineOf(scenario, worker)))).toEqual([1, 2, 2]);
    expect(workers.map((worker) => conditionOfNode(scenario, worker))).toEqual([
      'Ready, cordoned, excluded, owned',
      'Ready',
      'Ready',
    ]);
    expect([scenario.outcomes('node-update'), pages(scenario)]).toEqual([['SUCCEEDED', 'SUCCEEDED'], []]);
  });
});
