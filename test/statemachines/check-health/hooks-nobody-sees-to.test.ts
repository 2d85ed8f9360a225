import { describe, expect, it } from 'vitest';
import { isOver, scaleIn } from '../../support/scenarios/departure.ts';
import { hookAnswers, pages } from '../../support/scenarios/scenario.ts';
import { letNothingBeRouted, rehearseWatched } from '../../support/scenarios/watched.ts';

const MINUTE = 60_000;

/** Workers whose group has a terminate hook of five minutes, while `route-signal` can start nothing. */
async function deaf(schedule: object = {}) {
  const fleet = await rehearseWatched({ workers: 3, ...schedule });
  const { scenario } = fleet;
  await scenario.world.advance(2 * MINUTE);
  letNothingBeRouted(scenario);
  return fleet;
}

describe('a hook whose event came to nothing', { timeout: 120_000 }, () => {
  it('is seen to by a health pass before it ends: drained, kept alive, answered', async () => {
    const { scenario, leaver } = await deaf();
    const from = scenario.world.now();
    await scaleIn(scenario, leaver);
    await isOver(scenario, 'node-retire');

    expect(scenario.world.now() - from).toBeLessThan(12 * MINUTE);
    expect(scenario.output('node-retire')).toMatchObject({ outcome: 'retired', instanceId: leaver.instanceId });
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    expect(scenario.deployment.executions('node-retire').map(({ name }) => name)).toEqual([
      expect.stringMatching(`^hook-${leaver.instanceId}-`),
    ]);
    expect(pages(scenario)).toEqual([]);
  });

  it('is seen to although a claim on another instance cannot be read, of which a person is told', async () => {
    const { scenario, leaver, workers } = await deaf();
    const other = workers[1]?.instanceId ?? '';
    await scenario.writeState(`claims/demo/${other}.json`, 'not JSON');
    await scaleIn(scenario, leaver);
    await isOver(scenario, 'node-retire');
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
    await scenario.world.advance(16 * MINUTE);

    expect(pages(scenario).map(({ subject }) => subject)).toEqual([
      'Tender: part/claims of cluster demo needs a person',
    ]);
    expect(pages(scenario)[0]?.message).toContain(`${other}: `);
  });

  it('is left to whoever it is of, when it is none of Tender’s', async () => {
    const { scenario, leaver } = await deaf();
    const group = { AutoScalingGroupName: scenario.cluster.workersGroup };
    await scenario.operate('autoscaling', 'DeleteLifecycleHook', {
      ...group,
      LifecycleHookName: 'tender-terminate',
    });
    await scenario.operate('autoscaling', 'PutLifecycleHook', {
      ...group,
      LifecycleHookName: 'somebody-elses',
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      HeartbeatTimeout: 3600,
    });
    await scaleIn(scenario, leaver);
    await scenario.world.advance(10 * MINUTE);
    expect(scenario.deployment.executions('node-retire')).toEqual([]);
  });

  it('is not taken for Tender’s where somebody else’s waits beside it: what is done is not done twice', async () => {
    const { scenario, leaver } = await rehearseWatched({ workers: 3 });
    await scenario.operate('autoscaling', 'PutLifecycleHook', {
      AutoScalingGroupName: scenario.cluster.workersGroup,
      LifecycleHookName: 'somebody-elses',
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      HeartbeatTimeout: 3600,
    });
    await scaleIn(scenario, leaver);
    await scenario.world.advance(20 * MINUTE);
    const names = scenario.deployment.executions('node-retire').map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('hook-'))).toEqual([]);
    expect(names).toHaveLength(1);
  });
});
