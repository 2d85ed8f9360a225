import crypto, { type webcrypto } from 'node:crypto';
import type { Random } from '../world/random.ts';
import { withOverrides } from './with-overrides.ts';

type Callback = (error: Error | null, value?: unknown) => void;
type RealWork = <T>(work: () => Promise<T>) => Promise<T>;

/** The randomness of a sandbox. Keys and signatures are real; what is drawn as bytes, numbers and ids is seeded. */
export interface SeededCrypto {
  /** `require('node:crypto')`. */
  readonly module: typeof crypto;
  /** The global `crypto`. */
  readonly web: Crypto;
}

// Computed on Node's thread pool: the world's clock waits for them.
const IN_BACKGROUND = ['generateKeyPair', 'generateKey', 'generatePrime', 'pbkdf2', 'scrypt', 'hkdf', 'sign', 'verify'];

export function seededCrypto(random: Random, realWork: RealWork): SeededCrypto {
  const randomUUID = (): string => random.uuid();
  const web = webCrypto(random, randomUUID, realWork);
  const overrides: Record<string, unknown> = {
    randomUUID,
    randomBytes: (size: number, callback?: Callback) => answer(Buffer.from(random.bytes(size)), callback),
    pseudoRandomBytes: (size: number, callback?: Callback) => answer(Buffer.from(random.bytes(size)), callback),
    randomInt: (...args: (number | Callback)[]) => randomInt(random, args),
    randomFillSync: (target: ArrayBufferView) => fill(random, target),
    randomFill: (target: ArrayBufferView, ...rest: Callback[]) => answer(fill(random, target), rest.at(-1)),
    getRandomValues: (target: ArrayBufferView) => fill(random, target),
    webcrypto: web,
    subtle: web.subtle,
  };
  for (const name of IN_BACKGROUND) overrides[name] = holdingTheClock(crypto, name, realWork);
  return { module: withOverrides(crypto, overrides), web };
}

/** A function with a final callback, which holds the world's clock from the call to the callback. */
export function holdingTheClock(owner: object, name: string, realWork: RealWork): (...args: unknown[]) => unknown {
  const original = Reflect.get(owner, name) as (...args: unknown[]) => unknown;
  return (...args) => {
    const callback = args.at(-1);
    if (typeof callback !== 'function') return original.apply(owner, args);
    const work = new Promise<void>((resolve) => {
      original.apply(owner, [
        ...args.slice(0, -1),
        (...results: unknown[]) => {
          callback(...results);
          resolve();
        },
      ]);
    });
    void realWork(() => work);
    return undefined;
  };
}

function webCrypto(random: Random, randomUUID: () => string, realWork: RealWork): Crypto {
  const real = crypto.webcrypto as unknown as Crypto;
  const subtle = new Proxy(real.subtle, {
    get: (target, key) => {
      const method: unknown = Reflect.get(target, key);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) => realWork(() => method.apply(target, args) as Promise<unknown>);
    },
  });
  const getRandomValues = (target: ArrayBufferView): ArrayBufferView => fill(random, target);
  return withOverrides(real, { randomUUID, getRandomValues, subtle });
}

function answer<T>(value: T, callback: Callback | undefined): T | undefined {
  if (!callback) return value;
  process.nextTick(callback, null, value);
  return undefined;
}

function randomInt(random: Random, args: (number | Callback)[]): number | undefined {
  const callback = args.find((arg) => typeof arg === 'function');
  const [low = 0, high] = args.filter((arg) => typeof arg === 'number');
  const value = high === undefined ? random.integer(0, low - 1) : random.integer(low, high - 1);
  return answer(value, callback);
}

function fill<T extends ArrayBufferView>(random: Random, target: T): T {
  new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(random.bytes(target.byteLength));
  return target;
}

/** The type of Node's `webcrypto`, which the global has too. */
type Crypto = webcrypto.Crypto;
