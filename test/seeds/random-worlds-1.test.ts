import { describeSeeds } from '../support/seeds/describe-seeds.ts';

// Files are what runs in parallel: each plays a quarter.
describeSeeds(0, 4);
