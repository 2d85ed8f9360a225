import { describe, expect, it } from 'vitest';
import {
  allowPodDeletion,
  conditionOfNode,
  eventsOf,
  type Fleet,
  guard,
  isOver,
  podsOn,
  rehearseFleet,
  scaleIn,
} from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { hookAnswers, lifecycleState, pages, trace } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;
const drain = { timeoutSeconds: 60, graceCapSeconds: 90 };
const keeps = 'default/guarded: PodDisruptionBudget default/guard allows 0 disruptions (1 healthy, 1 wanted)';

/** A node that is scaled in while a budget keeps one of its pods for good, and what is known once its hook's retirement is over. */
async function scaledIn(
  entry: { drain?: object; retire?: object },
  more: Parameters<typeof rehearseFleet>[0] = {},
): Promise<Fleet> {
  const fleet = await rehearseFleet({ ...more, entry: { ...entry, drain: { ...drain, ...entry.drain } } });
  const { scenario, leaver } = fleet;
  allowPodDeletion(scenario);
  guard(scenario, leaver, { graceSeconds: 600, annotations: { 'simulation/ignores-sigterm': 'true' } });
  await scenario.world.advance(5_000);
  await scaleIn(scenario, leaver);
  await isOver(scenario, 'node-retire');
  return fleet;
}

/** How long pods were waited for, without the time of load balancers after that. */
function secondsOfPods(scenario: FaultScenario): number {
  return (scenario.output('node-drain').secondsOfSteps as { podsToLeave: number }).podsToLeave;
}

const retention = { InstanceLifecyclePolicy: { RetentionTriggers: { TerminateHookAbandon: 'retain' as const } } };

describe('a budget that lets a pod go after a while', { timeout }, () => {
  it('delays the hook until then, is named on the node meanwhile, and nobody is called', async () => {
    const { scenario, leaver, workers } = await rehearseFleet();
    const loosen = guard(scenario, leaver);
    await scenario.world.advance(5_000);
    await scaleIn(scenario, leaver);
    await scenario.world.advance(200_000);
    expect(conditionOfNode(scenario, leaver)).toBe('Ready, cordoned, excluded, owned');
    expect(eventsOf(scenario, leaver)).toContain(`DrainBlocked: Tender waits for 1 pod to leave: ${keeps}`);
    expect(scenario.heartbeats()).toBe(1);
    expect(new Set(scenario.targets())).toEqual(new Set([workers[1]?.instanceId]));

    loosen();
    await scenario.comesToRest();
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(conditionOfNode(scenario, leaver)).toBe('gone');
    // The event that the instance is terminated comes afterwards, and finds all done.
    expect(scenario.outcomes('node-retire')).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });
});

