import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..', '..');

/**
 * Packages the stack unless nothing has changed since the last time. Its output is the script's own, on stderr.
 * @throws Error when packaging fails, or when the signal aborts it; half a package is removed then.
 */
export async function packageStack(signal: AbortSignal): Promise<void> {
  const script = join(root, 'scripts', 'package.ts');
  const child = spawn(process.execPath, [script, '--if-changed'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const code = await new Promise<number | null>((ended, failed) => child.on('error', failed).on('close', ended));
  signal.removeEventListener('abort', stop);
  if (code === 0) return;
  // The script writes here and renames when it is done.
  rmSync(join(root, `.serverless.${child.pid}`), { recursive: true, force: true });
  throw new Error(
    signal.aborted ? 'packaging was interrupted' : 'the stack could not be packaged; the reason is above',
  );
}
