import { withoutUndefined } from './properties.ts';
import { differs, type NewResource, type ResourceHandlers, updateTags } from './resource-handler.ts';

/** AWS::Logs::* and AWS::CloudWatch::* */
export const monitoringResources: ResourceHandlers = {
  'AWS::Logs::LogGroup': {
    create: async ({ properties, call, generatedName, targets, born }) => {
      const logGroupName = properties.text('LogGroupName') ?? generatedName;
      const input = withoutUndefined({
        logGroupName,
        kmsKeyId: properties.text('KmsKeyId'),
        logGroupClass: properties.text('LogGroupClass'),
        tags: properties.tagMap,
      });
      await call('logs', 'CreateLogGroup', input);
      const Arn = `arn:aws:logs:${targets.region}:${targets.account}:log-group:${logGroupName}:*`;
      born({ ref: logGroupName, attributes: { Arn } });
      const retentionInDays = properties.number('RetentionInDays');
      if (retentionInDays) await call('logs', 'PutRetentionPolicy', { logGroupName, retentionInDays });
      return { ref: logGroupName, attributes: { Arn } };
    },
    replacedBy: ['LogGroupName'],
    update: async (wanted, before) => {
      const { properties, call } = wanted;
      const logGroupName = before.ref;
      const retentionInDays = properties.number('RetentionInDays');
      if (differs(wanted, before, 'RetentionInDays')) {
        if (retentionInDays) await call('logs', 'PutRetentionPolicy', { logGroupName, retentionInDays });
        else await call('logs', 'DeleteRetentionPolicy', { logGroupName });
      }
      const resourceArn = String(before.attributes.Arn).replace(/:\*$/, '');
      await updateTags(
        wanted,
        before,
        (_, tags) => call('logs', 'TagResource', { resourceArn, tags }),
        (tagKeys) => call('logs', 'UntagResource', { resourceArn, tagKeys }),
      );
    },
    remove: ({ call, ref: logGroupName }) => call('logs', 'DeleteLogGroup', { logGroupName }),
  },
  'AWS::CloudWatch::Alarm': {
    create: async (resource) => {
      const AlarmName = resource.properties.text('AlarmName') ?? resource.generatedName;
      await putAlarm(resource, AlarmName, resource.properties.tagList);
      const { region, account } = resource.targets;
      return { ref: AlarmName, attributes: { Arn: `arn:aws:cloudwatch:${region}:${account}:alarm:${AlarmName}` } };
    },
    replacedBy: ['AlarmName'],
    update: async (wanted, before) => putAlarm(wanted, before.ref),
    remove: ({ call, ref }) => call('cloudwatch', 'DeleteAlarms', { AlarmNames: [ref] }),
  },
  'AWS::CloudWatch::Dashboard': {
    create: async ({ properties, call, generatedName }) => {
      const DashboardName = properties.text('DashboardName') ?? generatedName;
      await call('cloudwatch', 'PutDashboard', { DashboardName, DashboardBody: properties.document('DashboardBody') });
      return { ref: DashboardName, attributes: {} };
    },
    replacedBy: ['DashboardName'],
    update: async ({ properties, call }, { ref: DashboardName }) => {
      await call('cloudwatch', 'PutDashboard', { DashboardName, DashboardBody: properties.document('DashboardBody') });
    },
    remove: ({ call, ref }) => call('cloudwatch', 'DeleteDashboards', { DashboardNames: [ref] }),
  },
};

// PutMetricAlarm gives an alarm all its settings anew, but for its tags, which it takes at creation only.
async function putAlarm({ properties, call }: NewResource, AlarmName: string, Tags?: object): Promise<void> {
  const numbers = ['Period', 'EvaluationPeriods', 'DatapointsToAlarm', 'Threshold'];
  const input = withoutUndefined({
    AlarmName,
    ...Object.fromEntries(numbers.map((name) => [name, properties.number(name)])),
    ActionsEnabled: properties.flag('ActionsEnabled'),
    Tags,
    ...properties.pick('AlarmDescription', 'Namespace', 'MetricName', 'Dimensions', 'Statistic', 'ExtendedStatistic'),
    ...properties.pick('ComparisonOperator', 'TreatMissingData', 'Unit', 'Metrics', 'EvaluateLowSampleCountPercentile'),
    ...properties.pick('AlarmActions', 'OKActions', 'InsufficientDataActions', 'ThresholdMetricId'),
  });
  await call('cloudwatch', 'PutMetricAlarm', input);
}
