import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../simulator/kubernetes/api/objects.ts';
import { conditionOfNode, type Worker } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { pages, stored } from '../../support/scenarios/scenario.ts';
import { healthOf, killKubelet, rehearseWatched, verdictsOf, wordsAbout } from '../../support/scenarios/watched.ts';

const MINUTE = 60_000;

describe('a cluster that is looked at each minute', { timeout: 120_000 }, () => {
  it('and is well: nothing is found, nothing is done, and nobody hears of it', async () => {
    const { scenario } = await rehearseWatched({ workers: 3 });
    await scenario.world.advance(3 * MINUTE); // targets are healthy then
    const news = stored(scenario, 'health/demo/history/').size;
    await scenario.world.advance(10 * MINUTE);

    expect(healthOf(scenario)).toMatchObject({
      nodes: { all: 3, ready: 3, unschedulable: 0 },
      instances: 3,
      apiServer: { reachable: true, ready: true, failingChecks: [] },
      findings: [],
      problems: {},
      unsent: [],
    });
    expect(Date.parse(healthOf(scenario).at)).toBeGreaterThan(scenario.world.now() - MINUTE);
    expect(stored(scenario, 'health/demo/history/').size).toBe(news);
    expect(pages(scenario)).toEqual([]);
    expect(disrupting(scenario)).toEqual([]);
  });

  it('with a kubelet that died is seen within two minutes, and waited for', async () => {
    const { scenario, leaver } = await rehearseWatched({ workers: 4 });
    await scenario.world.advance(2 * MINUTE);
    killKubelet(scenario, leaver);
    await scenario.world.advance(3 * MINUTE);

    expect(verdictsOf(scenario)).toContain(`Unknown of ${leaver.nodeName}: waits`);
    expect(wordsAbout(scenario, leaver)).toMatch(/waits \d+ min more/);
    expect(healthOf(scenario)).toMatchObject({ nodes: { all: 4, ready: 3 } });
    expect(disrupting(scenario)).toEqual([]);
    const events = scenario.cluster.kubernetes.store
      .list('events')
      .map((one) => one as unknown as { reason?: string; message?: string });
    expect(events.filter(({ reason }) => reason === 'NodeSick')).toMatchObject([
      { message: expect.stringMatching(/waits \d+ min more/) },
    ]);
  });

  it('while its API server is away: no node is judged by its silence, then or just after', async () => {
    const { scenario, workers } = await rehearseWatched({ workers: 6 });
    await scenario.world.advance(2 * MINUTE);
    scenario.cluster.kubernetes.down();
    await scenario.world.advance(20 * MINUTE);
    expect(healthOf(scenario)).toMatchObject({ nodes: null, apiServer: { reachable: false } });
    expect(verdictsOf(scenario)).toEqual(expect.arrayContaining([expect.stringMatching(/^ApiServerAway of /)]));

    scenario.cluster.kubernetes.up();
    await scenario.world.advance(15 * MINUTE);
    expect(healthOf(scenario)).toMatchObject({ nodes: { all: 6, ready: 6 } });
    expect(disrupting(scenario)).toEqual([]);
    expect(workers.map((worker) => conditionOfNode(scenario, worker))).toEqual(workers.map(() => 'Ready'));
  });

  it('whose zone is gone for twenty minutes: nobody is replaced', async () => {
    const { scenario, workers } = await rehearseWatched({ workers: 6 });
    await scenario.world.advance(2 * MINUTE);
    // Auto Scaling is kept from it, too.
    const input = { AutoScalingGroupName: scenario.cluster.workersGroup, ScalingProcesses: ['ReplaceUnhealthy'] };
    await scenario.operate('autoscaling', 'SuspendProcesses', input);
    const end = scenario.cloud.fleet.instances.failZone('us-east-1a');
    await scenario.world.advance(20 * MINUTE);
    const sick = verdictsOf(scenario).filter((line) => /^(Unknown|SystemStatus|InstanceStatus) of/.test(line));
    expect(sick.length).toBeGreaterThan(0);
    expect(sick.every((line) => /: (zone|breaker|waits|auto-scaling)$/.test(line))).toBe(true);
    end();
    await scenario.world.advance(20 * MINUTE);

    expect(disrupting(scenario)).toEqual([]);
    expect(workers.map((worker) => conditionOfNode(scenario, worker))).toEqual(workers.map(() => 'Ready'));
  });

  it('beside one whose entry is broken, which holds nobody up', async () => {
    const { scenario } = await rehearseWatched({ workers: 2 });
    const Value = '{"name": "broken", "kubernetes": 7}';
    await scenario.operate('ssm', 'PutParameter', { Name: '/tender/clusters/broken', Type: 'String', Value });
    await scenario.world.advance(3 * MINUTE);
    expect(Date.parse(healthOf(scenario).at)).toBeGreaterThan(scenario.world.now() - 2 * MINUTE);
  });

  it('and whose health document somebody spoilt, goes on with a new one', async () => {
    const { scenario } = await rehearseWatched({ workers: 2, schedules: false });
    await scenario.writeState('health/demo/current.json', 'not JSON');
    expect(await scenario.invoke('check-health', { cluster: 'demo' })).toMatchObject({ outcome: 'done' });
    expect(healthOf(scenario)).toMatchObject({ nodes: { all: 2 } });
  });

  it('whose clocks are ten minutes off, is well: a lease that moves has not stopped, and one that does not has', async () => {
    const { scenario, workers } = await rehearseWatched({ workers: 3, schedules: false });
    await scenario.world.advance(2 * MINUTE);
    const [first, stopped] = workers as [Worker, Worker];
    const frozenAt = scenario.world.now() - 10 * MINUTE;
    for (let passed = 0; passed < 5; passed += 1) {
      await scenario.world.advance(MINUTE);
      // Kubelets whose clocks are behind renew all the same; one renews no more.
      renewed(scenario, first, scenario.world.now() - 10 * MINUTE);
      renewed(scenario, stopped, frozenAt);
      await scenario.invoke('check-health', { cluster: 'demo' });
    }

    expect(verdictsOf(scenario)).toEqual([`LeaseStopped of ${stopped.nodeName}: waits`]);
  });
});

/** The lease of a worker is of this time, whatever its kubelet has written. */
function renewed({ cluster }: FaultScenario, { nodeName }: Worker, at: number): void {
  cluster.kubernetes.store.change<KubeObject & { spec: { renewTime: string } }>(
    'leases.coordination.k8s.io',
    nodeName,
    'kube-node-lease',
    ({ spec }) => {
      spec.renewTime = new Date(at).toISOString();
    },
  );
}

/** Executions that take nodes away, or do something to them. */
function disrupting({ deployment }: FaultScenario): readonly string[] {
  return ['node-repair', 'node-retire', 'node-drain'].flatMap((workflow) =>
    deployment.executions(workflow).map(({ name }) => `${workflow} ${name}`),
  );
}
