import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reports-'));
  const tests = [{ fullName: 'is quick', status: 'failed' }];
  const files = [{ name: join(root, 'test/slow.test.ts'), status: 'failed', assertionResults: tests }];
  const report = { numPassedTests: 3, numFailedTests: 1, success: false, testResults: files };
  writeFileSync(join(folder, 'long.json'), JSON.stringify(report));
});
afterEach(() => rmSync(folder, { recursive: true }));

function say(what: string, ...files: string[]): string {
  const paths = files.map((file) => join(folder, file));
  return spawnSync('node', ['.ci/reports.mjs', what, ...paths], { cwd: root, encoding: 'utf8' }).stdout;
}

it('names the files that failed, to be run once more, unless something failed beside the tests', () => {
  writeFileSync(join(folder, 'long.out'), ' Test Files  1 failed (1)\n');
  expect(say('failed', 'long.json', 'long.out')).toBe('test/slow.test.ts\n');
  writeFileSync(
    join(folder, 'long.out'),
    '⎯⎯⎯⎯⎯⎯ Unhandled Errors ⎯⎯⎯⎯⎯⎯\n\nVitest caught 1 unhandled error during the test run.\n',
  );
  expect(say('failed', 'long.json', 'long.out')).toBe('');
});

it('counts what passed at the second attempt, and names it', () => {
  expect(say('totals', 'long.json')).toBe('3 passed, 1 failed\n');
  const passed = [{ fullName: 'is quick', status: 'passed' }];
  const files = [{ name: join(root, 'test/slow.test.ts'), status: 'passed', assertionResults: passed }];
  const again = { numPassedTests: 1, numFailedTests: 0, success: true, testResults: files };
  writeFileSync(join(folder, 'long.json.again'), JSON.stringify(again));
  expect(say('totals', 'long.json')).toBe(
    'PASSED AT THE SECOND ATTEMPT ONLY, by itself: test/slow.test.ts > is quick\n4 passed, 0 failed\n',
  );
});
