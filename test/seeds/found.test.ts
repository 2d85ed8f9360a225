import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { playSeed } from '../support/seeds/play-seed.ts';
import type { SeedPlan } from '../support/seeds/seed-plan.ts';

/** Worlds that once broke a rule, kept as they were drawn: a changed generator draws others for the same numbers. */
describe('a random world that broke a rule once keeps it now', () => {
  it.each([
    ['a drain that fails puts no address of an instance back that is shutting down', 'fails-while-its-instance-goes'],
    ['a lease of an instance that is off and in no group holds up nobody', 'stopped-and-detached'],
    ['an instance that is detached while it drains is put back, and not called retired', 'detached-while-it-drains'],
    ['a retirement by node name that dies before it claims leaves no lease', 'dies-with-a-lease-only'],
    [
      'an address is taken out long after its instance, when load balancers answer again',
      'load-balancers-lose-answers',
    ],
    ['a hook whose event came to nothing is seen to by a pass', 'no-step-functions-for-ten-minutes'],
    ['a hook that a policy lets expire does, and is not kept alive by pass after pass', 'a-hook-is-meant-to-expire'],
    ['what a failed sweep had claimed is swept by another one', 'a-sweep-fails'],
    ['an instance that serves by the Node of one that is gone is not replaced', 'a-name-is-given-again'],
    ['an update outlasts minutes in which Auto Scaling does not answer', 'an-update-in-trouble'],
    ['a hook of two minutes expires where what hears of it dies twice, and nobody is blamed', 'its-event-dies-twice'],
    ['the claim that a stopped instance leaves goes when Auto Scaling has replaced it', 'stopped-and-replaced'],
    ['a drain that cannot get its claim gives pods all of their time from then on', 'cannot-be-claimed'],
    ['an address that EC2 has forgotten is taken out by what the Node tells', 'silent-and-terminated-without-a-hook'],
    [
      'what a retirement by hand took out of load balancers is put back by the one before maintenance that fails after it',
      'maintenance-takes-over-what-is-noted',
    ],
    ['a drain whose heartbeats are refused ends, for its group is gone', 'its-group-is-deleted-while-it-drains'],
    [
      'an address that neither EC2 nor a Node can tell is taken out by the pass that comes next',
      'nobody-can-tell-its-address',
    ],
    ['a hook that a policy has left is left by a rebalance that is ignored', 'a-hook-is-left-and-a-rebalance-ignored'],
    ['an address is taken out though its Node is deleted a moment after it was asked', 'its-node-goes-a-moment-later'],
    ['a hook of a minute outlives an API server that nobody can ask to delete the Node', 'nobody-can-delete-its-node'],
    ['a hook of a minute outlives five seconds without Step Functions', 'a-moment-without-step-functions'],
    [
      'a hook whose event came to nothing is seen to by a pass also where a retirement by choice began it and is over',
      'retired-but-its-hook-unheard',
    ],
    ['a node that comes back while its targets leave is looked at once more', 'silent-while-its-targets-leave'],
  ])('%s', { timeout: 120_000 }, async (_, file) => {
    const plan = JSON.parse(
      readFileSync(resolve(import.meta.dirname, `../fixtures/seeds/${file}.json`), 'utf8'),
    ) as SeedPlan;
    const played = await playSeed(plan.seed, plan);
    expect(played.violations, played.violations.length > 0 ? played.story() : undefined).toEqual([]);
  });
});

it('a world’s story has its number, what was planned, what happened, and the command that plays it again', async () => {
  const story = (await playSeed(112)).story();
  expect(story.split('\n')[0]).toBe('seed 112');
  for (const part of ['world:', 'planned:', 'retire-by-hand', 'what happened:', 'broken rules:'])
    expect(story).toContain(part);
  expect(story.split('\n').at(-1)).toBe('replay: TENDER_SEED=112 npm test -- seeds');
});
