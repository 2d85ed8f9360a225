import { describe, expect, it } from 'vitest';
import { DemoCluster } from '../../../rehearsal/demo-cluster.ts';
import { pages, rehearse } from '../../support/scenarios/scenario.ts';

const BROKEN = JSON.stringify({ name: 'broken', kubernetes: { endpoint: 'http://nowhere' } });

describe('a cluster with a broken registry entry', () => {
  it('takes nothing from the one beside it; its own launches are answered, and a person is paged', async () => {
    const scenario = await rehearse();
    const { deployment, world } = scenario;
    const broken = await DemoCluster.create(deployment, {
      name: 'broken',
      brokenEntry: BROKEN,
      workers: 0,
      controlPlane: 0,
    });
    await broken.scaleTo(1);
    const good = await scenario.launch();
    await world.until('a person is paged', () => pages(scenario).length > 0, 3_600_000);
    await scenario.comesToRest();

    const of = (cluster: string) =>
      deployment.executions('node-bootstrap').filter(({ name }) => name.startsWith(`${cluster}-`));
    expect(of('demo').map(({ run }) => run.outcome?.status)).toEqual(['SUCCEEDED']);
    expect(scenario.isHealthyNode(good)).toBe(true);

    const failed = of('broken').flatMap(({ run }) => (run.outcome?.status === 'FAILED' ? [run.outcome] : []));
    expect(failed.length).toBe(of('broken').length);
    for (const { cause } of failed) {
      expect(cause).toContain('ClusterMisconfigured');
      expect(cause).toContain('kubernetes.endpoint: must be an https URL');
      expect(cause).toContain('kubernetes.auth');
    }
    const answers = scenario
      .events('LifecycleActionCompleted')
      .filter(({ details }) => details.group === 'broken-workers');
    expect(answers.map(({ details }) => details.result)).toEqual(['ABANDON', 'ABANDON', 'CONTINUE']);
    expect(scenario.events('LifecycleActionTimedOut')).toEqual([]);
    const kept = pages(scenario).filter(({ message }) => message.includes('so it is kept to look at'));
    expect(kept.map(({ message }) => message)).toEqual([
      expect.stringContaining('of cluster broken (group broken-workers): ClusterMisconfigured'),
    ]);
    const others = pages(scenario).filter(({ subject }) => !subject.includes('of cluster broken'));
    expect(others.map(({ subject }) => subject)).toEqual(['Tender: cluster broken: its registry entry cannot be used']);

    // The tick of the schedule goes on for the good one, and the broken one stops nothing.
    await world.advance(11 * 60_000);
    const passes = deployment.executions('approve-node-csrs');
    expect(passes.length).toBeGreaterThan(0);
    expect(passes.map(({ name }) => name.startsWith('approve-node-csrs-demo-'))).not.toContain(false);
    expect(scenario.outcomes('approve-node-csrs')).not.toContain('FAILED NotApproved');
  });
});
