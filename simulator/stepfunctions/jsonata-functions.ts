import { createHash } from 'node:crypto';
import jsonata from 'jsonata';
import type { Random } from '../world/random.ts';

/** Where expressions take time and luck from. */
export interface EvaluationWorld {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly random: Random;
}

const formatMillis = jsonata('$fromMillis($ms, $picture, $timezone)');
const formatMillisIso = jsonata('$fromMillis($ms)');
interface JsonataNative {
  readonly implementation: (this: unknown, text: unknown, picture: unknown) => unknown;
}
const nativeToMillis = (await jsonata('$toMillis').evaluate({})) as JsonataNative;

/**
 * The functions that Step Functions adds to JSONata or that must follow the world: `$partition`, `$range`, `$hash`,
 * `$random`, `$uuid`, `$parse`; `$now`, `$millis`, `$toMillis`, `$shuffle` on virtual time and seeded luck. `$eval` is taken away
 * ("Attempted to invoke a non-function"), as AWS does.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html (JSONata functions provided by Step Functions)
 */
export function worldFunctions(world: EvaluationWorld): Readonly<Record<string, unknown>> {
  return {
    eval: undefined,
    partition,
    range,
    hash,
    parse,
    random: (seed: unknown) => (seed === undefined ? world.random.next() : javaRandom(Number(seed))),
    uuid: () => world.random.uuid(),
    shuffle: (items: unknown) => shuffle(items, world.random),
    millis: () => world.now(),
    now: (picture: unknown, timezone: unknown) => formatNow(world.now(), picture, timezone),
    toMillis: function (this: { environment?: { timestamp?: Date } }, text: unknown, picture: unknown) {
      // A picture without a date takes today's, which JSONata reads from the frame.
      if (this?.environment) this.environment.timestamp = new Date(world.now());
      return nativeToMillis.implementation.call(this, text, picture);
    },
  };
}

function formatNow(ms: number, picture: unknown, timezone: unknown): Promise<unknown> {
  if (picture === undefined && timezone === undefined) return formatMillisIso.evaluate(undefined, { ms });
  return formatMillis.evaluate(undefined, { ms, picture, timezone });
}

/** `$partition(array, size)`: slices of that size. Numbers are cut towards zero; size 0 or no list gives nothing. */
function partition(items: unknown, size: unknown): unknown {
  if (items === undefined || size === undefined) return undefined;
  const list = Array.isArray(items) ? items : [items];
  const length = Math.trunc(Number(size));
  if (length < 0) throw new RangeError('Argument 2 of function "partition" must be positive');
  if (length === 0 || Number.isNaN(length)) return undefined;
  const slices: unknown[][] = [];
  for (let at = 0; at < list.length; at += length) slices.push(list.slice(at, at + length));
  return slices;
}

/**
 * `$range(first, last, step)`, both ends included. A JSONata sequence: one element alone comes out unwrapped, as AWS
 * answers `1` for `$range(1, 9, 9)` (recorded).
 */
function range(first: unknown, last: unknown, step: unknown): unknown {
  const [from, to, by] = [first, last, step].map((n) => Math.trunc(Number(n))) as [number, number, number];
  if (first === undefined || last === undefined || step === undefined || by === 0) return undefined;
  const count = Math.floor((to - from) / by) + 1;
  if (!(count > 0)) return undefined;
  if (count > 1_000_000) throw new RangeError('The JSONata expression exceeded the memory limit');
  const numbers = Array.from({ length: count }, (_, i) => from + i * by);
  return Object.assign(numbers, { sequence: true });
}

const digests: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** `$hash(text, algorithm)`: lower-case hexadecimal. */
function hash(data: unknown, algorithm: unknown): unknown {
  if (data === undefined || algorithm === undefined) return undefined;
  const digest = digests[String(algorithm)];
  if (digest === undefined)
    throw new RangeError(`Argument 2 of function "hash" must be one of ${Object.keys(digests)}`);
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return createHash(digest).update(text).digest('hex');
}

/** `$parse(text)`: the JSON value in the text; there because `$eval` is not. */
function parse(text: unknown): unknown {
  if (text === undefined) return undefined;
  if (typeof text !== 'string') throw new TypeError('Argument 1 of function "parse" does not match function signature');
  return JSON.parse(text);
}

function shuffle(items: unknown, random: Random): unknown {
  if (!Array.isArray(items)) return items;
  const result = [...items];
  for (let i = result.length - 1; i > 0; i -= 1) {
    const j = random.integer(0, i);
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

/**
 * The first `nextDouble()` of `java.util.Random` with that seed: what AWS answers for `$random(seed)`, so `$random(42)` is
 * 0.7275636800328681. The generator is the published one of the Java class (48-bit linear congruence).
 */
function javaRandom(seed: number): number {
  const mask = (1n << 48n) - 1n;
  const multiplier = 0x5deece66dn;
  let state = (BigInt(Math.trunc(seed)) ^ multiplier) & mask;
  const bits = (count: bigint): bigint => {
    state = (state * multiplier + 0xbn) & mask;
    return state >> (48n - count);
  };
  const high = bits(26n);
  const low = bits(27n);
  return Number((high << 27n) + low) / 2 ** 53;
}
