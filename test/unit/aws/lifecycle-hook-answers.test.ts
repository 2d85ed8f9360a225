import { describe, expect, it } from 'vitest';
import { lifecycleHookAnswers } from '../../../src/aws/lifecycle-hook-answers.ts';
import { awsError, scriptedAws } from './scripted-aws.ts';

const hook = { groupName: 'demo-workers', hookName: 'tender-launch', instanceId: 'i-1' };
const named = { AutoScalingGroupName: 'demo-workers', LifecycleHookName: 'tender-launch', InstanceId: 'i-1' };
const both = (answer: () => unknown) =>
  scriptedAws({ CompleteLifecycleAction: answer, RecordLifecycleActionHeartbeat: answer });

describe('lifecycleHookAnswers', () => {
  it('answers and keeps alive by group, hook and instance', async () => {
    const aws = both(() => ({}));
    const answers = lifecycleHookAnswers(aws);
    expect(await answers.complete(hook, 'CONTINUE')).toBe('answered');
    expect(await answers.complete(hook, 'ABANDON')).toBe('answered');
    expect(await answers.heartbeat(hook)).toBe('recorded');
    expect(aws.sent).toEqual([
      ['CompleteLifecycleAction', { ...named, LifecycleActionResult: 'CONTINUE' }],
      ['CompleteLifecycleAction', { ...named, LifecycleActionResult: 'ABANDON' }],
      ['RecordLifecycleActionHeartbeat', named],
    ]);
  });

  it.each([
    'No active Lifecycle Action found with instance ID i-1',
    'AutoScalingGroup name not found - AutoScalingGroup demo-workers not found',
  ])('takes "%s" for an action that somebody finished', async (message) => {
    const answers = lifecycleHookAnswers(both(() => awsError('ValidationError', message)));
    expect(await answers.complete(hook, 'CONTINUE')).toBe('finished');
    expect(await answers.heartbeat(hook)).toBe('finished');
  });

  it.each([
    ['Throttling', 'Rate exceeded', 'AwsThrottled'],
    ['InternalFailure', 'An internal error has occurred', 'AwsUnavailable'],
    ['AccessDenied', 'User is not authorized to perform: autoscaling:CompleteLifecycleAction', 'AwsAccessDenied'],
    ['ValidationError', 'No Lifecycle Hook found for the given names', 'ValidationError'],
  ])('throws %s as %s: nobody has finished anything', async (code, message, name) => {
    const answers = lifecycleHookAnswers(both(() => awsError(code, message)));
    await expect(answers.complete(hook, 'CONTINUE')).rejects.toMatchObject({
      name,
      message: expect.stringContaining(message),
    });
    await expect(answers.heartbeat(hook)).rejects.toMatchObject({ name });
  });
});
