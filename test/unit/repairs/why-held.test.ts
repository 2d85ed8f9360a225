import { describe, expect, it } from 'vitest';
import { planRepair } from '../../../src/repairs/plan-repair.ts';
import type { Rung, Standing } from '../../../src/repairs/ports.ts';
import { aCondition, ago, aNode, anInput, aPolicy, aSight, noon, showing } from './repair-builder.ts';

const breaker = { because: 'breaker', words: 'breaker: 2 of 4 unhealthy in group demo-workers', of: 'any' } as const;
const image = { because: 'bad-image', words: 'bad image: lt-1:7', of: 'replace' } as const;
const unread = { because: 'unknown', words: 'the instances in EC2 could not be read', of: 'any' } as const;
const standing = (holds: readonly (typeof breaker | typeof image | typeof unread)[], minutes = 1): Standing => ({
  at: ago(minutes),
  repair: { holds, launchFirst: false },
});
const tried = (rung: Rung) => ({ rung, outcome: 'it did not help', seconds: 300 });

function plan(of: Standing | undefined, done: readonly Rung[] = [], input = {}, policy = aPolicy()) {
  const sight = aSight({ node: aNode([aCondition('Ready', 'Unknown')]) });
  const ports = showing(sight, { standings: { of: async () => of } });
  return planRepair(anInput({ tried: done.map(tried), ...input }), ports, policy, noon);
}

describe('before each rung', () => {
  it.each<[string, Standing | undefined, readonly Rung[], string]>([
    ['nothing speaks against it: it is taken', standing([]), ['restart'], 'reboot'],
    ['nothing of a pass can be read: that is waited for', undefined, ['restart'], 'wait'],
    ['nothing of a pass can be read: a person is told all the same', undefined, ['replace'], 'page'],
    ['the last pass did not know of it yet: it is taken', { at: ago(1), repair: undefined }, [], 'restart'],
    ['a breaker has opened: not the restart', standing([breaker]), [], 'stopped'],
    ['a breaker has opened: not the reboot', standing([breaker]), ['restart'], 'stopped'],
    ['a breaker has opened: not the replacement', standing([breaker]), ['restart', 'reboot'], 'stopped'],
    ['a breaker has opened: a person is told all the same', standing([breaker]), ['replace'], 'page'],
    ['the image is bad: the reboot is taken', standing([image]), ['restart'], 'reboot'],
    ['the image is bad: not the replacement', standing([image]), ['reboot'], 'stopped'],
    ['nobody knows what else is unwell: that is waited for', standing([unread]), ['restart'], 'wait'],
    ['the last pass is 15 minutes old: it is taken', standing([], 15), ['restart'], 'reboot'],
    ['the last pass is 16 minutes old: the next is waited for', standing([], 16), ['restart'], 'wait'],
  ])('%s', async (_, of, done, verdict) => {
    expect((await plan(of, done)).verdict).toBe(verdict);
  });

  it('says why it stops, and before which rung; what was left out is among what was tried', async () => {
    expect(await plan(standing([breaker]), ['restart'])).toMatchObject({
      why: breaker.words,
      rungs: ['reboot', 'replace', 'page'],
    });
    const sight = aSight({ node: aNode([aCondition('Ready', 'Unknown')]) });
    const deaf = { answers: async () => false, restart: async () => 'unreachable', result: async () => null as never };
    const ports = showing(sight, { standings: { of: async () => standing([breaker]) }, agents: deaf as never });
    expect(await planRepair(anInput(), ports, aPolicy(), noon)).toMatchObject({
      verdict: 'stopped',
      rungs: ['reboot', 'replace', 'page'],
      skipped: [{ rung: 'restart' }],
    });
  });

  it('nothing is waited for where no pass is to look; where one is, it says what it waits for', async () => {
    const never = { ...aPolicy(), schedules: { healthMinutes: 0 } };
    expect((await plan(undefined, ['restart'], {}, never)).verdict).toBe('reboot');
    expect((await plan(undefined, ['restart', 'reboot'], {}, never)).verdict).toBe('replace');
    expect((await plan(undefined, ['reboot'])).why).toBe(
      'there is nothing of a health pass that can be read: nobody knows whether a breaker is open',
    );
  });

  it('a schedule of every half hour makes a pass no older than that', async () => {
    const policy = { ...aPolicy(), schedules: { healthMinutes: 30 } };
    expect((await plan(standing([], 89), ['restart'], {}, policy)).verdict).toBe('reboot');
    expect((await plan(standing([], 91), ['restart'], {}, policy)).verdict).toBe('wait');
  });

  it('what a person began goes on past a breaker, and replaces only once its group was counted', async () => {
    const byHand = { signal: '' };
    expect((await plan(standing([breaker]), ['restart'], byHand)).verdict).toBe('reboot');
    const unseen = { at: ago(1), repair: undefined };
    expect((await plan(unseen, ['restart'], byHand)).verdict).toBe('reboot');
    expect((await plan(unseen, ['reboot'], byHand)).verdict).toBe('wait');
    expect((await plan(standing([breaker]), ['reboot'], byHand)).verdict).toBe('replace');
    expect((await plan({ at: ago(60), repair: undefined }, ['reboot'], byHand)).verdict).toBe('replace');
    expect((await plan(undefined, ['reboot'], byHand)).verdict).toBe('replace');
  });

  it('a dry run from the replacement tells it: no pass will ever see that one', async () => {
    const unseen = { at: ago(1), repair: undefined };
    const dry = { signal: '', from: 'replace', planOnly: true } as const;
    expect(await plan(unseen, [], dry)).toMatchObject({ verdict: 'replace', rungs: ['replace', 'page'] });
    expect((await plan(unseen, [], { ...dry, planOnly: false })).verdict).toBe('wait');
    // What would stop one that a pass begins is told of a dry run of that, too.
    expect((await plan(standing([breaker]), [], { ...dry, signal: 'Unknown' })).verdict).toBe('stopped');
  });

  it('whether a replacement comes first is as it is now', async () => {
    const of: Standing = { at: ago(1), repair: { holds: [], launchFirst: true } };
    expect(await plan(of, ['reboot'])).toMatchObject({ verdict: 'replace', launchFirst: true });
    expect(await plan(standing([]), ['reboot'])).toMatchObject({ verdict: 'replace', launchFirst: false });
  });
});
