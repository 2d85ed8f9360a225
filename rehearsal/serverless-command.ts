import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { Cloud } from '../simulator/cloud/cloud.ts';
import type { Stacks } from '../simulator/cloudformation/stacks.ts';

const program = resolve(import.meta.dirname, '../node_modules/serverless/bin/serverless.js');
/** How often serverless asks how far the stack is; by itself it waits for five seconds. */
const POLL_MS = 100;
/** The world's clock while a stack changes, and while none does, in each turn. */
const BUSY_MS = 5_000;
const IDLE_MS = 1;
/** Requests come in between two turns. */
const TURN_MS = 2;

/** How a command ended, and what it said. */
export interface CommandOutcome {
  readonly status: number | null;
  readonly text: string;
}

/**
 * `npx serverless …` in a folder, with this environment.
 * @throws Error when it cannot be started, or is interrupted
 */
export function runServerless(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Promise<CommandOutcome> {
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: { SLS_AWS_MONITORING_FREQUENCY: String(POLL_MS), ...env },
    stdio,
    ...(signal && { signal }),
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (status) => done({ status, text: Buffer.concat(chunks).toString() }));
  });
}

/** Lets requests come in until a command is over. While a stack changes the cloud's clock runs ahead; else it stands almost still, and what else is in the cloud with it. */
export async function untilOver<T>(cloud: Cloud, stacks: Stacks, command: Promise<T>): Promise<T> {
  let isOver = false;
  const outcome = command.finally(() => {
    isOver = true;
  });
  // Whoever awaits the outcome sees its error; here it only ends the wait.
  outcome.catch(() => undefined);
  while (!isOver) {
    await cloud.world.advance(stacks.all.some(({ isBusy }) => isBusy) ? BUSY_MS : IDLE_MS);
    await new Promise((resolve) => setTimeout(resolve, TURN_MS));
  }
  return await outcome;
}
