import { expect, it } from 'vitest';
import { auditCalls } from '../../../src/aws/audited-calls.ts';
import { targetOf } from '../../../src/aws/audited-parameters.ts';
import { lookBefore } from '../../../src/aws/look-before.ts';
import { seenStates } from '../../../src/aws/seen-states.ts';
import { type AuditedAction, trailing } from '../../../src/runtime/audit-trail.ts';

const group = {
  AutoScalingGroupName: 'workers',
  DesiredCapacity: 2,
  MinSize: 1,
  MaxSize: 5,
  LaunchTemplate: { LaunchTemplateId: 'lt-1', Version: '7' },
  SuspendedProcesses: [{ ProcessName: 'AZRebalance', SuspensionReason: 'somebody said so' }],
  Tags: [{ Key: 'secret', Value: 'not told' }],
};

type Middleware = (
  next: () => Promise<unknown>,
  context: { readonly clientName: string; readonly commandName: string },
) => (args: { readonly input: object }) => Promise<unknown>;

/** A client of the SDK as far as the audit goes: asks nobody, and answers what it is told. */
function sender(): (operation: string, input: object, output: object) => Promise<unknown> {
  let audit: Middleware | undefined;
  auditCalls({ middlewareStack: { add: (middleware: Middleware) => (audit = middleware) } });
  return async (operation, input, output) =>
    audit?.(async () => ({ output }), { clientName: 'AutoScalingClient', commandName: `${operation}Command` })({
      input,
    });
}

it('tells beside a change how its target was when the step had last looked, once, and nothing of what it had not looked at', async () => {
  const send = sender();
  const trail: AuditedAction[] = [];
  await trailing(trail, 's3://notes/', async () => {
    await send('DescribeAutoScalingGroups', {}, { AutoScalingGroups: [group] });
    for (const AutoScalingGroupName of ['workers', 'workers', 'others'])
      await send('SetDesiredCapacity', { AutoScalingGroupName, DesiredCapacity: 3 }, {});
  });
  const before = {
    ...{ DesiredCapacity: 2, MinSize: 1, MaxSize: 5, LaunchTemplateId: 'lt-1', Version: '7' },
    ScalingProcesses: ['AZRebalance'],
  };
  expect(trail.map((action) => action.before)).toEqual([before, undefined, undefined]);
});

it('is asked to look at what it has not seen, once, and only while records are kept', async () => {
  const send = sender();
  const trail: AuditedAction[] = [];
  let looks = 0;
  const look = () => {
    looks += 1;
    return send(
      'DescribeInstances',
      {},
      { Reservations: [{ Instances: [{ InstanceId: 'i-1', State: { Name: 'running' } }] }] },
    );
  };
  await lookBefore('i-1', look);
  expect(looks, 'nobody keeps a record').toBe(0);
  await trailing(trail, 's3://notes/', async () => {
    for (const _ of [1, 2]) await lookBefore('i-1', look);
    await lookBefore('s3://notes/claims', look);
    await lookBefore('i-2', () => Promise.reject(new Error('AccessDenied')));
    await send('RebootInstances', { InstanceIds: ['i-1'] }, {});
  });
  expect(looks).toBe(1);
  expect(trail).toMatchObject([{ action: 'RebootInstances', before: { State: 'running' } }]);
});

it('puts together what several looks have seen of one thing', async () => {
  const send = sender();
  const trail: AuditedAction[] = [];
  await trailing(trail, 's3://notes/', async () => {
    const member = {
      InstanceId: 'i-1',
      LifecycleState: 'InService',
      HealthStatus: 'HEALTHY',
      ProtectedFromScaleIn: false,
    };
    await send('DescribeAutoScalingInstances', {}, { AutoScalingInstances: [member] });
    await send(
      'DescribeInstances',
      {},
      { Reservations: [{ Instances: [{ InstanceId: 'i-1', State: { Name: 'running' } }] }] },
    );
    await send('TerminateInstanceInAutoScalingGroup', { InstanceId: 'i-1' }, {});
  });
  expect(trail[0]?.before).toEqual({ LifecycleState: 'InService', HealthStatus: 'HEALTHY', State: 'running' });
});

it('reads states of classic load balancers, node groups of EKS, and objects', () => {
  const InstanceStates = [{ InstanceId: 'i-1', State: 'InService', Description: 'N/A' }];
  expect(seenStates('DescribeInstanceHealth', { LoadBalancerName: 'web' }, { InstanceStates })).toEqual([
    { target: 'web', state: { Instances: [{ InstanceId: 'i-1', State: 'InService' }] } },
  ]);
  const nodegroup = {
    ...{
      clusterName: 'demo',
      nodegroupName: 'general',
      status: 'ACTIVE',
      version: '1.36',
      releaseVersion: '1.36.1-20260301',
    },
    ...{ launchTemplate: { id: 'lt-1', version: '3', name: 'general' }, tags: { secret: 'not told' } },
  };
  const state = {
    status: 'ACTIVE',
    version: '1.36',
    releaseVersion: '1.36.1-20260301',
    launchTemplate: { id: 'lt-1', version: '3' },
  };
  expect(seenStates('DescribeNodegroup', {}, { nodegroup })).toEqual([{ target: 'demo/general', state }]);
  expect(targetOf({ clusterName: 'demo', nodegroupName: 'general' })).toBe('demo/general');
  const Contents = Array.from({ length: 120 }, (_, index) => ({
    Key: `etcd/${index}`,
    Size: 7,
    LastModified: new Date(0),
  }));
  expect(seenStates('ListObjectsV2', { Bucket: 'snapshots' }, { Contents }).at(-1)).toEqual({
    target: 's3://snapshots/etcd/119',
    state: { Size: 7, LastModified: '1970-01-01T00:00:00.000Z' },
  });
});

it('reads states of instances and of targets', () => {
  const reservations = { Reservations: [{ Instances: [{ InstanceId: 'i-1', State: { Name: 'running' } }] }] };
  expect(seenStates('DescribeInstances', {}, reservations)).toEqual([{ target: 'i-1', state: { State: 'running' } }]);
  const health = {
    TargetHealthDescriptions: [{ Target: { Id: 'i-1', Port: 80 }, TargetHealth: { State: 'healthy', Reason: 'x' } }],
  };
  expect(seenStates('DescribeTargetHealth', { TargetGroupArn: 'arn:tg' }, health)).toEqual([
    { target: 'arn:tg', state: { Targets: [{ Id: 'i-1', Port: 80, State: 'healthy' }] } },
  ]);
  expect(seenStates('GetParameter', {}, { Parameter: { Value: 'secret' } })).toEqual([]);
});
