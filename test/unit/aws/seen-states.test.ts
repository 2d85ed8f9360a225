import { expect, it } from 'vitest';
import { auditCalls } from '../../../src/aws/audited-calls.ts';
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
