import { describe, expect, it } from 'vitest';
import { AwsThrottled, AwsUnavailable } from '../../../src/aws/errors.ts';
import { membershipOf } from '../../../src/nodes/membership-of.ts';
import { aMembership, groupName, instanceId, later, noon } from '../../support/nodes/healthy.ts';

const throttled = new AwsThrottled('Rate exceeded');
const failing = (error: Error) => ({ memberships: () => Promise.reject(error) });
const at = (seconds: number) => ({ instanceId, hookGroup: groupName, hookSince: later(-seconds).toISOString() });

describe('what Auto Scaling says of an instance', () => {
  it('is its answer, whatever an event says', async () => {
    const groups = { memberships: async () => new Map([[instanceId, aMembership({ lifecycleState: 'InService' })]]) };
    expect(await membershipOf(at(1), groups, noon)).toMatchObject({ lifecycleState: 'InService' });
    expect(await membershipOf(at(1), { memberships: async () => new Map() }, noon)).toBeUndefined();
  });

  it('is what the young event of its hook says, where Auto Scaling is asked too often to answer', async () => {
    expect(await membershipOf(at(120), failing(throttled), noon)).toEqual({
      instanceId,
      groupName,
      lifecycleState: 'Terminating:Wait',
    });
  });

  it('is asked once only where an event stands for it', async () => {
    const asked: unknown[] = [];
    const groups = {
      memberships: async (_: unknown, options?: { readonly once?: boolean }) => {
        asked.push(options?.once);
        return new Map();
      },
    };
    for (const seconds of [120, 121]) await membershipOf(at(seconds), groups, noon);
    expect(asked).toEqual([true, false]);
  });

  it.each([
    ['the event is older than two minutes', at(121), throttled],
    ['nobody said since when the hook waits', { ...at(1), hookSince: '' }, throttled],
    ['no event told of a hook', { ...at(1), hookGroup: '' }, throttled],
    ['Auto Scaling failed in another way', at(1), new AwsUnavailable('503')],
  ])('is not known where %s', async (_, event, error) => {
    await expect(membershipOf(event, failing(error), noon)).rejects.toBe(error);
  });
});
