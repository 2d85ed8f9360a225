import { MalformedSignal } from './errors.ts';
import type { HookSignal, Reading } from './signal.ts';

/** EventBridge's detail types of lifecycle hooks. */
const detailTypes: Readonly<Record<string, HookSignal['kind']>> = {
  'EC2 Instance-launch Lifecycle Action': 'instance-launching',
  'EC2 Instance-terminate Lifecycle Action': 'instance-terminating',
};

const transitions: Readonly<Record<string, HookSignal['kind']>> = {
  'autoscaling:EC2_INSTANCE_LAUNCHING': 'instance-launching',
  'autoscaling:EC2_INSTANCE_TERMINATING': 'instance-terminating',
};

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a lifecycle hook's notification: EventBridge's event, or the raw body that Auto Scaling sends to SQS and SNS (S1, S3).
 * Shapes: https://docs.aws.amazon.com/autoscaling/ec2/userguide/prepare-for-lifecycle-notifications.html
 * @throws MalformedSignal when it is a hook's and a field is missing or of the wrong form.
 */
export function readHookNotification(body: Fields): Reading {
  if (body.Event === 'autoscaling:TEST_NOTIFICATION') return { drop: 'a test notification' };
  const detailType = body['detail-type'];
  if (typeof detailType === 'string') return readEvent(body, detailType);
  if ('LifecycleTransition' in body) {
    return { signal: { ...readDetail(body, text(body, 'Time')), account: optionalText(body, 'AccountId') } };
  }
  return { drop: 'not a lifecycle hook notification' };
}

function readEvent(event: Fields, detailType: string): Reading {
  const kind = detailTypes[detailType];
  if (!kind) return { drop: `no workflow for "${detailType}"` };
  const detail = event.detail;
  if (typeof detail !== 'object' || detail === null) throw new MalformedSignal(`"${detailType}" has no detail`);
  const signal = readDetail(detail as Fields, text(event, 'time'));
  if (signal.kind !== kind) throw new MalformedSignal(`"${detailType}" has LifecycleTransition of ${signal.kind}`);
  return { signal: { ...signal, account: optionalText(event, 'account'), region: optionalText(event, 'region') } };
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
    instanceId: text(detail, 'EC2InstanceId', /^i-[0-9a-f]{8,17}$/),
    hookName: text(detail, 'LifecycleHookName'),
    token: text(detail, 'LifecycleActionToken'),
    origin: optionalText(detail, 'Origin'),
    destination: optionalText(detail, 'Destination'),
    at,
  };
}

function text(fields: Fields, name: string, form = /./): string {
  const value = fields[name];
  if (typeof value !== 'string' || !form.test(value)) {
    throw new MalformedSignal(`${name} is ${value === undefined ? 'missing' : `"${String(value)}"`}`);
  }
  return value;
}

function optionalText(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}
