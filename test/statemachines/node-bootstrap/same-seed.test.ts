import { describe, expect, it } from 'vitest';
import { Story } from '../../../rehearsal/demo/story.ts';
import { cheapWorld } from '../../support/cheap-world.ts';

const long = process.env.TENDER_LONG !== undefined;

/** Everything that happened; in the quick run only until the first nodes are in service. */
async function played(seed: number): Promise<string> {
  // All begin at the same time, so each evaluates the modules anew.
  const story = await Story.prepare(seed, await cheapWorld());
  if (long) await story.playAtOnce();
  return story.deployment.cloud.world.history.toText();
}

describe('the demonstration', () => {
  it('is the same to the byte with the same seed, and another with another', { timeout: 120_000 }, async () => {
    const [first, again, other] = [await played(1), await played(1), await played(2)];
    expect(first.length).toBeGreaterThan(10_000);
    // As a whole first: a difference of two long texts takes minutes to print.
    const lines = first.split('\n');
    expect(again.split('\n').find((line, index) => line !== lines[index])).toBeUndefined();
    expect(again === first).toBe(true);
    expect(other === first).toBe(false);
  });
});
