import { AsyncLocalStorage } from 'node:async_hooks';
import { ConnectionError, type HttpRequest, type HttpResponse, type RequestOrigin } from '../wire/http.ts';
import { KillCaller } from '../wire/kill-caller.ts';
import type { Random } from '../world/random.ts';
import type { Timer, World } from '../world/world.ts';
import { sandboxRequire } from './builtin-modules.ts';
import type { CompiledModule, Injected } from './compile-bundle.ts';
import { virtualFetch } from './fetch.ts';
import { httpModule } from './http-client.ts';
import { roundTripMs } from './latency.ts';
import type { SandboxHost } from './sandbox-host.ts';
import { seededCrypto } from './seeded-crypto.ts';
import { virtualConsole } from './virtual-console.ts';
import { virtualDate } from './virtual-date.ts';
import { virtualProcess } from './virtual-process.ts';
import { virtualTimers } from './virtual-timers.ts';
import { withOverrides } from './with-overrides.ts';

/** What a sandbox needs of the simulated network. */
export interface SandboxNetwork {
  /** @throws ConnectionError, KillCaller. */
  request(request: HttpRequest, origin: RequestOrigin): Promise<HttpResponse>;
  /** The CA of a server whose certificate no public CA signed, PEM. */
  caCertificateOf?(host: string, port: number): string | undefined;
  /** The names in a server's certificate; undefined where every name is as good. */
  serverNamesOf?(host: string): readonly string[] | undefined;
}

/** One run of the function's code: the initialisation of an environment, or an invocation. */
export interface Run {
  /** Undefined while an environment initialises. */
  readonly requestId: string | undefined;
  /** Requests that it has sent. */
  requests: number;
  /** False once it has ended or was killed. */
  alive: boolean;
  /** Its runtime is dead: an exit, a kill fault, an error that nothing caught. */
  readonly die: (death: Death) => void;
  /** A line of its output. */
  readonly log: (line: string) => void;
}

/** How a runtime died. */
export interface Death {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export interface SandboxOptions {
  readonly world: World;
  readonly random: Random;
  readonly network: SandboxNetwork;
  readonly functionName: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Why a connection ends. One for all: without a reason each abort makes a DOMException with a stack of its own, and nobody reads it. */
const broken = new ConnectionError('ECONNRESET', 'aborted');

const runs = new AsyncLocalStorage<{ readonly sandbox: Sandbox; readonly run: Run }>();

/**
 * An evaluated module in a world of its own: virtual time, seeded luck, the function's environment, and requests that go
 * into the simulated network.
 *
 * It is frozen while no run is under way, as Lambda freezes an environment: timers that come due meanwhile fire when
 * the next run starts. A run that died never sees another timer, and its requests neither leave nor return.
 */
export class Sandbox implements SandboxHost {
  readonly #options: SandboxOptions;
  readonly #module = { exports: {} as Record<string, unknown> };
  readonly #active = new Set<Run>();
  readonly #whenThawed: (() => void)[] = [];
  readonly #inFlight = new Map<AbortController, Run | undefined>();
  #dead = false;

  constructor(options: SandboxOptions) {
    this.#options = options;
  }

  /** What the module exports, after {@link Sandbox.evaluate}. */
  get exports(): Readonly<Record<string, unknown>> {
    return this.#module.exports;
  }

