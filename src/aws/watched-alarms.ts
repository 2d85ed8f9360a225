import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import type { WatchedAlarms } from '../health/ports.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { batches } from './batches.ts';

/** DescribeAlarms takes at most 100 names (docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html). */
const NAMES = 100;

/** CloudWatch alarms about instances. */
export function watchedAlarms(aws: AwsAccess): WatchedAlarms {
  const client = aws.client(CloudWatchClient);
  return {
    async inAlarm(names) {
      const pages = await Promise.all(
        batches(names, NAMES).map((AlarmNames) =>
          allPages(paginateDescribeAlarms({ client }, { AlarmNames: [...AlarmNames], StateValue: 'ALARM' })),
        ),
      );
      return pages.flat().flatMap(({ MetricAlarms = [] }) =>
        MetricAlarms.flatMap(
          ({ AlarmName: name = '', Dimensions = [], StateUpdatedTimestamp, StateReason: why = '' }) =>
            Dimensions.filter(({ Name }) => Name === 'InstanceId').map(({ Value: instanceId = '' }) => ({
              name,
              instanceId,
              since: StateUpdatedTimestamp?.toISOString() ?? '',
              why,
            })),
        ),
      );
    },
  };
}
