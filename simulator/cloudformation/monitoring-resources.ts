import { withoutUndefined } from './properties.ts';
import type { ResourceHandlers } from './resource-handler.ts';

/** AWS::Logs::* and AWS::CloudWatch::* */
export const monitoringResources: ResourceHandlers = {
  'AWS::Logs::LogGroup': async ({ properties, call, generatedName, targets }) => {
    const logGroupName = properties.text('LogGroupName') ?? generatedName;
    const input = withoutUndefined({
      logGroupName,
      kmsKeyId: properties.text('KmsKeyId'),
      logGroupClass: properties.text('LogGroupClass'),
      tags: properties.tagMap,
    });
    await call('logs', 'CreateLogGroup', input);
    const retentionInDays = properties.number('RetentionInDays');
    if (retentionInDays) await call('logs', 'PutRetentionPolicy', { logGroupName, retentionInDays });
    const Arn = `arn:aws:logs:${targets.region}:${targets.account}:log-group:${logGroupName}:*`;
    return { ref: logGroupName, attributes: { Arn } };
  },
  'AWS::CloudWatch::Alarm': async ({ properties, call, generatedName, targets }) => {
    const AlarmName = properties.text('AlarmName') ?? generatedName;
    const numbers = ['Period', 'EvaluationPeriods', 'DatapointsToAlarm', 'Threshold'];
    const input = withoutUndefined({
      AlarmName,
      ...Object.fromEntries(numbers.map((name) => [name, properties.number(name)])),
      ActionsEnabled: properties.flag('ActionsEnabled'),
      Tags: properties.tagList,
      ...properties.pick('AlarmDescription', 'Namespace', 'MetricName', 'Dimensions', 'Statistic', 'ExtendedStatistic'),
      ...properties.pick(
        'ComparisonOperator',
        'TreatMissingData',
        'Unit',
        'Metrics',
        'EvaluateLowSampleCountPercentile',
      ),
      ...properties.pick('AlarmActions', 'OKActions', 'InsufficientDataActions', 'ThresholdMetricId'),
    });
    await call('cloudwatch', 'PutMetricAlarm', input);
    const Arn = `arn:aws:cloudwatch:${targets.region}:${targets.account}:alarm:${AlarmName}`;
    return { ref: AlarmName, attributes: { Arn } };
  },
  'AWS::CloudWatch::Dashboard': async ({ properties, call, generatedName }) => {
    const DashboardName = properties.text('DashboardName') ?? generatedName;
    await call('cloudwatch', 'PutDashboard', { DashboardName, DashboardBody: properties.document('DashboardBody') });
    return { ref: DashboardName, attributes: {} };
  },
};
