import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import type { Gates } from '../updates/ports.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';

/**
 * Which of these CloudWatch alarms, at most 100, are in ALARM, in words, and which do not exist: whoever named them meant something. INSUFFICIENT_DATA is no alarm
 * (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html).
 */
export async function alarmStates(aws: AwsAccess, names: readonly string[]): Promise<Gates> {
  if (names.length === 0) return { closed: [], unknown: [] };
  const query = { AlarmNames: [...names], AlarmTypes: ['MetricAlarm' as const, 'CompositeAlarm' as const] };
  const pages = await allPages(paginateDescribeAlarms({ client: aws.client(CloudWatchClient) }, query));
  const found = pages.flatMap(({ MetricAlarms = [], CompositeAlarms = [] }) => [...MetricAlarms, ...CompositeAlarms]);
  const states = new Map(
    found.map(({ AlarmName = '', StateValue, StateReason }) => [AlarmName, { StateValue, StateReason }]),
  );
  const closed = names.filter((name) => states.get(name)?.StateValue === 'ALARM');
  return {
    closed: closed.map((name) => `alarm ${name} is in ALARM: ${states.get(name)?.StateReason ?? ''}`),
    unknown: names.filter((name) => !states.has(name)).map((name) => `alarm ${name} does not exist`),
  };
}
