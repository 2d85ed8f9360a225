import { describe, expect, it } from 'vitest';
import { failingInstances } from '../../../rehearsal/demo-cluster.ts';
import type { Pod } from '../../../simulator/kubernetes/api/objects.ts';
import { isOver } from '../../support/scenarios/departure.ts';
import { pages, stored } from '../../support/scenarios/scenario.ts';
import { rehearseUpdate, startUpdate, traces, update, versionsOf } from '../../support/scenarios/update.ts';

const timeout = 240_000;
const dies = (seconds: number) => ({ name: 'kubelet-dies-after-ready', seconds }) as const;

function restartsOf(status: Pod['status']): number {
  return Math.max(0, ...(status?.containerStatuses ?? []).map(({ restartCount = 0 }) => restartCount));
}

describe('a bad image', { timeout }, () => {
  it('that does not join is taken back before any node was touched', async () => {
    const { scenario, first } = await rehearseUpdate({
      second: { failures: () => ({ name: 'never-boots-kubelet' }) },
      entry: { updates: { joinMinutes: 10 } },
    });

    await update(scenario);

    expect(scenario.output('os-update')).toMatchObject({ outcome: 'rolled-back', updated: 0 });
    await scenario.comesToRest();
    expect([...scenario.cluster.inService()].sort()).toEqual([...first].sort());
    expect([traces(scenario, '1'), scenario.leftovers()]).toEqual([[], []]);
    expect(pages(scenario)).toHaveLength(1);
    expect(pages(scenario)[0]?.subject).toBe(
      'Tender: the update of group demo-workers of cluster demo was rolled back',
    );
    expect(pages(scenario)[0]?.message).toMatch(/rolled back: i-[0-9a-f]+ is in service and its Node is not Ready/);
    expect([...stored(scenario, 'updates/bad-images/').values()]).toMatchObject([{ cluster: 'demo' }]);

    // Nobody begins with it again.
    await update(scenario);
    expect(scenario.cause('os-update', -1)).toMatch(/image ami-\w+ was rolled back at/);
  });

  it('whose canary is not well while it bakes is taken back', async () => {
    const { scenario, first } = await rehearseUpdate({
      second: { failures: () => dies(900) },
      entry: { updates: { bakeMinutes: 20 } },
    });

    await update(scenario);

    expect(scenario.output('os-update')).toMatchObject({ outcome: 'rolled-back' });
    expect(String(scenario.output('os-update').remark)).toMatch(/^rolled back: the canary is not well: /);
    await scenario.comesToRest();
    expect(versionsOf(scenario)).toEqual(['1', '1', '1']);
    expect(scenario.cluster.inService().filter((id) => first.includes(id))).toHaveLength(2);
    expect([traces(scenario, '1'), scenario.leftovers(), pages(scenario).length]).toEqual([[], [], 1]);
  });

  it('on which pods restart again and again that did not before is taken back after its bake, although all of them are Ready', async () => {
    const { scenario } = await rehearseUpdate({
      application: { pods: 8, minAvailable: 4 },
      second: { podTiming: { crashSeconds: ({ metadata }) => (metadata.labels?.app === 'shop' ? 100 : undefined) } },
      entry: { updates: { bakeMinutes: 12 } },
    });

    await update(scenario);

    expect(scenario.output('os-update')).toMatchObject({ outcome: 'rolled-back' });
    expect(String(scenario.output('os-update').remark)).toMatch(
      /^rolled back: after the bake \d+ pods of workloads that ran well before restart again and again: default\/\S+ on \S+/,
    );
    await scenario.comesToRest();
    expect(versionsOf(scenario)).toEqual(['1', '1', '1']);
    expect([traces(scenario, '1'), scenario.leftovers(), pages(scenario).length]).toEqual([[], [], 1]);
  });

  it('is not called bad for what somebody rolls out while its canary bakes, although that crashes on the canary only', async () => {
    const { scenario } = await rehearseUpdate({
      application: { pods: 8, minAvailable: 4 },
      second: { podTiming: { crashSeconds: ({ metadata }) => (metadata.labels?.app === 'late' ? 100 : undefined) } },
      entry: { updates: { bakeMinutes: 12 } },
    });
    startUpdate(scenario);
    const record = () => [...stored(scenario, 'updates/demo/groups/').values()][0];
    await scenario.world.until('the canary bakes', () => record()?.phase === 'bake', 7_200_000);
    scenario.cluster.kubernetes.seed.deployment({ name: 'late', replicas: 8 });
    const crashing = () =>
      scenario.cluster.kubernetes.store
        .list<Pod>('pods', 'default')
        .filter(({ metadata, status }) => /^late-/.test(metadata.name) && restartsOf(status) > 2);
    await scenario.world.until('it restarts again and again', () => crashing().length > 0, 1_800_000);
    await isOver(scenario, 'os-update');

    expect(scenario.output('os-update')).toMatchObject({ outcome: 'done' });
    expect([...stored(scenario, 'updates/bad-images/').values()]).toEqual([]);
  });

  it('that shows it in the third wave is taken back everywhere', async () => {
    const { scenario } = await rehearseUpdate({
      workers: 4,
      second: {
        failures: failingInstances((ordinal) => (ordinal === 4 ? { name: 'never-boots-kubelet' } : undefined)),
      },
      entry: { updates: { joinMinutes: 10, bakeMinutes: 1 } },
    });

    await update(scenario);

    expect(scenario.output('os-update')).toMatchObject({ outcome: 'rolled-back' });
    await scenario.comesToRest();
    expect(versionsOf(scenario)).toEqual(['1', '1', '1', '1']);
    expect([traces(scenario, '1'), scenario.leftovers(), pages(scenario).length]).toEqual([[], [], 1]);
    // Three went forward and three came back, one after the other.
    expect([...stored(scenario, 'updates/demo/past/').values()]).toMatchObject([{ status: 'rolled-back', waves: 6 }]);
  });
});