describe('a budget that lets a pod never go', { timeout }, () => {
  it('is given up: load balancers are left all the same, the hook continues, and a person is told what blocks', async () => {
    const { scenario, leaver, workers } = await scaledIn({});
    expect(scenario.outcomes('node-retire')).toEqual(['FAILED NodeNotRetired']);
    expect(scenario.cause('node-drain')).toContain(`the time is up. Still there: ${keeps}. It goes anyway`);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(pages(scenario).map(({ message }) => message)).toEqual([expect.stringContaining(keeps)]);
    for (const text of [pages(scenario)[0]?.message, scenario.cause('node-retire')])
      expect(text).toContain('answers its hook with CONTINUE');
    expect(new Set(scenario.targets())).toEqual(new Set([workers[1]?.instanceId]));
    await scenario.comesToRest();
    expect(scenario.leftovers()).toEqual([]);
    expect(pages(scenario)).toHaveLength(1);
  });

  it('is named with every pod that it keeps in the cause, and the page stays short', async () => {
    const { scenario, leaver } = await rehearseFleet({ entry: { drain } });
    const kept = Array.from({ length: 40 }, (_, index) => `kept-${index}`);
    const labels = { app: 'kept' };
    const { seed } = scenario.cluster.kubernetes;
    seed.budget('kept', { selector: { matchLabels: labels }, minAvailable: 40 });
    for (const name of kept) seed.pod({ name, labels, spec: { nodeName: leaver.nodeName } });
    await scenario.world.advance(5_000);
    await scaleIn(scenario, leaver);
    await isOver(scenario, 'node-retire');
    for (const cause of [scenario.cause('node-drain'), scenario.cause('node-retire')])
      expect(kept.filter((name) => !cause.includes(`default/${name}: PodDisruptionBudget default/kept`))).toEqual([]);
    const [page] = pages(scenario);
    expect(page?.message).toContain('and more, which the command below tells.');
    expect(page?.message.length).toBeLessThan(2000);
  });

  it('loses to `capped-grace`: the pod is deleted and has the capped grace, no more', async () => {
    const { scenario, leaver } = await scaledIn({ drain: { whenTimeIsUp: 'capped-grace' } });
    expect(scenario.outcomes('node-retire')).toEqual(['SUCCEEDED']);
    expect(secondsOfPods(scenario)).toBeGreaterThan(60 + 80);
    expect(secondsOfPods(scenario)).toBeLessThan(60 + 90 + 15);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    await scenario.comesToRest();
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('loses to `force-delete` in the end: the pod is gone, and of one that nobody finalizes the containers are', async () => {
    const { scenario, leaver } = await rehearseFleet({ entry: { drain: { ...drain, whenTimeIsUp: 'force-delete' } } });
    allowPodDeletion(scenario);
    scenario.cluster.kubernetes.seed.pod({
      name: 'held',
      finalizers: ['example.com/hold'],
      spec: { nodeName: leaver.nodeName },
    });
    guard(scenario, leaver, { graceSeconds: 600, annotations: { 'simulation/ignores-sigterm': 'true' } });
    await scenario.world.advance(5_000);
    await scaleIn(scenario, leaver);
    await isOver(scenario, 'node-retire');
    expect(podsOn(scenario, leaver)).toEqual(['held']);
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained' });
    expect(secondsOfPods(scenario)).toBeGreaterThan(60 + 80);
    expect(secondsOfPods(scenario)).toBeLessThan(60 + 90 + 60);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
  });

  it('retains the instance where policy and group say so: the node is put back, and a person is told', async () => {
    const { scenario, leaver } = await scaledIn(
      { retire: { whenDrainFails: 'abandon-and-retain' } },
      { group: retention },
    );
    expect(hookAnswers(scenario)).toEqual([`ABANDON ${leaver.instanceId}`]);
    await scenario.world.advance(300_000);
    expect(lifecycleState(scenario, leaver.instanceId)).toBe('Terminating:Retained');
    expect(conditionOfNode(scenario, leaver)).toBe('Ready');
    expect(scenario.targets().filter((id) => id === leaver.instanceId)).toHaveLength(2);
    expect(pages(scenario)).toHaveLength(1);
  });

  it('does not hold the instance of a group that retains none, whatever the policy says', async () => {
    const { scenario, leaver } = await scaledIn({ retire: { whenDrainFails: 'abandon-and-retain' } });
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(pages(scenario)).toHaveLength(1);
  });

  it('leaves the hook to its default result where the policy says `expire`, and no sweep answers it', async () => {
    const { scenario, leaver } = await scaledIn({ retire: { whenDrainFails: 'expire' } });
    expect(trace(scenario, 0, 'node-retire')).not.toContain('AnswerHook');
    expect(hookAnswers(scenario)).toEqual([]);
    await scenario.comesToRest();
    expect(hookAnswers(scenario)).toEqual([`TIMEOUT ${leaver.instanceId}`]);
    expect(pages(scenario)[0]?.message).toContain('left to its default result');
    expect(scenario.leftovers()).toEqual([]);
  });
});
