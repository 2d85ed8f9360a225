import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..', '..');
const run = promisify(execFile);
const long = process.env.TENDER_LONG !== undefined;

test.runIf(long)(
  'npm start -- --update (a minute) rolls nine nodes, and takes a bad image back',
  {
    timeout: 600_000,
  },
  async () => {
    const { stdout } = await run('node', ['scripts/run.mjs', 'scripts/start.ts', '--update'], { cwd: root });

    expect(stdout).toMatch(/canary {5}.*\n[\s\S]*bake {7}.*\n[\s\S]*waves {6}.*\n[\s\S]*done {7} 9\/9 run version 2/);
    expect(stdout).toMatch(/✓ a new image \([\dhms]+\): done: all nodes run version 2/);
    expect(stdout).toMatch(/✓ a bad image \([\dhms]+\): rolled-back: rolled back: the canary is not well: /);
    expect(stdout).not.toContain('✗');
  },
);
