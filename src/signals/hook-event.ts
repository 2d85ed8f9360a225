import { MalformedSignal } from './errors.ts';
import { type Fields, instanceIdForm, object, optionalText, text, time } from './fields.ts';
import type { HookSignal, Reading } from './signal.ts';

const transitions: Readonly<Record<string, HookSignal['kind']>> = {
  'autoscaling:EC2_INSTANCE_LAUNCHING': 'launch-hook',
  'autoscaling:EC2_INSTANCE_TERMINATING': 'terminate-hook',
};

/**
 * Reads EventBridge's event of a launch hook (S3).
 * Shapes: https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-event-reference.html
 * @throws MalformedSignal when a field is missing or of the wrong form.
 */
export function readLaunchHookEvent(event: Fields): Reading {
  return readHookEvent(event, 'launch-hook');
}

/**
 * Reads EventBridge's event of a terminate hook, as {@link readLaunchHookEvent}.
 * @throws MalformedSignal
 */
export function readTerminateHookEvent(event: Fields): Reading {
  return readHookEvent(event, 'terminate-hook');
}

/**
 * Reads the raw body that Auto Scaling sends to a hook's queue or topic (S1).
 * Shape: https://docs.aws.amazon.com/autoscaling/ec2/userguide/prepare-for-lifecycle-notifications.html
 * @throws MalformedSignal
 */
export function readHookBody(body: Fields): Reading {
  return { signals: [{ ...readDetail(body, time(body, 'Time')), account: optionalText(body, 'AccountId') }] };
}

function readHookEvent(event: Fields, kind: HookSignal['kind']): Reading {
  const signal = readDetail(object(event, 'detail'), time(event, 'time'));
  if (signal.kind !== kind) {
    throw new MalformedSignal(`"${String(event['detail-type'])}" has LifecycleTransition of a ${signal.kind}`);
  }
  return { signals: [{ ...signal, account: optionalText(event, 'account'), region: optionalText(event, 'region') }] };
}

function readDetail(detail: Fields, at: string): HookSignal {
  const transition = text(detail, 'LifecycleTransition');
  const kind = transitions[transition];
  if (!kind) {
    throw new MalformedSignal(
      `LifecycleTransition is "${transition}", expected autoscaling:EC2_INSTANCE_LAUNCHING or autoscaling:EC2_INSTANCE_TERMINATING`,
    );
  }
  return {
    kind,
    groupName: text(detail, 'AutoScalingGroupName'),
    instanceId: text(detail, 'EC2InstanceId', instanceIdForm),
    hookName: text(detail, 'LifecycleHookName'),
    token: text(detail, 'LifecycleActionToken'),
    origin: optionalText(detail, 'Origin'),
    destination: optionalText(detail, 'Destination'),
    at,
  };
}
