import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../support/source-files.ts';

/** How often V8 marks its whole heap while a snapshot passes. Begins where V8 is as eager as it has been seen to become by itself. */
function markings(...parameters: readonly string[]): number {
  const program = join(root, 'test/support/etcd/garbage-of-a-snapshot.ts');
  const flags = ['--trace-gc', '--heap-growing-percent=10', '--disable-warning=ExperimentalWarning'];
  const { stdout } = spawnSync(process.execPath, [...flags, program, ...parameters], { encoding: 'utf8' });
  expect(stdout).toContain('150000 objects were kept');
  return stdout.match(/Mark-Compact/g)?.length ?? 0;
}

it('has V8 mark its heap half as often, in a process that runs already', () => {
  expect(markings('rarely')).toBeLessThanOrEqual(markings() / 2);
});
