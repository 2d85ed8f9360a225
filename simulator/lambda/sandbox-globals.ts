import type { Random } from '../world/random.ts';
import { sandboxRequire } from './builtin-modules.ts';
import type { Injected } from './compile-bundle.ts';
import { virtualFetch } from './fetch.ts';
import { httpModule } from './http-client.ts';
import type { SandboxHost } from './sandbox-host.ts';
import { seededCrypto } from './seeded-crypto.ts';
import { virtualConsole } from './virtual-console.ts';
import { virtualDate } from './virtual-date.ts';
import { virtualProcess } from './virtual-process.ts';
import { virtualTimers } from './virtual-timers.ts';
import { withOverrides } from './with-overrides.ts';

/** Where a module lives: what its globals tell and do. */
export interface SandboxPlace extends SandboxHost {
  now(): number;
  readonly random: Random;
  readonly environment: Readonly<Record<string, string>>;
  /** A line of output of the run that asks. */
  writeLine(line: string): void;
  /** Of the invocation that asks; undefined during initialisation. */
  requestId(): string | undefined;
  /** The code called `process.exit`. */
  exit(code: number): void;
}

/** The globals of a module that lives in this place. */
export function sandboxGlobals(
  place: SandboxPlace,
  module: { readonly exports: Record<string, unknown> },
  filename: string,
): Injected {
  const { random, environment } = place;
  const writeLine = (line: string): void => place.writeLine(line);
  const now = (): number => place.now();
  const timers = virtualTimers((ms, what, run) => place.later(ms, what, run));
  const crypto = seededCrypto(random, (work) => place.realWork(work));
  const performance = { now: () => now() - startedAt, timeOrigin: now(), mark: () => undefined };
  const startedAt = now();
  const process = virtualProcess({ environment, now, writeLine, exit: (code) => place.exit(code) });
  const console = virtualConsole({ now, writeLine, requestId: () => place.requestId() });
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
    fetch: virtualFetch(httpModule(place, false), httpModule(place, true)),
  };
  // The SDK keeps its store of the invocation in here: it would be one store, and one world's, for the whole process.
  const global = globalObject({ ...globals, awslambda: undefined });
  const require = sandboxRequire(place, {
    crypto: crypto.module,
    process,
    console: withOverrides(console, { Console: globalThis.console.Console }),
    perf_hooks: { performance },
    timers: pickTimers(globals),
    'timers/promises': timerPromises(timers.setTimeout),
  });
  return {
    ...globals,
    exports: module.exports,
    module,
    require,
    globalThis: global,
    global,
    __filename: filename,
    __dirname: filename.slice(0, filename.lastIndexOf('/')),
    __importMetaUrl: `file://${filename}`,
  };
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
