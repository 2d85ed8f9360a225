import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { load } from 'js-yaml';
import { ChildProcesses } from '../processes/child-processes.ts';

interface Pod {
  readonly spec: { readonly containers: readonly { readonly command: readonly string[] }[] };
}

interface Static {
  readonly text: string;
  readonly done: Promise<void>;
}

const LOOK_EVERY_MS = 25;
const BACKOFF_MS = 300;
/** Longer than a document that takes a manifest away looks whether any container runs. */
const LATE_MS = 1500;
/** What it is in the middle of starting it does not stop. */
const STARTING_MS = 600;

/**
 * Plays the kubelet of a node on a directory tree: runs the program of each static pod as a process, starts it again when it ends, and stops it
 * when its manifest is gone. Etcd is real; what has no program here is a process that does nothing.
 */
export class PlayedKubelet {
  readonly #root: string;
  readonly #programs: Readonly<Record<string, string>>;
  readonly #processes: ChildProcesses;
  readonly #pods = new Map<string, Static>();
  readonly #endedAt = new Map<string, number>();
  readonly #late = new Map<string, string>();
  readonly #busy = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  /** Whether it is so slow that it starts a container only when the manifest, which it has read, was taken away again: a sandbox takes its time. */
  isLate = false;

  /** @param programs what runs instead of the first word of a pod's command, by that word. */
  constructor(root: string, logs: string, programs: Readonly<Record<string, string>>) {
    this.#root = root;
    this.#programs = programs;
    this.#processes = new ChildProcesses(logs);
    mkdirSync(this.containers, { recursive: true });
    mkdirSync(this.sandboxes, { recursive: true });
  }

  /** A file for each container that runs, with its process id; what crictl of the tree reads. */
  get containers(): string {
    return join(this.#root, '..', 'containers');
  }

  /** A file for each sandbox that is ready: there before its container, and as long as that. */
  get sandboxes(): string {
    return join(this.#root, '..', 'sandboxes');
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** The machine loses power: no process says goodbye, and nothing starts. */
  async cutPower(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const name of [...this.#pods.keys()]) {
      await this.#processes.kill(name);
      this.#forget(name);
    }
  }

  /** Everything ends. */
  async stop(): Promise<void> {
    await this.cutPower();
    await this.#processes.stopAll();
  }

  runs(name: string): boolean {
    return this.#processes.runs(name);
  }

  /** Whether it has read a manifest whose container it has not started yet. */
  isToStart(name: string): boolean {
    return this.#late.has(name);
  }

  logOf(name: string): Promise<string> {
    return this.#processes.logOf(name);
  }

  #look(): void {
    const wanted = this.#manifests();
    for (const [name, pod] of this.#pods) if (wanted.get(name) !== pod.text && !this.#busy.has(name)) this.#end(name);
    for (const [name, text] of this.#late) if (wanted.get(name) !== text) this.#beginLate(name, text);
    for (const [name, text] of wanted) {
      if (this.#late.has(name) || this.#busy.has(name) || !this.#mayStart(name)) continue;
      if (this.isLate) this.#late.set(name, text);
      else this.#begin(name, text);
    }
  }

  #beginLate(name: string, text: string): void {
    this.#late.delete(name);
    this.#busy.add(name);
    writeFileSync(join(this.sandboxes, name), '');
    setTimeout(() => this.#begin(name, text), LATE_MS);
    setTimeout(() => this.#busy.delete(name), LATE_MS + STARTING_MS);
  }

  #manifests(): ReadonlyMap<string, string> {
    const folder = join(this.#root, 'etc/kubernetes/manifests');
    if (!existsSync(folder)) return new Map();
    const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
    return new Map(files.flatMap((file) => manifestIn(folder, file)));
  }

  #mayStart(name: string): boolean {
    if (!this.#pods.has(name)) return true;
    if (this.#processes.runs(name)) return false;
    // Ended by itself: again, but not at once.
    const endedAt = this.#endedAt.get(name) ?? Date.now();
    this.#endedAt.set(name, endedAt);
    return Date.now() - endedAt >= BACKOFF_MS && this.#pods.get(name)?.text !== '';
  }

  #begin(name: string, text: string): void {
    const [program = '', ...args] = (load(text) as Pod).spec.containers[0]?.command ?? [];
    const real = this.#programs[program];
    const inTree = args.map((arg) => arg.replace(/=(?=\/(etc|var)\/)/, `=${this.#root}`));
    if (real === undefined) this.#processes.start(name, 'sleep', ['1000000']);
    else this.#processes.start(name, real, inTree);
    this.#endedAt.delete(name);
    this.#pods.set(name, { text, done: Promise.resolve() });
    writeFileSync(join(this.sandboxes, name), '');
    writeFileSync(join(this.containers, name), String(this.#processes.pidOf(name)));
  }

  // While it says goodbye its container is still there, and no other one of its name begins.
  #end(name: string): void {
    if (this.#pods.get(name)?.text === '') return;
    const done = this.#processes.stop(name).then(() => this.#forget(name));
    this.#pods.set(name, { text: '', done });
  }

  #forget(name: string): void {
    this.#pods.delete(name);
    this.#endedAt.delete(name);
    rmSync(join(this.containers, name), { force: true });
    rmSync(join(this.sandboxes, name), { force: true });
  }
}

/** Nothing when it was moved away meanwhile. */
function manifestIn(folder: string, file: string): [string, string][] {
  try {
    return [[basename(file, '.yaml'), readFileSync(join(folder, file), 'utf8')]];
  } catch {
    return [];
  }
}
