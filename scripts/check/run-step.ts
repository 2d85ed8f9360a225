import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { Step } from './steps.ts';

const root = resolve(import.meta.dirname, '..', '..');

/** Runs a step to its end; what it printed is shown when it fails, or all along when it is live. Takes seconds to minutes. */
export function runStep(step: Step): { readonly outcome: 'passed' | 'failed' | 'skipped'; readonly seconds: number } {
  const startedAt = performance.now();
  const [program, ...rest] = step.command;
  const seconds = () => (performance.now() - startedAt) / 1000;
  if (step.needs !== undefined && spawnSync(step.needs, ['--version']).status !== 0)
    return { outcome: 'skipped', seconds: seconds() };

  const { status, stdout, stderr, error } = spawnSync(program, rest, {
    cwd: root,
    encoding: 'utf8',
    stdio: step.live ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return { outcome: 'passed', seconds: seconds() };
  process.stdout.write(`${stdout ?? ''}${stderr ?? ''}${error === undefined ? '' : `${error.message}\n`}`);
  return { outcome: 'failed', seconds: seconds() };
}
