import { readAlarmStateChange } from './alarm-state-change.ts';
import type { Fields } from './fields.ts';
import { readHookBody, readLaunchHookEvent, readTerminateHookEvent } from './hook-event.ts';
import { readNodeProblem } from './node-problem.ts';
import { readRebalanceRecommendation } from './rebalance-recommendation.ts';
import { readScheduledMaintenance } from './scheduled-maintenance.ts';
import type { Reading } from './signal.ts';
import { readSpotInterruption } from './spot-interruption.ts';
import { readStateChange } from './state-change.ts';

/** Who reads which of EventBridge's events, by source and detail type. */
const readers = new Map<string, (event: Fields, now: Date) => Reading>([
  ['aws.autoscaling EC2 Instance-launch Lifecycle Action', readLaunchHookEvent],
  ['aws.autoscaling EC2 Instance-terminate Lifecycle Action', readTerminateHookEvent],
  ['aws.ec2 EC2 Spot Instance Interruption Warning', readSpotInterruption],
  ['aws.ec2 EC2 Instance Rebalance Recommendation', readRebalanceRecommendation],
  ['aws.ec2 EC2 Instance State-change Notification', readStateChange],
  ['aws.health AWS Health Event', readScheduledMaintenance],
  ['tender.health Node Problem', readNodeProblem],
  ['aws.cloudwatch CloudWatch Alarm State Change', readAlarmStateChange],
]);

/**
 * Reads a notification of any kind: EventBridge's event, or the raw body that Auto Scaling sends to queues and topics (S1). What is of no known
 * kind is dropped, and so is advice that is too old to follow; nothing else is dropped for its age.
 * @throws MalformedSignal when it is of a known kind and a field is missing or of the wrong form.
 */
export function readNotification(body: Fields, now: Date): Reading {
  if (body.Event === 'autoscaling:TEST_NOTIFICATION') return { drop: 'a test notification' };
  const detailType = body['detail-type'];
  if (typeof detailType === 'string') {
    const read = readers.get(`${String(body.source)} ${detailType}`);
    return read ? read(body, now) : { drop: `no workflow for "${detailType}" of ${String(body.source)}` };
  }
  return 'LifecycleTransition' in body ? readHookBody(body) : { drop: 'not a notification that Tender knows' };
}
