import { crc32 } from 'node:zlib';
import type { SnapshotUpload } from './ports.ts';

/** So much of an object's beginning and end is kept, to compare it with what is read back. */
export const SAMPLE_BYTES = 64 * 1024;
/** Parts under way at a time. More are not faster to S3, and each holds its bytes. */
const AT_ONCE = 3;

/** What was sent. */
export interface SentObject {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly crc32: string;
  /** The first and the last bytes, at most {@link SAMPLE_BYTES} of them. */
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

/** Cuts a stream into parts and sends them, a few at a time, in as many buffers as are under way and one that is filled. */
export class PartSender {
  readonly #upload: SnapshotUpload;
  readonly #size: number;
  readonly #beforePart: () => void;
  readonly #underWay = new Set<Promise<void>>();
  readonly #free: Buffer[] = [];
  #failed: { readonly error: unknown } | undefined;
  #parts = 0;
  #bytes = 0;
  #crc32 = 0;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);

  /** @param beforePart called before each part is sent; what it throws ends it all */
  constructor(upload: SnapshotUpload, partBytes: number, beforePart: () => void) {
    this.#upload = upload;
    this.#size = partBytes;
    this.#beforePart = beforePart;
  }

  /** Sends everything. Fails with what reading, a part, or `beforePart` failed with; parts may still be under way then. */
  async send(chunks: AsyncIterable<Uint8Array>): Promise<SentObject> {
    let buffer = this.#buffer();
    let filled = 0;
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        const some = chunk.subarray(at, at + this.#size - filled);
        buffer.set(some, filled);
        at += some.length;
        filled += some.length;
        if (filled < this.#size) continue;
        await this.#dispatch(buffer, filled);
        buffer = this.#buffer();
        filled = 0;
      }
    }
    if (filled > 0 || this.#parts === 0) await this.#dispatch(buffer, filled);
    await this.settled();
    if (this.#failed) throw this.#failed.error;
    return { bytes: this.#bytes, crc32: this.#crc32.toString(16).padStart(8, '0'), head: this.#head, tail: this.#tail };
  }

  /** Resolves when no part is under way any more, however they ended: an upload that is aborted before keeps what comes later. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  async #dispatch(buffer: Buffer, filled: number): Promise<void> {
    while (this.#underWay.size >= AT_ONCE) await Promise.race(this.#underWay);
    if (this.#failed) throw this.#failed.error;
    this.#beforePart();
    const bytes = buffer.subarray(0, filled);
    this.#note(bytes);
    this.#parts += 1;
    const sent: Promise<void> = this.#upload.part(this.#parts, bytes).then(
      () => void this.#free.push(buffer),
      (error: unknown) => {
        this.#failed ??= { error };
      },
    );
    const tracked = sent.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  #note(bytes: Buffer): void {
    this.#bytes += bytes.length;
    this.#crc32 = crc32(bytes, this.#crc32);
    if (this.#head.length < SAMPLE_BYTES) this.#head = Buffer.concat([this.#head, bytes]).subarray(0, SAMPLE_BYTES);
    this.#tail = Buffer.concat([this.#tail, bytes.subarray(-SAMPLE_BYTES)]).subarray(-SAMPLE_BYTES);
  }

  #buffer(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#size);
  }
}