describe('an alarm', { timeout }, () => {
  it('that rings while the canary bakes takes the image back', async () => {
    const { scenario } = await rehearseUpdate({ entry: { updates: { bakeMinutes: 10, alarms: ['errors'] } } });
    await scenario.operate('cloudwatch', 'PutMetricAlarm', {
      AlarmName: 'errors',
      Namespace: 'Shop',
      MetricName: 'Errors',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      TreatMissingData: 'ignore',
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
    });
    const rings = () =>
      scenario.operate('cloudwatch', 'SetAlarmState', {
        AlarmName: 'errors',
        StateValue: 'ALARM',
        StateReason: 'too many',
      });
    startUpdate(scenario);
    const record = () => [...stored(scenario, 'updates/demo/groups/').values()][0];
    await scenario.world.until('the canary bakes', () => record()?.phase === 'bake', 7_200_000);
    await rings();
    await scenario.comesToRest();

    expect(String(scenario.output('os-update').remark)).toMatch(
      /the canary is not well: alarm errors is in ALARM: too many/,
    );
    expect(versionsOf(scenario)).toEqual(['1', '1', '1']);
    expect(traces(scenario, '1')).toEqual([]);
  });
});

describe('a query of Prometheus', { timeout }, () => {
  const query = 'rate(errors[5m]) > 1';
  const prometheus = { url: 'https://prometheus.example.net', query };
  const entry = { updates: { bakeMinutes: 10, prometheus } };
  const answering = (result: () => readonly object[]) => ({
    handle: async () => {
      const text = JSON.stringify({ status: 'success', data: { resultType: 'vector', result: result() } });
      return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(text) };
    },
  });

  it('that finds something while the canary bakes takes the image back', async () => {
    const { scenario } = await rehearseUpdate({ entry });
    const record = () => [...stored(scenario, 'updates/demo/groups/').values()][0];
    const finds = () => (record()?.phase === 'bake' ? [{ metric: { job: 'shop' }, value: [1, '7'] }] : []);
    scenario.cloud.network.attach('prometheus.example.net', answering(finds));

    await update(scenario);

    expect(String(scenario.output('os-update').remark)).toContain(
      'the canary is not well: the Prometheus query found {"job":"shop"}',
    );
    await scenario.comesToRest();
    expect(versionsOf(scenario)).toEqual(['1', '1', '1']);
    expect(traces(scenario, '1')).toEqual([]);
  });

  it('that nobody answers holds the update, and one that finds nothing lets it pass', async () => {
    const { scenario } = await rehearseUpdate({ entry });
    startUpdate(scenario);
    await scenario.world.advance(15 * 60_000);
    const record = () => [...stored(scenario, 'updates/demo/groups/').values()][0];
    expect([record()?.status, versionsOf(scenario)]).toEqual(['running', ['1', '1', '1']]);
    expect(record()?.why).toContain('Prometheus cannot be asked');

    scenario.cloud.network.attach(
      'prometheus.example.net',
      answering(() => []),
    );
    await scenario.comesToRest();
    expect(scenario.output('os-update')).toMatchObject({ outcome: 'done', updated: 3 });
  });
});
