import { describe, expect, it } from 'vitest';
import { rehearseFleet } from '../../support/scenarios/departure.ts';
import { pages } from '../../support/scenarios/scenario.ts';
import { killKubelet } from '../../support/scenarios/watched.ts';

const MINUTE = 60_000;

// The alarms of the same names ring once for the whole deployment (every-alarm-rings.test.ts).
describe('what stands in a cluster', { timeout: 120_000 }, () => {
  it('is told of once, with its name, the cause, what Tender does, what to do, the command and the page', async () => {
    const fleet = await rehearseFleet({
      workers: 5,
      terminateHook: true,
      schedules: true,
      healthMinutes: 1,
      checksRefusals: true,
    });
    const { scenario } = fleet;
    await scenario.world.advance(2 * MINUTE);
    await scenario.operate('ssm', 'PutParameter', {
      Name: '/tender/clusters/broken',
      Type: 'String',
      Value: 'name: 7',
    });
    // A hook that nobody sees to is seen to by a pass, unless that can start nothing.
    scenario.plant(
      ({ functionName, operation }) =>
        operation === 'StartExecution' && /-(route-signal|check-health)$/.test(functionName ?? ''),
      { kind: 'error', code: 'ServiceUnavailable', message: 'no', status: 503 },
      { times: Number.POSITIVE_INFINITY },
    );
    const [first, ...others] = fleet.workers;
    await scenario.operate('autoscaling', 'TerminateInstanceInAutoScalingGroup', {
      InstanceId: first?.instanceId,
      ShouldDecrementDesiredCapacity: true,
    });
    for (const worker of others.slice(0, 3)) killKubelet(scenario, worker);
    await scenario.world.advance(16 * MINUTE);

    const told = pages(scenario).filter(({ subject }) => subject.startsWith('Tender: cluster '));
    expect(told.map(({ subject }) => subject).toSorted()).toEqual([
      'Tender: cluster broken: its registry entry cannot be used',
      'Tender: cluster demo: a lifecycle hook is left alone',
      'Tender: cluster demo: no lifecycle hook is left alone any more',
      'Tender: cluster demo: repairs have stopped',
    ]);
    const form =
      /^.*cluster (demo|broken).+\n\nCluster: \1\nTender: .+\.\nTo do: .+\.\nCommand: npx tender .+ \1\nRunbook: docs\/\S+$/i;
    for (const { message } of told) expect(message).toMatch(form);
    const about = (word: string) => told.find(({ subject }) => subject.includes(word))?.message;
    expect(about('a lifecycle hook')).toContain(`Command: npx tender node retire ${first?.instanceId} demo`);
    expect(about('repairs')).toMatch(/3 of \d+ unhealthy/);
    expect(about('entry')).toContain('name:');

    await scenario.operate('ssm', 'DeleteParameter', { Name: '/tender/clusters/broken' });
    await scenario.world.advance(3 * MINUTE);
    expect(pages(scenario).at(-1)?.subject).toBe('Tender: cluster broken: its registry entry can be used again');
  });
});
