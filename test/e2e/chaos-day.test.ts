import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..', '..');
const run = promisify(execFile);
const long = process.env.TENDER_LONG !== undefined;

test.runIf(long)('npm start -- --chaos (two minutes) plays a bad day', { timeout: 600_000 }, async () => {
  const { stdout } = await run('node', ['scripts/run.mjs', 'scripts/start.ts', '--chaos'], { cwd: root });

  expect(stdout).toMatch(/Ready is Unknown .* → {2}left alone \(waits\)/);
  expect(stdout).toMatch(
    /rung: restart[\s\S]*outcome: mended restart[\s\S]*outcome: mended reboot[\s\S]*outcome: replaced/,
  );
  expect(stdout).toMatch(/the breaker of zone us-east-1b opens/);
  expect(stdout).not.toContain('✗');
});
