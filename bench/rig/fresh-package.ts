import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Packages the stack unless nothing has changed since the last time, so that what is measured is what the sources say. */
export function freshPackage(): void {
  const script = resolve(import.meta.dirname, '..', '..', 'scripts', 'package.ts');
  // stdout belongs to the result.
  execFileSync(process.execPath, [script, '--if-changed'], { stdio: ['ignore', process.stderr, process.stderr] });
}
