import { describe, expect, it } from 'vitest';
import { emptyMemory } from '../../../src/health/memory.ts';
import { conditionOfNode, type Worker } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import {
  bootsOf,
  keepUnhealthy,
  machineOf,
  rehearseSickness,
  repair,
  startRepair,
  untilReady,
} from '../../support/scenarios/repair.ts';
import { lifecycleState, pages, stored } from '../../support/scenarios/scenario.ts';
import { killKubelet, rehearseWatched, verdictsOf, wordsAbout } from '../../support/scenarios/watched.ts';

const timeout = 240_000;
const MINUTE = 60_000;

/** Whatever starts its kubelet, it does not stay. */
function keepsDying(scenario: FaultScenario, sick: Worker): void {
  const machine = machineOf(scenario, sick);
  const dies = () => {
    if (machine.up && !machine.inactiveUnits().includes('kubelet')) machine.systemctl('stop', 'kubelet');
    if (scenario.cluster.inService().includes(sick.instanceId))
      scenario.world.afterInBackground(4_000, 'the kubelet dies again', dies);
  };
  dies();
}

describe('a repair that has begun', { timeout }, () => {
  it('stops when another node of its small group falls ill, undoes what it did, and begins where it stopped once that is over', async () => {
    const { scenario, leaver, workers } = await rehearseWatched({
      workers: 4,
      entry: { health: { rungMinutes: { restart: 2, reboot: 4 } } },
    });
    await scenario.world.advance(2 * MINUTE);
    keepsDying(scenario, leaver);
    await scenario.untilState('RebootInstance', 1, 'node-repair');
    const other = workers.find(({ instanceId }) => instanceId !== leaver.instanceId) as Worker;
    killKubelet(scenario, other);
    await scenario.world.until('the repair has ended', () => isEnded(scenario, 0), 30 * MINUTE);

    expect(scenario.output('node-repair')).toMatchObject({
      outcome: 'stopped',
      before: 'replace',
      remark: expect.stringMatching(/^breaker: 2 of 4 unhealthy in group /),
      rungs: [{ rung: 'restart' }, { rung: 'reboot' }],
    });
    expect(lifecycleState(scenario, leaver.instanceId)).toBe('InService');
    expect([conditionOfNode(scenario, leaver), stored(scenario, 'claims/').size, scenario.leftovers()]).toEqual([
      'NotReady',
      0,
      [],
    ]);
    await scenario.world.advance(10 * MINUTE);
    expect(wordsAbout(scenario, leaver)).toMatch(/^breaker: 2 of 4 unhealthy/);
    expect(verdictsOf(scenario).filter((line) => /: repair$|under-way/.test(line))).toEqual([]);

    machineOf(scenario, other).systemctl('start', 'kubelet');
    await scenario.world.until('it is replaced', () => isEnded(scenario, 1), 60 * MINUTE);
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'replaced', rungs: [{ rung: 'replace' }] });
    expect(conditionOfNode(scenario, other)).toBe('Ready');
    // Of five or fewer a person decides, and is told when that is over.
    expect(pages(scenario).map(({ subject }) => subject.replace(/ cluster \S+:/, ''))).toEqual([
      'Tender: repairs have stopped',
      'Tender: repairs go on',
    ]);
  });

  it.each([
    [
      'its zone is left by a zonal shift',
      'zone',
      'any',
      'zone us-east-1a impaired: traffic is shifted away',
      'replace',
    ],
    ['its cluster is over the limit', 'breaker', 'any', 'breaker: 3 of 10 unhealthy in the cluster', 'replace'],
    ['what would come in its place does not join', 'bad-image', 'replace', 'bad image: lt-1:7', 'replace'],
    ['its group cannot spare it', 'capacity', 'replace', 'a member of the group is missing', 'replace'],
  ] as const)('does not replace the node when %s, and says so', async (_, because, of, words, before) => {
    const { scenario, sick, machine } = await rehearseSickness({
      entry: { health: { rungMinutes: { reboot: 4 } } },
    });
    await keepUnhealthy(scenario);
    keepsDying(scenario, sick);
    await untilReady(scenario, sick, false);
    await passSays(scenario, sick, []);
    startRepair(
      scenario,
      { instanceId: sick.instanceId },
      { signal: 'Unknown', ladder: ['reboot', 'replace', 'page'] },
    );
    await scenario.untilState('RebootInstance', 1, 'node-repair');
    await passSays(scenario, sick, [{ because, words, of }]);
    await scenario.comesToRest();

    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'stopped', before, remark: words });
    expect(lifecycleState(scenario, sick.instanceId)).toBe('InService');
    expect([bootsOf(machine), scenario.leftovers(), pages(scenario)]).toEqual([2, [], []]);
  });

  it('waits where the last pass could not see enough, and goes on when the next can', async () => {
    const { scenario, sick, machine } = await rehearseSickness();
    machine.systemctl('stop', 'kubelet');
    await untilReady(scenario, sick, false);
    await passSays(scenario, sick, [
      { because: 'unknown', words: 'the instances in EC2 could not be read', of: 'any' },
    ]);
    startRepair(scenario, { instanceId: sick.instanceId }, { signal: 'Unknown' });
    await scenario.untilState('WaitToLookAgain', 2, 'node-repair');
    expect([bootsOf(machine), machine.inactiveUnits()]).toEqual([1, ['kubelet']]);
    await passSays(scenario, sick, []);
    await scenario.comesToRest();
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended', rung: 'restart' });
  });

  it('by a person goes on past a breaker: who looks at one node may know better', async () => {
    const { scenario, sick, machine } = await rehearseSickness();
    machine.systemctl('stop', 'kubelet');
    await untilReady(scenario, sick, false);
    await passSays(scenario, sick, [{ because: 'breaker', words: 'breaker: 3 of 10 unhealthy', of: 'any' }]);
    await repair(scenario, sick);
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended', rung: 'restart' });
  });
});

function isEnded(scenario: FaultScenario, index: number): boolean {
  return (scenario.outcomes('node-repair')[index] ?? 'running') !== 'running';
}

/** A health pass has just looked, and left this about the repair. */
async function passSays(scenario: FaultScenario, { instanceId }: Worker, holds: readonly object[]): Promise<void> {
  const at = new Date(scenario.world.now()).toISOString();
  const document = {
    cluster: 'demo',
    at,
    memory: emptyMemory,
    standings: { [instanceId]: { holds, launchFirst: false } },
  };
  await scenario.writeState('health/demo/current.json', JSON.stringify(document));
}
