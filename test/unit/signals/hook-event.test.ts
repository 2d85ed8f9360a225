import { describe, expect, it } from 'vitest';
import { readHookNotification } from '../../../src/signals/hook-event.ts';
import { hookEvent, hookNotification } from './hook-notifications.ts';

describe('readHookNotification', () => {
  it('reads a body of before warm pools, which says neither origin nor destination', () => {
    const reading = readHookNotification(hookNotification({ Origin: undefined, Destination: undefined }));
    expect(reading).toMatchObject({ signal: { origin: undefined, destination: undefined } });
  });

  it('takes the time of the notification, not of the reading', () => {
    expect(readHookNotification(hookEvent())).toMatchObject({ signal: { at: '2026-03-01T12:00:00Z' } });
  });

  it('drops what is no lifecycle hook notification', () => {
    expect(readHookNotification({})).toEqual({ drop: 'not a lifecycle hook notification' });
  });

  it.each([
    'AutoScalingGroupName',
    'EC2InstanceId',
    'LifecycleHookName',
    'LifecycleActionToken',
    'LifecycleTransition',
  ])('names the field that is missing: %s', (field) => {
    const malformed = expect.objectContaining({
      name: 'MalformedSignal',
      message: expect.stringContaining(`${field} is missing`),
    });
    expect(() => readHookNotification(hookEvent({ [field]: undefined }))).toThrow(malformed);
  });

  it.each([
    ['EC2InstanceId', 'not-an-instance', 'EC2InstanceId is "not-an-instance"'],
    ['EC2InstanceId', 'i-0123456789abcdef0/../x', 'EC2InstanceId is'],
    ['LifecycleActionToken', '', 'LifecycleActionToken is ""'],
    ['AutoScalingGroupName', 7, 'AutoScalingGroupName is "7"'],
    ['LifecycleTransition', 'autoscaling:EC2_INSTANCE_PARKING', 'expected autoscaling:EC2_INSTANCE_LAUNCHING'],
  ])('refuses %s = %j', (field, value, text) => {
    expect(() => readHookNotification(hookEvent({ [field]: value }))).toThrow(text);
  });

  it.each([undefined, null, 'text'])('refuses an event whose detail is %j', (detail) => {
    expect(() => readHookNotification({ ...hookEvent(), detail })).toThrow('has no detail');
  });

  it('refuses an event without its time', () => {
    expect(() => readHookNotification({ ...hookEvent(), time: undefined })).toThrow('time is missing');
  });
});
