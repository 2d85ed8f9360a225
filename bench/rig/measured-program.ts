import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { childCpuSeconds } from './child-cpu.ts';

/** What a program took. */
export interface ProgramFigures {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

const LOOK_MS = 20;
const SAID_CHARACTERS = 4_000;

/**
 * Runs a program to its end, its output to /dev/null. One that goes on when its work is done is ended once it has said `done`, wherever it says so.
 * @throws Error when it fails; what it said about it is on stderr
 */
export async function measuredProgram(
  program: string,
  parameters: readonly string[],
  environment: NodeJS.ProcessEnv,
  done?: RegExp,
): Promise<ProgramFigures> {
  const cpuBefore = childCpuSeconds();
  const startedAt = performance.now();
  const stdio = done ? (['ignore', 'pipe', 'pipe'] as const) : (['ignore', 'ignore', 'inherit'] as const);
  const child = spawn(program, parameters, { stdio: [...stdio], env: environment });
  let endedAt: number | undefined;
  let said = '';
  const listen = (text: Buffer) => {
    said = (said + text).slice(-SAID_CHARACTERS);
    if (endedAt !== undefined || !done?.test(said)) return;
    endedAt = performance.now();
    child.kill();
  };
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', listen);
  let peakMiB = 0;
  // The kernel keeps the high-water mark, so that the last look has it but for what came in the last milliseconds.
  const looks = setInterval(() => {
    peakMiB = Math.max(peakMiB, highWaterMiB(child.pid));
  }, LOOK_MS);
  try {
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    if (done ? endedAt === undefined : code !== 0)
      throw new Error(`${program} ${parameters.join(' ')} ended with ${code}. ${said}`);
  } finally {
    clearInterval(looks);
  }
  return {
    seconds: ((endedAt ?? performance.now()) - startedAt) / 1000,
    cpuSeconds: childCpuSeconds() - cpuBefore,
    peakMiB,
  };
}

// https://man7.org/linux/man-pages/man5/proc_pid_status.5.html; there is none of a process that has just ended.
function highWaterMiB(pid: number | undefined): number {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kibibytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}
