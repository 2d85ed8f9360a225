import { configDefaults, defineConfig } from 'vitest/config';
import { longGlobs } from './test/long-files.ts';

/** Filters by name, as in `npm test -- recordings`. */
const filters = process.argv.slice(2).filter((word) => !/^(run|list|-.*)$/.test(word));
const isLong = process.env.TENDER_LONG !== undefined || filters.length > 0;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(isLong ? [] : longGlobs)],
    pool: 'forks',
    // Worlds make much garbage that lives for a few virtual seconds: with Node's 16 MiB for the young, a fifth of the time goes into moving it.
    execArgv: ['--max-semi-space-size=64'],
    isolate: false,
    // All cores: Vitest leaves one idle, which is half of a machine with two.
    maxWorkers: '100%',
    // Ten times what the longest that say nothing of it take on an idle machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
