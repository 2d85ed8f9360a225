import { it } from 'vitest';
import { describeSeeds } from '../support/seeds/describe-seeds.ts';
import { SMALL_SEEDS } from '../support/seeds/draw-plan.ts';
import { seedNumbers } from '../support/seeds/seed-numbers.ts';

const larger = { TENDER_SEED_BASE: String(SMALL_SEEDS), TENDER_SEEDS: '8' };

// They take minutes: npm run test:long plays them.
if (process.env.TENDER_LONG) describeSeeds(1, 2, seedNumbers({ ...larger, ...process.env }));
else it.skip('random worlds of all sizes', () => undefined); // they take minutes: npm run test:long plays them
