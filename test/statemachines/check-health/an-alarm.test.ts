import { describe, expect, it } from 'vitest';
import { rehearseWatched, verdictsOf } from '../../support/scenarios/watched.ts';

describe('an alarm about an instance', { timeout: 120_000 }, () => {
  it('has the cluster looked at at once; whether it is a reason to act is for a rule to say', async () => {
    const rule = { signal: 'Alarm:disk-full', afterMinutes: 10, ladder: ['page'] };
    const entry = { health: { rules: [rule] }, schedules: { healthMinutes: 0 } };
    const { scenario, leaver } = await rehearseWatched({ workers: 4, entry });
    for (const AlarmName of ['disk-full', 'nobody-asked']) {
      await scenario.operate('cloudwatch', 'PutMetricAlarm', {
        AlarmName,
        Namespace: 'CWAgent',
        MetricName: 'disk_used_percent',
        Dimensions: [{ Name: 'InstanceId', Value: leaver.instanceId }],
        Statistic: 'Average',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 90,
        ComparisonOperator: 'GreaterThanThreshold',
      });
      const raised = { AlarmName, StateValue: 'ALARM', StateReason: 'the disk is full' };
      await scenario.operate('cloudwatch', 'SetAlarmState', raised);
    }
    await scenario.world.advance(30_000);
    expect(verdictsOf(scenario).filter((line) => line.startsWith('Alarm'))).toEqual([
      `Alarm:disk-full of ${leaver.nodeName}: waits`,
    ]);
  });
});
