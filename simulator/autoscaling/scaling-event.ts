import type { BusEvent } from '../cloud/ports.ts';
import type { ActivityRecord, GroupRecord, Place } from './group-record.ts';

/** The kinds of events that tell how an activity ended. */
export type ScalingEventKind =
  | 'EC2 Instance Launch Successful'
  | 'EC2 Instance Launch Unsuccessful'
  | 'EC2 Instance Terminate Successful';

/** The event about an activity's end (user guide, "Amazon EC2 Auto Scaling event reference"). */
export function scalingEvent(
  group: GroupRecord,
  kind: ScalingEventKind,
  activity: ActivityRecord,
  way: { readonly origin: Place; readonly destination: Place },
  instanceArn: string | undefined,
): BusEvent {
  return {
    source: 'aws.autoscaling',
    detailType: kind,
    detail: {
      StatusCode: kind.endsWith('Unsuccessful') ? 'Failed' : 'InProgress',
      Description: activity.description,
      AutoScalingGroupName: group.name,
      ActivityId: activity.id,
      Details: JSON.parse(activity.details) as Record<string, unknown>,
      RequestId: activity.id,
      StatusMessage: activity.statusMessage ?? '',
      EndTime: activity.endTime?.toISOString() ?? '',
      EC2InstanceId: activity.instanceId ?? '',
      StartTime: activity.startTime.toISOString(),
      Cause: activity.cause,
      Origin: way.origin,
      Destination: way.destination,
    },
    resources: [group.arn, ...(instanceArn ? [instanceArn] : [])],
  };
}
