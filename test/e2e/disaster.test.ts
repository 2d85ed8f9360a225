import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { anyEtcd } from '../support/etcd/etcd-releases.ts';

const root = resolve(import.meta.dirname, '..', '..');
const run = promisify(execFile);
const long = process.env.TENDER_LONG !== undefined;
const { title, release } = anyEtcd();

describe.skipIf(!release)(title, () => {
  test.runIf(long)(
    'npm start -- --disaster (a minute) loses two of three members, shows what would be lost, restores from S3, and has three members again',
    { timeout: 300_000 },
    async () => {
      const { stdout } = await run('node', ['scripts/run.mjs', 'scripts/start.ts', '--disaster'], { cwd: root });

      expect(stdout).toMatch(/knows no leader: etcd takes no more writes, and Tender restores nothing by itself/);
      expect(stdout).toMatch(
        /Lost would be everything that was written in the \d+ minutes since the snapshot: up to 5 revisions[\s\S]*approved, by npm start[\s\S]*one node restores/,
      );
      const [, before, after] = /objects: (\d+) before the snapshot, (\d+) now, counted in etcd/.exec(stdout) ?? [];
      expect(Number(before) - Number(after), stdout).toBe(1);
      expect(stdout.match(/its member was added as a learner, caught up, and votes/g)).toHaveLength(2);
      expect(stdout).toContain(
        `etcd has 3 members again, one learner after the other; objects counted on each that joined: ${after}, ${after}`,
      );
      expect(stdout).not.toContain('✗');
    },
  );
});
