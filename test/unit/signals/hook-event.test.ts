import { describe, expect, it } from 'vitest';
import { readNotification } from '../../../src/signals/read-notification.ts';
import { hookEvent, hookNotification } from './hook-notifications.ts';

const now = new Date('2026-03-01T12:00:30Z');

describe('readNotification, of a hook,', () => {
  it('reads a body of before warm pools, which says neither origin nor destination', () => {
    const reading = readNotification(hookNotification({ Origin: undefined, Destination: undefined }), now);
    expect(reading).toMatchObject({ signals: [{ origin: undefined, destination: undefined }] });
  });

  it('takes the time of the notification, not of the reading', () => {
    expect(readNotification(hookEvent(), now)).toMatchObject({ signals: [{ at: '2026-03-01T12:00:00Z' }] });
  });

  it('drops what is no notification of a known kind', () => {
    expect(readNotification({}, now)).toEqual({ drop: 'not a notification that Tender knows' });
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
    expect(() => readNotification(hookEvent({ [field]: undefined }), now)).toThrow(malformed);
  });

  it.each([
    ['EC2InstanceId', 'not-an-instance', 'EC2InstanceId is "not-an-instance"'],
    ['EC2InstanceId', 'i-0123456789abcdef0/../x', 'EC2InstanceId is'],
    ['LifecycleActionToken', '', 'LifecycleActionToken is ""'],
    ['AutoScalingGroupName', 7, 'AutoScalingGroupName is "7"'],
    ['LifecycleTransition', 'autoscaling:EC2_INSTANCE_PARKING', 'expected autoscaling:EC2_INSTANCE_LAUNCHING'],
  ])('refuses %s = %j', (field, value, text) => {
    expect(() => readNotification(hookEvent({ [field]: value }), now)).toThrow(text);
  });

  it.each([
    [undefined, 'has no detail'],
    [null, 'has no detail'],
    ['text', 'detail is not an object'],
  ])('refuses an event whose detail is %j', (detail, text) => {
    expect(() => readNotification({ ...hookEvent(), detail }, now)).toThrow(text);
  });

  it('drops an event of this name that somebody else has put on the bus', () => {
    expect(readNotification({ ...hookEvent(), source: 'our.app' }, now)).toEqual({
      drop: 'no workflow for "EC2 Instance-launch Lifecycle Action" of our.app',
    });
  });

  it('refuses an event without its time', () => {
    expect(() => readNotification({ ...hookEvent(), time: undefined }, now)).toThrow('time is missing');
    expect(() => readNotification({ ...hookEvent(), time: 'noon' }, now)).toThrow('time is "noon", which is no time');
  });
});
