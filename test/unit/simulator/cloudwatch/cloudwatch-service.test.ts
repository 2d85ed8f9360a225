import { beforeEach, describe, expect, it } from 'vitest';
import type { CallContext, Operation } from '../../../../simulator/cloud/service.ts';
import { Alarms, judge } from '../../../../simulator/cloudwatch/alarms.ts';
import { extractEmbeddedMetrics } from '../../../../simulator/cloudwatch/embedded-metrics.ts';
import { MetricStore } from '../../../../simulator/cloudwatch/metric-store.ts';
import { cloudwatchService } from '../../../../simulator/cloudwatch/service.ts';
import { LogStore } from '../../../../simulator/logs/log-store.ts';
import { World } from '../../../../simulator/world/world.ts';

const TOPIC = 'arn:aws:sns:us-east-1:111111111111:alarms';

describe('CloudWatch', () => {
  let world: World;
  let logs: LogStore;
  let delivered: { target: string; message: Record<string, unknown>; subject: string }[];
  let call: (name: string, input: object) => Record<string, unknown>;

  beforeEach(() => {
    world = new World({ seed: 1 });
    logs = new LogStore(world);
    delivered = [];
    const metrics = new MetricStore(world);
    extractEmbeddedMetrics(logs, metrics);
    const alarms = new Alarms({
      world,
      metrics,
      region: 'us-east-1',
      account: '111111111111',
      deliver: async (target, message, subject) => {
        delivered.push({ target, message: JSON.parse(message), subject });
      },
    });
    const service = cloudwatchService(metrics, alarms);
    const context = { world, region: 'us-east-1', account: '111111111111' } as CallContext;
    call = (name, input) => {
      const operation = service.operations[name] as Operation<object, Record<string, unknown>>;
      return operation.run(input, context) as Record<string, unknown>;
    };
  });

  const emf = (value: number | number[]): string =>
    JSON.stringify({
      _aws: {
        Timestamp: world.now(),
        CloudWatchMetrics: [
          {
            Namespace: 'Tender',
            Dimensions: [['cluster', 'workflow']],
            Metrics: [{ Name: 'NodesRefused', Unit: 'Count' }],
          },
        ],
      },
      cluster: 'demo',
      workflow: 'node-bootstrap',
      NodesRefused: value,
    });
  const alarm = (more: object = {}): void => {
    call('PutMetricAlarm', {
      AlarmName: 'refused',
      Namespace: 'Tender',
      MetricName: 'NodesRefused',
      Dimensions: [
        { Name: 'workflow', Value: 'node-bootstrap' },
        { Name: 'cluster', Value: 'demo' },
      ],
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 2,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      AlarmActions: [TOPIC],
      OKActions: [TOPIC],
      ...more,
    });
  };
  const state = (): unknown => (call('DescribeAlarms', {}).MetricAlarms as { StateValue: string }[])[0]?.StateValue;

  it('makes metrics of embedded metric lines', () => {
    logs.write('/aws/lambda/x', 's', emf([1, 4]));
    logs.write('/aws/lambda/x', 's', 'no metric');

    const output = call('GetMetricStatistics', {
      Namespace: 'Tender',
      MetricName: 'NodesRefused',
      Dimensions: [
        { Name: 'cluster', Value: 'demo' },
        { Name: 'workflow', Value: 'node-bootstrap' },
      ],
      StartTime: new Date(world.now() - 60_000),
      EndTime: new Date(world.now() + 60_000),
      Period: 60,
      Statistics: ['Sum', 'Average', 'Maximum', 'SampleCount'],
    });

    expect(output.Datapoints).toEqual([
      { Timestamp: world.date(), Unit: 'Count', Sum: 5, Average: 2.5, Maximum: 4, SampleCount: 2 },
    ]);
    expect(call('ListMetrics', { Namespace: 'Tender' })).toMatchObject({ Metrics: [{ MetricName: 'NodesRefused' }] });
  });

  it('raises an alarm when the threshold is crossed, tells its topic, and takes it back', async () => {
    alarm();
    await world.advance(60_000);
    expect(state()).toBe('OK');
    logs.write('/aws/lambda/x', 's', emf(2));
    await world.advance(60_000);
    expect(state()).toBe('ALARM');
    await world.advance(60_000);

    expect(state()).toBe('OK');
    expect(delivered.map(({ target, subject }) => [target, subject])).toEqual([
      [TOPIC, 'OK: "refused" in us-east-1'],
      [TOPIC, 'ALARM: "refused" in us-east-1'],
      [TOPIC, 'OK: "refused" in us-east-1'],
    ]);
    expect(delivered[1]?.message).toMatchObject({
      AlarmName: 'refused',
      NewStateValue: 'ALARM',
      OldStateValue: 'OK',
      Trigger: { MetricName: 'NodesRefused', Statistic: 'SUM', Threshold: 2 },
    });
  });

  it('can be set by hand until the next evaluation, and keeps quiet when its actions are disabled', async () => {
    alarm({ ActionsEnabled: false });
    call('SetAlarmState', { AlarmName: 'refused', StateValue: 'ALARM', StateReason: 'a test' });
    const byHand = state();
    await world.advance(60_000);

    expect([byHand, state()]).toEqual(['ALARM', 'OK']);
    expect(delivered).toEqual([]);
  });

  it('refuses what it cannot evaluate', () => {
    expect(() => alarm({ Metrics: [{ Id: 'e1', Expression: 'm1 / 2' }] })).toThrow('metric math');
    expect(() => alarm({ ExtendedStatistic: 'p99' })).toThrow('ExtendedStatistic');
    expect(() => call('SetAlarmState', { AlarmName: 'x', StateValue: 'OK' })).toThrow('does not exist');
  });
});

describe('an alarm', () => {
  const settings = { comparison: 'GreaterThanThreshold', threshold: 5, datapointsToAlarm: 2 } as const;

  it.each([
    ['two of three breach', 'missing', [6, undefined, 7], 'ALARM'],
    ['one of three breaches', 'missing', [6, 1, 2], 'OK'],
    ['missing counts as breaching', 'breaching', [6, undefined, 2], 'ALARM'],
    ['missing counts as fine', 'notBreaching', [undefined, undefined, undefined], 'OK'],
    ['nothing is known', 'missing', [undefined, undefined, undefined], 'INSUFFICIENT_DATA'],
    ['missing leaves it as it is', 'ignore', [1, undefined, 1], undefined],
  ] as const)('%s: treatMissingData %s', (_what, treatMissingData, values, expected) => {
    expect(judge({ ...settings, treatMissingData }, values)?.state).toBe(expected);
  });
});
