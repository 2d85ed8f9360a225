import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Real processes of one test, in one directory. None outlives the test, whatever becomes of it. */
export class ChildProcesses {
  readonly #directory: string;
  readonly #running = new Map<string, ChildProcess>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Starts a program; its output goes to `<name>.log` in the directory. */
  start(name: string, program: string, args: readonly string[]): void {
    const log = createWriteStream(join(this.#directory, `${name}.log`), { flags: 'a' });
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    this.#running.set(name, child);
    this.#guard(child);
  }

  /** Whether a program that was started has not ended. */
  runs(name: string): boolean {
    const child = this.#running.get(name);
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** The process id of a program that was started. */
  pidOf(name: string): number | undefined {
    return this.#running.get(name)?.pid;
  }

  /** @throws Error with the end of its log when one of these programs (default: any) has ended by itself. */
  async assertAllRun(names: Iterable<string> = this.#running.keys()): Promise<void> {
    for (const name of names) {
      const child = this.#running.get(name);
      if (!child) continue;
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) continue;
      throw new Error(`${name} ended (${child.signalCode ?? child.exitCode}). ${await this.logOf(name)}`);
    }
  }

  /** The last lines that a program wrote. */
  async logOf(name: string): Promise<string> {
    const log = await readFile(join(this.#directory, `${name}.log`), 'utf8').catch(() => '(no log)');
    return log.split('\n').slice(-25).join('\n');
  }

  /** Stops one program, politely for two seconds, then for good. */
  async stop(name: string): Promise<void> {
    const child = this.#running.get(name);
    this.#running.delete(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 2_000);
    await ended;
    clearTimeout(timer);
  }

  /** Ends one program as a machine that fails would: at once, without a chance to say goodbye. */
  async kill(name: string): Promise<void> {
    const child = this.#running.get(name);
    this.#running.delete(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** Stops all, the last one started first. */
  async stopAll(): Promise<void> {
    for (const name of [...this.#running.keys()].reverse()) await this.stop(name);
  }

  /** A test runner that is killed runs no cleanup. A shell that waits for the end of its input notices, and kills the child. */
  #guard(child: ChildProcess): void {
    if (child.pid === undefined) return;
    const script = 'cat >/dev/null; kill -9 "$1" 2>/dev/null; rm -rf "$2"';
    const watchdog = spawn('sh', ['-c', script, 'watchdog', String(child.pid), this.#directory], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    watchdog.unref();
    child.once('exit', () => watchdog.kill('SIGKILL'));
  }
}
