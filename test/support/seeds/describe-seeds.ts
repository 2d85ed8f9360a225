import { describe, expect, it } from 'vitest';
import { playSeed } from './play-seed.ts';
import { seedNumbers } from './seed-numbers.ts';

/** So many in one test: a line of the report says something, and memory is looked at between them. */
const TOGETHER = 25;
/** Far more than any seed takes, on a slow machine with other work. */
const SECONDS_A_SEED = 30;
/** One alone has to load everything first. */
const LEAST_SECONDS = 120;

/**
 * Tests that play every `parts`-th of the seeds, by default those that the environment asks for (see {@link seedNumbers}). A seed that breaks a rule fails its test with
 * its story and the command that plays it again. One that is asked for alone tells its story in any case.
 */
export function describeSeeds(part: number, parts: number, all = seedNumbers(process.env)): void {
  const mine = all.filter((_, index) => index % parts === part);
  describe('random worlds, in which nodes leave and things go wrong', () => {
    if (mine.length === 0) it('are all played by the other files', () => expect(all.length).toBeLessThan(parts));
    for (let from = 0; from < mine.length; from += TOGETHER) {
      const seeds = mine.slice(from, from + TOGETHER);
      it(`keep every rule: seeds ${seeds[0]} to ${seeds.at(-1)}`, {
        timeout: Math.max(seeds.length * SECONDS_A_SEED, LEAST_SECONDS) * 1000,
      }, async () => {
        for (const seed of seeds) await holdsIn(seed, all.length === 1);
      });
    }
  });
}

async function holdsIn(seed: number, isAlone: boolean): Promise<void> {
  const played = await playSeed(seed);
  if (isAlone) process.stdout.write(`${played.story()}\n`);
  const broken = played.violations.map(({ rule, what }) => `${rule}: ${what}`);
  expect(broken, broken.length > 0 && !isAlone ? played.story() : undefined).toEqual([]);
}
