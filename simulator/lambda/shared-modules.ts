import type { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';
import { type CompiledModule, compileBundle } from './compile-bundle.ts';
import { type Run, Sandbox } from './sandbox.ts';
import { type SandboxPlace, sandboxGlobals } from './sandbox-globals.ts';

/** As long as an idle environment lives: what a module remembers for longer would be remembered on AWS, too. */
const IDLE_MS = 10 * 60_000;

/**
 * The modules of many functions in one bundle, evaluated once and not in each world: evaluating costs more than running, and only what runs often gets
 * fast. Its globals are those of whichever sandbox's code runs, so worlds must be driven one after the other.
 *
 * What a module remembers it still knows in the next world. So the bundle is evaluated anew unless a world's clock is ten minutes past the end of the
 * last one's: let worlds start ever later, and share only code that forgets within that time. After an environment has died, its function is evaluated
 * from its own package for the rest of the world: the shared one may have been left halfway through something.
 */
export class SharedModules {
  readonly #bundle: CompiledModule;
  readonly #spoilt = new WeakMap<World, Set<string>>();
  #exports: Record<string, unknown> = {};
  #last: Sandbox | undefined;

  private constructor(bundle: CompiledModule) {
    this.#bundle = bundle;
  }

  /** @param source an ES module whose exports are the functions' modules, by the names of their files: `/var/task/index.mjs`. */
  static async compile(source: string): Promise<SharedModules> {
    return new SharedModules(await compileBundle(source, '/var/task/shared.mjs'));
  }

  /** What the file exports; undefined when the sandbox has to evaluate its own. */
  exportsOf(filename: string, sandbox: Sandbox, run: Run): Record<string, unknown> | undefined {
    if (this.#spoilt.get(sandbox.world)?.has(filename)) return undefined;
    const last = this.#last;
    const isIdle = last && (last.world === sandbox.world || sandbox.now() >= this.restedAt());
    this.#last = sandbox;
    if (!isIdle) this.#evaluate(sandbox, run);
    return this.#exports[filename] as Record<string, unknown> | undefined;
  }

  /** From when on, by the clock of worlds, a new world finds nothing remembered. */
  restedAt(): number {
    return this.#last ? this.#last.now() + IDLE_MS : 0;
  }

  /** An environment of this world has died in the middle of this file's code. */
  spoil(filename: string, world: World): void {
    this.#spoilt.set(world, (this.#spoilt.get(world) ?? new Set()).add(filename));
  }

  #lastUsed(): Sandbox {
    if (!this.#last) throw new Error('shared modules run code before any sandbox has asked for them');
    return this.#last;
  }

  #evaluate(sandbox: Sandbox, run: Run): void {
    const module = { exports: {} as Record<string, unknown> };
    sandbox.enter(run, () =>
      this.#bundle(sandboxGlobals(new CurrentPlace(() => this.#lastUsed()), module, '/var/task/shared.mjs')),
    );
    this.#exports = module.exports;
  }
}

/** The place of whoever's code runs. */
class CurrentPlace implements SandboxPlace {
  readonly random: Random;
  readonly environment: Readonly<Record<string, string>>;
  readonly #last: () => Sandbox;

  /** @param last whose code has run last, for what goes on outside of any: not the first one, whose world would never be forgotten. */
  constructor(last: () => Sandbox) {
    this.#last = last;
    this.random = follower(() => this.#sandbox.random);
    this.environment = follower(() => this.#sandbox.environment);
  }

  get scratch(): Sandbox['scratch'] {
    return this.#sandbox.scratch;
  }

  get #sandbox(): Sandbox {
    return Sandbox.current() ?? this.#last();
  }

  now(): number {
    return this.#sandbox.now();
  }

  writeLine(line: string): void {
    this.#sandbox.writeLine(line);
  }

  requestId(): string | undefined {
    return this.#sandbox.requestId();
  }

  exit(code: number): void {
    this.#sandbox.exit(code);
  }

  later(...args: Parameters<SandboxPlace['later']>): ReturnType<SandboxPlace['later']> {
    return this.#sandbox.later(...args);
  }

  send(...args: Parameters<SandboxPlace['send']>): ReturnType<SandboxPlace['send']> {
    return this.#sandbox.send(...args);
  }

  roundTripMs(host: string): number {
    return this.#sandbox.roundTripMs(host);
  }

  caCertificateOf(host: string, port: number): string | undefined {
    return this.#sandbox.caCertificateOf(host, port);
  }

  serverNamesOf(host: string): readonly string[] | undefined {
    return this.#sandbox.serverNamesOf(host);
  }

  isRealServer(address: string): boolean {
    return this.#sandbox.isRealServer(address);
  }

  realWork<T>(work: () => Promise<T>): Promise<T> {
    return this.#sandbox.realWork(work);
  }
}

/** Stands for whatever object is meant at that moment. */
function follower<T extends object>(now: () => T): T {
  return new Proxy({} as T, {
    get: (_, key) => {
      const target = now();
      const member: unknown = Reflect.get(target, key);
      return typeof member === 'function' ? (member as (...args: unknown[]) => unknown).bind(target) : member;
    },
    set: (_, key, value) => Reflect.set(now(), key, value),
    has: (_, key) => Reflect.has(now(), key),
    ownKeys: () => Reflect.ownKeys(now()),
    getOwnPropertyDescriptor: (_, key) => {
      const own = Reflect.getOwnPropertyDescriptor(now(), key);
      return own && { ...own, configurable: true };
    },
  });
}
