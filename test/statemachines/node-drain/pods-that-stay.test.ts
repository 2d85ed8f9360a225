import { describe, expect, it } from 'vitest';
import type { ClusterNode } from '../../../simulator/kubernetes/api/objects.ts';
import {
  conditionOfNode,
  type Fleet,
  isOver,
  podsOn,
  rehearseFleet,
  retireByHand,
  scaleIn,
} from '../../support/scenarios/departure.ts';
import { hookAnswers, pages } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;

/** Drains a node from the console, and waits for the end. */
async function drainByHand({ scenario, leaver }: Fleet, input: object = {}): Promise<void> {
  scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName: leaver.nodeName, ...input });
  await isOver(scenario, 'node-drain');
}

function cordon({ scenario, leaver }: Fleet): void {
  scenario.cluster.kubernetes.store.change<ClusterNode>('nodes', leaver.nodeName, undefined, (node) => {
    node.spec.unschedulable = true;
  });
}

describe('a node that is drained', { timeout }, () => {
  it('is empty when its slowest pod is: one that ignores SIGTERM has its grace, and then the rest of the time that its load balancers take is waited for', async () => {
    const { scenario, leaver } = await rehearseFleet();
    const annotations = { 'simulation/ignores-sigterm': 'true' };
    const spec = { nodeName: leaver.nodeName, terminationGracePeriodSeconds: 200 };
    scenario.cluster.kubernetes.seed.pod({ name: 'deaf', annotations, spec });
    await scenario.world.advance(5_000);
    await scaleIn(scenario, leaver);
    await isOver(scenario, 'node-retire');
    expect(scenario.output('node-drain')).toMatchObject({ evicted: 1, seconds: expect.any(Number) });
    expect(Number(scenario.output('node-drain').seconds)).toBeGreaterThanOrEqual(200);
    expect(Number(scenario.output('node-drain').seconds)).toBeLessThan(420);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
  });

  it('is empty when containers have ended, though a finalizer holds what is left of their pod', async () => {
    const fleet = await rehearseFleet();
    const { scenario, leaver } = fleet;
    const spec = { nodeName: leaver.nodeName };
    scenario.cluster.kubernetes.seed.pod({ name: 'held', finalizers: ['example.com/hold'], spec });
    await scenario.world.advance(5_000);
    await drainByHand(fleet);
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained', evicted: 1 });
    expect(podsOn(scenario, leaver)).toEqual(['held']);
    // It was drained by hand, hence stays drained, with a lease that shows it.
    expect(conditionOfNode(scenario, leaver)).toBe('Ready, cordoned, excluded, owned');
  });

  it('is empty although a pod comes back to it for ever, for it is a mirror of a manifest on the node', async () => {
    const staticPods = [
      { name: 'proxy', namespace: 'default', spec: { containers: [{ name: 'main', image: 'proxy' }] } },
    ];
    const fleet = await rehearseFleet({ node: { staticPods } });
    const { scenario, leaver } = fleet;
    await scenario.world.advance(5_000);
    const mirror = podsOn(scenario, leaver);
    expect(mirror).toHaveLength(1);
    const { store } = scenario.cluster.kubernetes;
    store.remove('pods', mirror[0] ?? '', 'default');
    cordon(fleet);
    await scenario.world.advance(5_000);
    expect(podsOn(scenario, leaver)).toEqual(mirror);

    await drainByHand(fleet);
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained', evicted: 0 });
    expect(podsOn(scenario, leaver)).toEqual(mirror);
  });

  it('keeps the cordon that somebody else has set, and loses all of ours', async () => {
    const fleet = await rehearseFleet({ entry: { drain: { timeoutSeconds: 60, graceCapSeconds: 60 } } });
    const { scenario, leaver } = fleet;
    cordon(fleet);
    scenario.cluster.kubernetes.seed.pod({
      name: 'left-alone',
      annotations: { 'karpenter.sh/do-not-disrupt': 'true' },
      spec: { nodeName: leaver.nodeName },
    });
    await drainByHand(fleet);
    expect(scenario.cause('node-drain')).toContain('default/left-alone: annotation karpenter.sh/do-not-disrupt');
    expect(conditionOfNode(scenario, leaver)).toBe('Ready, cordoned');
    expect(scenario.targets().filter((id) => id === leaver.instanceId)).toHaveLength(2);
    await scenario.comesToRest();
    expect(scenario.leftovers()).toEqual([`cordon of ${leaver.nodeName}`]);
  });
});

describe('a plan', { timeout }, () => {
  it('touches nothing, and says which pods would leave and stay, what blocks, and which place in the budget it needs', async () => {
    const { scenario, leaver } = await rehearseFleet({ application: { pods: 2, minAvailable: 2 } });
    const before = JSON.stringify(
      scenario.cluster.kubernetes.store.list('nodes').map(({ metadata }) => metadata.labels),
    );
    const [shop] = podsOn(scenario, leaver);
    const writes = scenario.watchWrites();
    await retireByHand(scenario, { nodeName: leaver.nodeName, plan: true });
    const output = scenario.output('node-retire');
    expect(output).toMatchObject({
      outcome: 'planned',
      instanceId: leaver.instanceId,
      plan: { verdict: 'drain', voluntary: true, groupName: 'demo-workers' },
      drain: {
        outcome: 'planned',
        preview: {
          leave: [`default/${shop}`],
          stay: expect.arrayContaining([expect.stringMatching(/kube-system\/kube-proxy-\S+: of a DaemonSet/)]),
          blockers: [expect.stringContaining('PodDisruptionBudget default/shop allows 0 disruptions')],
        },
      },
    });
    expect(writes).toEqual([]);
    expect(JSON.stringify(scenario.cluster.kubernetes.store.list('nodes').map(({ metadata }) => metadata.labels))).toBe(
      before,
    );
    expect(scenario.targets()).toHaveLength(4);
    expect([scenario.leftovers(), pages(scenario), hookAnswers(scenario)]).toEqual([[], [], []]);
  });
});
