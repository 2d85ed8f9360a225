import { createHash } from 'node:crypto';

/**
 * A seeded random source. Same seed and same order of calls, same values.
 *
 * Every consumer takes its own stream with {@link Random.for}, so that one more draw in one corner of the world
 * does not change the luck of all others.
 */
export class Random {
  readonly #seed: string;
  #state: number;
  readonly #streams = new Map<string, Random>();

  constructor(seed: number | string) {
    this.#seed = String(seed);
    this.#state = createHash('sha256').update(this.#seed).digest().readUInt32LE(0);
  }

  /** The stream of that name: the same object for the same name. */
  for(name: string): Random {
    let stream = this.#streams.get(name);
    if (!stream) {
      stream = new Random(`${this.#seed}/${name}`);
      this.#streams.set(name, stream);
    }
    return stream;
  }

  /** A number in [0, 1). The generator is mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A number in [low, high). */
  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** An integer in [low, high], both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** One of the items. @throws RangeError when there is none. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('pick from an empty list');
    return items[this.integer(0, items.length - 1)] as T;
  }

  /** `length` hexadecimal digits, as the tail of an instance id. */
  hex(length: number): string {
    let text = '';
    while (text.length < length) text += Math.floor(this.next() * 16).toString(16);
    return text;
  }

  /** A UUID of version 4's form. */
  uuid(): string {
    const h = this.hex(30);
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(12, 15)}-a${h.slice(15, 18)}-${h.slice(18, 30)}`;
  }

  /** `length` random bytes. */
  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => Math.floor(this.next() * 256));
  }
}
