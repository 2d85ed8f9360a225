import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drainTimers } from '../../../src/drains/drain-timers.ts';
import type { DrainPolicy } from '../../../src/drains/ports.ts';
import { aDrainPolicy, later, noon } from '../../support/drains/healthy.ts';

const seconds = (time: Date) => (time.getTime() - noon.getTime()) / 1000;
const inSeconds = (...[policy, start, silence, deadline]: Parameters<typeof drainTimers>) => {
  const { askUntil, graceUntil, deadline: end } = drainTimers(policy, start, silence, deadline);
  return [askUntil, graceUntil, end].map(seconds);
};

describe('the timers of a drain', () => {
  it('of a healthy node: 15 minutes of asking, 15 of grace', () => {
    expect(inSeconds(aDrainPolicy(), noon, undefined, undefined)).toEqual([900, 1800, 1800]);
  });

  it('of a node that was silent before: 30 seconds, and no grace, since nobody tells that containers ended', () => {
    expect(inSeconds(aDrainPolicy(), noon, { since: later(-600), off: false }, undefined)).toEqual([30, 30, 30]);
  });

  it('of a node that falls silent later: 30 seconds from then on', () => {
    expect(inSeconds(aDrainPolicy(), noon, { since: later(100), off: false }, undefined)).toEqual([130, 130, 130]);
    expect(inSeconds(aDrainPolicy(), noon, { since: later(890), off: false }, undefined)[0]).toBe(900);
  });

  it('of a node whose instance is off: 30 seconds, and grace for its volumes', () => {
    expect(inSeconds(aDrainPolicy(), noon, { since: noon, off: true }, undefined)).toEqual([30, 930, 930]);
  });

  it('give a spot instance that gives up all its two minutes to ask in', () => {
    expect(inSeconds(aDrainPolicy(), noon, undefined, later(110))).toEqual([110, 110, 110]);
  });

  it('keep a third of two minutes for grace, where the policy deletes in the end, and a last minute for force', () => {
    const capped = aDrainPolicy({ whenTimeIsUp: 'capped-grace' });
    expect(inSeconds(capped, noon, undefined, later(120))).toEqual([80, 120, 120]);
    const force = aDrainPolicy({ whenTimeIsUp: 'force-delete' });
    expect(inSeconds(force, noon, undefined, later(120))).toEqual([60, 60, 120]);
    expect(inSeconds(force, noon, undefined, undefined)).toEqual([900, 1800, 1860]);
  });

  it('are over at once when the deadline has passed', () => {
    const { deadline } = drainTimers(aDrainPolicy(), noon, undefined, later(-5));
    expect(deadline).toEqual(later(-5));
  });
});

const policies = fc.record({
  timeoutSeconds: fc.integer({ min: 30, max: 172_800 }),
  notReadyTimeoutSeconds: fc.integer({ min: 0, max: 3600 }),
  graceCapSeconds: fc.integer({ min: 0, max: 172_800 }),
  whenTimeIsUp: fc.constantFrom<DrainPolicy['whenTimeIsUp']>('give-up', 'capped-grace', 'force-delete'),
});
const offset = fc.integer({ min: -90_000, max: 180_000 }).map((at) => later(at));

it('law: asking ends before grace, grace before the end, and nothing outlasts the deadline', () => {
  const silence = fc.option(fc.record({ since: offset, off: fc.boolean() }), { nil: undefined });
  fc.assert(
    fc.property(policies, silence, fc.option(offset, { nil: undefined }), (policy, silent, end) => {
      const { askUntil, graceUntil, deadline } = drainTimers(policy, noon, silent, end);
      expect(askUntil.getTime()).toBeLessThanOrEqual(graceUntil.getTime());
      expect(graceUntil.getTime()).toBeLessThanOrEqual(deadline.getTime());
      if (end) expect(deadline.getTime()).toBeLessThanOrEqual(end.getTime());
      expect(Number.isNaN(deadline.getTime())).toBe(false);
    }),
  );
});

it('law: silence and an earlier deadline only ever shorten a drain', () => {
  const silence = fc.record({ since: offset, off: fc.boolean() });
  fc.assert(
    fc.property(policies, silence, offset, (policy, silent, end) => {
      const whole = drainTimers(policy, noon, undefined, undefined).deadline.getTime();
      expect(drainTimers(policy, noon, silent, undefined).deadline.getTime()).toBeLessThanOrEqual(whole);
      expect(drainTimers(policy, noon, undefined, end).deadline.getTime()).toBeLessThanOrEqual(whole);
    }),
  );
});
