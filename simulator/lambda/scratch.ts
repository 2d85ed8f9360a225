import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

interface ScratchOptions {
  /** What the file system may hold. */
  readonly limitBytes: number;
  /** A directory whose programs the function may run; undefined: it has none. */
  readonly programs: string | undefined;
  /** Holds the world's clock while real work is done. */
  readonly realWork: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Whatever takes a path first and gives a promise. */
const METHODS = ['access', 'mkdir', 'mkdtemp', 'open', 'readFile', 'readdir', 'rm', 'stat', 'writeFile'] as const;

/** What functions have started and written does not outlive this process. */
const scratches = new Set<Scratch>();
process.once('exit', () => {
  for (const scratch of scratches) scratch.destroy();
});

/**
 * What an execution environment has of a real machine: a directory of its own in the place of `/tmp`, and the programs of its layers, which
 * run as real processes. It goes with the environment, and so do they.
 */
export class Scratch {
  readonly #options: ScratchOptions;
  readonly #children = new Set<ChildProcess>();
  #directory: string | undefined;

  constructor(options: ScratchOptions) {
    this.#options = options;
  }

  /** Where its files are: what `os.tmpdir()` answers. Comes to be when somebody asks. */
  get directory(): string {
    if (this.#directory === undefined) {
      this.#directory = mkdtempSync(join(tmpdir(), 'function-'));
      scratches.add(this);
    }
    return this.#directory;
  }

  /** Whether it may run anything; what it runs can be reached on the loopback interface. */
  get hasPrograms(): boolean {
    return this.#options.programs !== undefined;
  }

  /** Members of `node:fs/promises`, for paths in the directory and, to look at, those of programs. */
  get files(): Readonly<Record<string, unknown>> {
    const methods = METHODS.map((name) => [
      name,
      (path: unknown, ...rest: unknown[]) => {
        if (!this.#isOurs(path) && !(name === 'access' && this.#isProgram(path))) return Promise.reject(notFound(path));
        const method = fs[name] as (...args: unknown[]) => Promise<unknown>;
        return this.#options.realWork(async () => {
          const result = await method(path, ...rest);
          // An empty one is made again when something is made in it: a test that is cut short would leave it for good.
          if (name === 'rm') await fs.rmdir(this.directory).catch(() => {});
          return result;
        });
      },
    ]);
    return { ...Object.fromEntries(methods), statfs: () => this.#options.realWork(() => this.#statfs()) };
  }

  /** `child_process.spawn`, for programs of the layers. Without an environment of its own a process has none. */
  spawn(program: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess {
    if (!this.#isProgram(program)) throw notFound(program);
    const child = spawn(program, args, { cwd: this.directory, env: {}, ...options });
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    return child;
  }

  /** Ends its processes and removes its files. */
  destroy(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true, maxRetries: 3 });
    this.#directory = undefined;
    scratches.delete(this);
  }

  async #statfs(): Promise<{ readonly bsize: number; readonly blocks: number; readonly bavail: number }> {
    const { limitBytes } = this.#options;
    const real = await fs.statfs(this.directory);
    let used = 0;
    for (const entry of await fs.readdir(this.directory, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) used += (await fs.stat(join(entry.parentPath, entry.name))).size;
    }
    const free = Math.max(0, Math.min(real.bavail * real.bsize, limitBytes - used));
    return { bsize: 1, blocks: limitBytes, bavail: free };
  }

  #isOurs(path: unknown): boolean {
    // Whoever has not asked where its files are has none.
    if (this.#directory === undefined) return false;
    return typeof path === 'string' && `${resolve(path)}/`.startsWith(`${this.directory}/`);
  }

  #isProgram(path: unknown): boolean {
    const { programs } = this.#options;
    return programs !== undefined && typeof path === 'string' && resolve(path).startsWith(`${resolve(programs)}/`);
  }
}

function notFound(path: unknown): Error {
  return Object.assign(new Error(`ENOENT: no such file or directory, open '${String(path)}'`), { code: 'ENOENT' });
}
