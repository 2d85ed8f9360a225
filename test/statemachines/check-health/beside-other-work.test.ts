import { describe, expect, it } from 'vitest';
import { driven } from '../../../rehearsal/local-deployment.ts';
import { guard, type Worker } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { rehearseUpdate, startUpdate } from '../../support/scenarios/update.ts';
import { killKubelet, rehearseWatched, wordsAbout } from '../../support/scenarios/watched.ts';

const MINUTE = 60_000;

describe('two health passes at once', { timeout: 120_000 }, () => {
  it('start one repair: the one that is overtaken does nothing', async () => {
    const { scenario, leaver } = await rehearseWatched({ workers: 4, schedules: false });
    await scenario.world.advance(2 * MINUTE);
    killKubelet(scenario, leaver);
    const outcomes: string[][] = [];
    for (let passed = 0; passed < 8 && repairs(scenario).length === 0; passed += 1) {
      await scenario.world.advance(MINUTE);
      outcomes.push(await lookTwice(scenario));
    }

    expect(outcomes).toContainEqual(['done', 'overtaken']);
    expect(repairs(scenario)).toEqual([expect.stringMatching(`^repair-${leaver.instanceId}-`)]);
    await lookTwice(scenario);
    expect(repairs(scenario)).toHaveLength(1);
  });
});

describe('a node that falls ill in somebody’s hands', { timeout: 120_000 }, () => {
  it('is left to the retirement that empties it', async () => {
    const { scenario, leaver } = await rehearseWatched({ workers: 4 });
    await scenario.world.advance(2 * MINUTE);
    guard(scenario, leaver);
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId });
    await isRetired(scenario);
    killKubelet(scenario, leaver);

    expect(await wordsOfMinutes(scenario, leaver, 9)).toEqual([
      expect.stringMatching(/^the node is being retired by /),
    ]);
    expect(repairs(scenario)).toEqual([]);
  });

  it('is left to the update that replaces it', async () => {
    const { scenario, first } = await rehearseUpdate({ workers: 4, schedules: true, healthMinutes: 1 });
    await scenario.world.advance(2 * MINUTE);
    const workers = first.map((instanceId): Worker => ({ instanceId, nodeName: nameOf(scenario, instanceId) }));
    startUpdate(scenario);
    await isRetired(scenario);
    const [retirement] = scenario.deployment.executions('node-retire');
    const gone = workers.find(({ instanceId }) => retirement?.name.includes(instanceId)) as Worker;
    killKubelet(scenario, gone);

    expect(await wordsOfMinutes(scenario, gone, 9)).toEqual([expect.stringMatching(/^the node is being retired by /)]);
    expect(repairs(scenario)).toEqual([]);
  });
});

/** The outcomes of two passes at the same moment, sorted. */
async function lookTwice({ cloud }: FaultScenario): Promise<string[]> {
  const look = () => cloud.functions.invoke('tender-dev-check-health', { cluster: 'demo' });
  const answers = await driven(cloud, () => Promise.all([look(), look()]));
  return answers.map((one) => (one.ok ? (one.payload as { outcome: string }).outcome : one.errorMessage)).toSorted();
}

/** What is said about a node, looked at each minute; without its times, each text once. */
async function wordsOfMinutes(scenario: FaultScenario, worker: Worker, minutes: number): Promise<string[]> {
  const words = new Set<string>();
  for (let passed = 0; passed < minutes; passed += 1) {
    await scenario.world.advance(MINUTE);
    const said = wordsAbout(scenario, worker);
    if (said !== undefined) words.add(said);
  }
  return [...words];
}

function repairs({ deployment }: FaultScenario): readonly string[] {
  return deployment.executions('node-repair').map(({ name }) => name);
}

function nameOf({ cloud }: FaultScenario, instanceId: string): string {
  return cloud.fleet.instances.all.get(instanceId)?.privateDnsName ?? '';
}

/** A retirement has begun. */
function isRetired(scenario: FaultScenario): Promise<void> {
  const hasBegun = () => scenario.deployment.executions('node-retire').length > 0;
  return scenario.world.until('a node is being retired', hasBegun, 40 * MINUTE);
}