  /** Evaluates the module on behalf of a run. @throws whatever the module throws. */
  evaluate(module: CompiledModule, filename: string, run: Run): void {
    this.enter(run, () => module(this.#globals(filename)));
  }

  /** Lets a run begin or go on: what `work` does and starts belongs to it. */
  enter<T>(run: Run, work: () => T): T {
    if (run.alive) this.#active.add(run);
    for (const thawed of this.#whenThawed.splice(0)) this.#options.world.after(0, 'thaw', thawed);
    return runs.run({ sandbox: this, run }, work);
  }

  /** The run is over; the environment freezes when it was the only one. */
  leave(run: Run): void {
    run.alive = false;
    this.#active.delete(run);
  }

  /** Nothing in here ever runs again, and the connections break. */
  destroy(): void {
    this.#dead = true;
    for (const controller of this.#inFlight.keys()) controller.abort(broken);
    this.#inFlight.clear();
    this.#active.clear();
    this.#whenThawed.length = 0;
  }

  /** Breaks the connections of one run that died; others share the sandbox. */
  disconnect(run: Run): void {
    for (const [controller, owner] of this.#inFlight) {
      if (owner === run) controller.abort(broken);
    }
  }

  later(milliseconds: number, what: string, callback: () => void): Timer {
    const run = this.#current();
    const name = `lambda:${this.#options.functionName} ${what}`;
    return this.#options.world.after(milliseconds, name, () => this.#resume(run, callback));
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const run = this.#current();
    if (this.#dead || run?.alive === false) return never();
    if (run) run.requests += 1;
    const controller = new AbortController();
    const end = (): void => {
      this.#inFlight.delete(controller);
      controller.abort(broken);
    };
    request.signal?.addEventListener('abort', end, { once: true });
    this.#inFlight.set(controller, run);
    const origin = { kind: 'lambda', name: this.#options.functionName, ordinal: run?.requests ?? 0 } as const;
    try {
      return await this.#options.network.request({ ...request, signal: controller.signal }, origin);
    } catch (error) {
      if (!(error instanceof KillCaller)) throw error;
      run?.die({ errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited with error: exit status 1' });
      return never();
    }
  }

  roundTripMs(host: string): number {
    return roundTripMs(host, this.#options.random);
  }

  caCertificateOf(host: string, port: number): string | undefined {
    return this.#options.network.caCertificateOf?.(host, port);
  }

  serverNamesOf(host: string): readonly string[] | undefined {
    return this.#options.network.serverNamesOf?.(host);
  }

  realWork<T>(work: () => Promise<T>): Promise<T> {
    return this.#options.world.realWork(work);
  }

  // The run that asks. What an earlier run left behind belongs to the one that is under way now.
  #current(): Run | undefined {
    const store = runs.getStore();
    const own = store?.sandbox === this ? store.run : undefined;
    if (own?.alive) return own;
    return [...this.#active].at(-1) ?? own;
  }

  #resume(run: Run | undefined, callback: () => void): void {
    if (this.#dead) return;
    if (this.#active.size === 0) {
      this.#whenThawed.push(() => this.#resume(run, callback));
      return;
    }
    const heir = run?.alive ? run : [...this.#active].at(-1);
    if (!heir) return;
    runs.run({ sandbox: this, run: heir }, () => {
      try {
        callback();
      } catch (error) {
        heir.die(uncaught(error));
      }
    });
  }

  #globals(filename: string): Injected {
    const { world, random, environment } = this.#options;
    const writeLine = (line: string): void => this.#current()?.log(line);
    const now = (): number => world.now();
    const timers = virtualTimers((ms, what, run) => this.later(ms, what, run));
    const crypto = seededCrypto(random, (work) => this.realWork(work));
    const performance = { now: () => now() - startedAt, timeOrigin: now(), mark: () => undefined };
    const startedAt = now();
    const process = virtualProcess({ environment, now, writeLine, exit: (code) => this.#exit(code) });
    const console = virtualConsole({ now, writeLine, requestId: () => this.#current()?.requestId });
    const globals = {
      process,
      console,
      performance,
      crypto: crypto.web,
      Date: virtualDate(now),
      Math: Object.create(Math, { random: { value: () => random.next() } }),
      AbortSignal: withOverrides(AbortSignal, { timeout: (ms: number) => abortAfter(ms, timers.setTimeout) }),
      setTimeout: timers.setTimeout,
      setInterval: timers.setInterval,
      setImmediate: timers.setImmediate,
      clearTimeout: timers.clear,
      clearInterval: timers.clear,
      clearImmediate: timers.clear,
      fetch: virtualFetch(httpModule(this, false), httpModule(this, true)),
    };
    // The SDK keeps its store of the invocation in here: it would be one store, and one world's, for the whole process.
    const global = globalObject({ ...globals, awslambda: undefined });
    const require = sandboxRequire(this, {
      crypto: crypto.module,
      process,
      console: withOverrides(console, { Console: globalThis.console.Console }),
      perf_hooks: { performance },
      timers: pickTimers(globals),
      'timers/promises': timerPromises(timers.setTimeout),
    });
    return {
      ...globals,
      exports: this.#module.exports,
      module: this.#module,
      require,
      globalThis: global,
      global,
      __filename: filename,
      __dirname: filename.slice(0, filename.lastIndexOf('/')),
      __importMetaUrl: `file://${filename}`,
    };
  }

  #exit(code: number): void {
    const status = `Runtime exited with error: exit status ${code}`;
    const errorMessage = code === 0 ? 'Runtime exited without providing a reason' : status;
    this.#current()?.die({ errorType: 'Runtime.ExitError', errorMessage });
  }
}

function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}

function uncaught(error: unknown): Death {
  const { name, message } = error instanceof Error ? error : { name: typeof error, message: String(error) };
  return { errorType: name, errorMessage: message };
}

type SetTimeout = (run: () => void, milliseconds?: number) => unknown;

function abortAfter(milliseconds: number, setTimeout: SetTimeout): AbortSignal {
  const controller = new AbortController();
  const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
  setTimeout(() => controller.abort(reason), milliseconds);
  return controller.signal;
}

function pickTimers(globals: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(globals).filter((name) => /^(set|clear)(Timeout|Interval|Immediate)$/.test(name));
  return Object.fromEntries(names.map((name) => [name, globals[name]]));
}

function timerPromises(setTimeout: SetTimeout): Record<string, unknown> {
  const wait = <T>(milliseconds?: number, value?: T): Promise<T | undefined> =>
    new Promise((resolve) => {
      setTimeout(() => resolve(value), milliseconds);
    });
  return { setTimeout: wait, setImmediate: <T>(value?: T) => wait(0, value), scheduler: { wait } };
}

// Reads fall through to the real global object; writes stay in the sandbox.
function globalObject(own: Record<string, unknown>): object {
  const members: Record<string, unknown> = { ...own };
  const proxy: object = new Proxy(globalThis, {
    get: (target, key) => {
      if (key === 'globalThis' || key === 'global') return proxy;
      return typeof key === 'string' && key in members ? members[key] : Reflect.get(target, key);
    },
    has: (target, key) => key in members || Reflect.has(target, key),
    set: (_target, key, value) => {
      members[String(key)] = value;
      return true;
    },
    defineProperty: (_target, key, descriptor) => {
      members[String(key)] = descriptor.value;
      return true;
    },
  });
  return proxy;
}
