import { spawn } from 'node:child_process';
import type { ShellResult } from '../../simulator/ssm/shell.ts';

/** Runs a script in a real shell. `killAt`: all of its processes die before its nth command, and the result has no code. */
export function runKillable(
  script: string,
  env: Readonly<Record<string, string>>,
  killAt?: number,
): Promise<ShellResult> {
  const trap = `n=0; trap 'n=$((n + 1)); [ "$n" -ne ${killAt} ] || kill -9 -- "-$$"' DEBUG; set -o functrace\n`;
  return new Promise((done, reject) => {
    // A group of its own, which dies together.
    const child = spawn('bash', ['-c', killAt === undefined ? script : trap + script], {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      output.stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output.stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => done({ ...output, code: code ?? undefined, reboot: false }));
  });
}
