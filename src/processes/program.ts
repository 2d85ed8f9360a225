import { type ChildProcess, spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';

/** What a program has written last is kept for whoever has to say why it failed. */
const KEPT_CHARACTERS = 4_000;
const LINE_CHARACTERS = 400;
/** After being asked to, before it is made to. */
const GRACE_MS = 2_000;

/** The program of this name in the directories of a PATH; undefined when there is none. */
export async function findProgram(name: string, path: string): Promise<string | undefined> {
  for (const directory of path.split(':').filter(Boolean)) {
    const candidate = join(directory, name);
    const found = await access(candidate).then(
      () => true,
      () => false,
    );
    if (found) return candidate;
  }
  return undefined;
}

/** A program that runs, or has run. Its output is kept in part, and printed nowhere. */
export class Program {
  readonly #child: ChildProcess;
  readonly #closed: Promise<number | undefined>;
  #output = '';
  #ended = false;

  /** Starts it, with nothing in its environment but this. */
  constructor(path: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-KEPT_CHARACTERS);
      });
    this.#closed = new Promise((resolve) => {
      const end = (code: number | undefined) => {
        this.#ended = true;
        resolve(code);
      };
      this.#child.once('error', (error) => {
        this.#output += error.message;
        end(undefined);
      });
      this.#child.once('close', (code) => end(code ?? undefined));
    });
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Its last lines, cut to a length for people. */
  get lastWords(): string {
    const lines = this.#output.trim().split('\n').slice(-4);
    return lines.map((line) => line.slice(0, LINE_CHARACTERS)).join(' | ');
  }

  /** Waits for its end and gives its exit code; undefined when it was killed or did not start. */
  ended(): Promise<number | undefined> {
    return this.#closed;
  }

  /** Ends it, politely first. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), GRACE_MS);
    await this.#closed;
    clearTimeout(timer);
  }
}
