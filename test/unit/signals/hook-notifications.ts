type Fields = Readonly<Record<string, unknown>>;

const fields = {
  LifecycleActionToken: '87654321-4321-4321-4321-210987654321',
  AutoScalingGroupName: 'demo-workers',
  LifecycleHookName: 'tender-launch',
  EC2InstanceId: 'i-0123456789abcdef0',
  LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
  Origin: 'EC2',
  Destination: 'AutoScalingGroup',
};

/** EventBridge's event of our launch hook, with changes of its detail. */
export function hookEvent(changes: Fields = {}): Fields {
  return {
    version: '0',
    id: '12345678-1234-1234-1234-123456789012',
    'detail-type': 'EC2 Instance-launch Lifecycle Action',
    source: 'aws.autoscaling',
    account: '123456789012',
    region: 'us-east-1',
    time: '2026-03-01T12:00:00Z',
    detail: { ...fields, ...changes },
  };
}

/** EventBridge's event of our terminate hook, with changes of its detail. */
export function terminateEvent(changes: Fields = {}): Fields {
  const terminate = {
    LifecycleHookName: 'tender-terminate',
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
  };
  return { ...hookEvent({ ...terminate, ...changes }), 'detail-type': 'EC2 Instance-terminate Lifecycle Action' };
}

/** The raw body of our launch hook, with changes. */
export function hookNotification(changes: Fields = {}): Fields {
  return {
    ...fields,
    Service: 'AWS Auto Scaling',
    AccountId: '123456789012',
    Time: '2026-03-01T12:00:00.123Z',
    ...changes,
  };
}
