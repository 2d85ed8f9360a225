import { createHash } from 'node:crypto';
import { SnapshotCorrupt } from './errors.ts';

const TRAILER_BYTES = 32;
/** The database is written in pages, whose size is a multiple of this: what is not was cut off. */
const SECTOR_BYTES = 512;

/**
 * Watches a snapshot pass and knows at its end whether it is whole: etcd sends the SHA-256 of the database in the last 32
 * bytes. `etcdctl snapshot save` and `snapshot status` do not compare it; only a restore does.
 */
export class TrailerCheck {
  readonly #hash = createHash('sha256');
  #tail = Buffer.alloc(0);
  #bytes = 0;

  /** Of all that has passed, trailer included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The chunks, untouched. */
  async *pass(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.take(chunk);
      yield chunk;
    }
  }

  /** The SHA-256 of the database, hexadecimal. Call it once, when all has passed. @throws SnapshotCorrupt */
  finish(): string {
    if (this.#bytes <= TRAILER_BYTES || this.#bytes % SECTOR_BYTES !== TRAILER_BYTES) {
      throw new SnapshotCorrupt(
        `A snapshot of ${this.#bytes} bytes was cut off: there are whole pages and 32 bytes in one.`,
      );
    }
    const digest = this.#hash.digest('hex');
    const trailer = this.#tail.toString('hex');
    if (digest === trailer) return digest;
    throw new SnapshotCorrupt(
      `The ${this.#bytes} bytes that came have the SHA-256 ${digest}, and etcd says that it sent ${trailer}. They were thrown away.`,
    );
  }

  /** Notes what passes. The last 32 bytes are held back, since only the end tells that they were the trailer. */
  take(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (chunk.length >= TRAILER_BYTES) {
      this.#hash.update(this.#tail);
      this.#hash.update(chunk.subarray(0, -TRAILER_BYTES));
      this.#tail = Buffer.from(chunk.subarray(-TRAILER_BYTES));
      return;
    }
    const both = Buffer.concat([this.#tail, chunk]);
    const keep = Math.min(TRAILER_BYTES, both.length);
    this.#hash.update(both.subarray(0, both.length - keep));
    this.#tail = both.subarray(both.length - keep);
  }
}
