import { AsyncLocalStorage } from 'node:async_hooks';
import { ConnectionError, type HttpRequest, type HttpResponse, type RequestOrigin } from '../wire/http.ts';
import { KillCaller } from '../wire/kill-caller.ts';
import type { Random } from '../world/random.ts';
import type { Timer, World } from '../world/world.ts';
import type { CompiledModule } from './compile-bundle.ts';
import { roundTripMs } from './latency.ts';
import { type SandboxPlace, sandboxGlobals } from './sandbox-globals.ts';
import { Scratch } from './scratch.ts';

/** What a sandbox needs of the simulated network. */
export interface SandboxNetwork {
  /** @throws ConnectionError, KillCaller. */
  request(request: HttpRequest, origin: RequestOrigin): Promise<HttpResponse>;
  /** The CA of a server whose certificate no public CA signed, PEM. */
  caCertificateOf?(host: string, port: number): string | undefined;
  /** The names in a server's certificate; undefined where every name is as good. */
  serverNamesOf?(host: string): readonly string[] | undefined;
  /** Whether there is a real server at this address; default: no. */
  isRealServer?(address: string): boolean;
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
  /** What its file system may hold; default 512 MB, as Lambda's. */
  readonly ephemeralStorageMb?: number | undefined;
  /** A real directory whose programs it may run, as those of a layer. */
  readonly programs?: string | undefined;
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
export class Sandbox implements SandboxPlace {
  readonly scratch: Scratch;
  readonly #options: SandboxOptions;
  readonly #module = { exports: {} as Record<string, unknown> };
  readonly #active = new Set<Run>();
  readonly #whenThawed: (() => void)[] = [];
  readonly #inFlight = new Map<AbortController, Run | undefined>();
  #dead = false;

  constructor(options: SandboxOptions) {
    this.#options = options;
    this.scratch = new Scratch({
      limitBytes: (options.ephemeralStorageMb ?? 512) * 1024 * 1024,
      programs: options.programs,
      realWork: (work) => options.world.realWork(work),
    });
  }

  /** The sandbox whose code runs at this moment; undefined outside of any. */
  static current(): Sandbox | undefined {
    return runs.getStore()?.sandbox;
  }

  /** What the module exports, after {@link Sandbox.evaluate}. */
  get exports(): Readonly<Record<string, unknown>> {
    return this.#module.exports;
  }

  get world(): World {
    return this.#options.world;
  }

  get random(): Random {
    return this.#options.random;
  }

  get environment(): Readonly<Record<string, string>> {
    return this.#options.environment;
  }

  now(): number {
    return this.#options.world.now();
  }

  /** A line of output of the run that asks. */
  writeLine(line: string): void {
    this.#current()?.log(line);
  }

  /** Of the invocation that asks; undefined during initialisation. */
  requestId(): string | undefined {
    return this.#current()?.requestId;
  }

  /** Takes the exports of a module that was evaluated elsewhere, in the place of {@link Sandbox.evaluate}. */
  adopt(exports: Record<string, unknown>): void {
    this.#module.exports = exports;
  }

  /** Evaluates the module on behalf of a run. @throws whatever the module throws. */
  evaluate(module: CompiledModule, filename: string, run: Run): void {
    this.enter(run, () => module(sandboxGlobals(this, this.#module, filename)));
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
    this.scratch.destroy();
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
      const response = await this.#options.network.request({ ...request, signal: controller.signal }, origin);
      // Nothing more comes of it; of a stream there does, until somebody closes it.
      if (response.body instanceof Uint8Array) this.#inFlight.delete(controller);
      return response;
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

  isRealServer(address: string): boolean {
    if (this.scratch.hasPrograms && address.startsWith('127.0.0.1:')) return true;
    return this.#options.network.isRealServer?.(address) ?? false;
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

  /** The code called `process.exit`. */
  exit(code: number): void {
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
