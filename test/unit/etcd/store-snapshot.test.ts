import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { storeSnapshot } from '../../../src/etcd/store-snapshot.ts';
import { verifyStored } from '../../../src/etcd/verify-stored.ts';
import { FakeSnapshotStore } from '../../support/etcd/fake-snapshot-store.ts';

/** Two hundred in the long run. */
const offsetsTried = process.env.TENDER_LONG ? 200 : 25;

const MiB = 1024 * 1024;
const id = '20261129T100000Z-r500';
const key = `etcd/demo/${id}.db.zst`;

/** What a member sends: pages that do not compress, and their hash. */
function snapshotOf(bytes: number): Buffer {
  const pages = Buffer.alloc(bytes);
  for (let at = 0, noise = 7; at + 4 <= bytes; at += 4) {
    noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) | 0;
    pages.writeInt32LE(noise, at);
  }
  return Buffer.concat([pages, createHash('sha256').update(pages).digest()]);
}

/** In the chunks that etcd sends, each of which is gone when the next one comes. */
async function* sent(bytes: Uint8Array, chunkBytes = 32 * 1024): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.alloc(chunkBytes);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const some = bytes.subarray(at, at + chunkBytes);
    chunk.fill(0xee);
    chunk.set(some);
    yield chunk.subarray(0, some.length);
  }
}

let store: FakeSnapshotStore;
beforeEach(() => {
  store = new FakeSnapshotStore();
});

async function run(chunks: AsyncIterable<Uint8Array>, beforePart: (readBytes: number) => void = () => {}) {
  return storeSnapshot(chunks, await store.begin('demo', id), 20 * MiB, beforePart);
}

describe('storeSnapshot', () => {
  it('stores what it was given, compressed, with its hash, in parts', async () => {
    const snapshot = snapshotOf(20 * MiB);

    const { database, sent: object } = await run(sent(snapshot));

    const stored = store.objects.get(key)?.bytes ?? Buffer.alloc(0);
    expect(zstdDecompressSync(stored).equals(snapshot)).toBe(true);
    expect(database).toEqual({ bytes: snapshot.length, sha256: snapshot.subarray(-32).toString('hex') });
    expect(object).toMatchObject({ bytes: stored.length, crc32: store.objects.get(key)?.crc32 });
    expect(store.calls).toEqual(['begin', 'part 1', 'part 2', 'part 3', 'complete']);
  });

  it('stores the same however the chunks are cut', async () => {
    const snapshot = snapshotOf(8 * 512);

    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5_000 }), async (chunkBytes) => {
        store = new FakeSnapshotStore();
        await run(sent(snapshot, chunkBytes));

        expect(zstdDecompressSync(store.objects.get(key)?.bytes ?? Buffer.alloc(0)).equals(snapshot)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('completes nothing that was cut off, at any offset', async () => {
    const snapshot = snapshotOf(16 * 512);
    const offsets = fc.sample(fc.nat({ max: snapshot.length - 1 }), { numRuns: offsetsTried, seed: 1 });

    for (const offset of offsets) {
      await expect(run(sent(snapshot.subarray(0, offset)))).rejects.toMatchObject({ name: 'SnapshotCorrupt' });
    }

    expect(store).toMatchObject({ objects: new Map(), uploads: 0 });
  });

  it('completes nothing in which one bit is another, anywhere', async () => {
    const snapshot = snapshotOf(4 * 512);

    await fc.assert(
      fc.asyncProperty(fc.nat({ max: snapshot.length - 1 }), fc.nat({ max: 7 }), async (at, bit) => {
        const broken = Buffer.from(snapshot);
        broken[at] = (broken[at] ?? 0) ^ (1 << bit);

        await expect(run(sent(broken))).rejects.toMatchObject({ name: 'SnapshotCorrupt' });
      }),
      { numRuns: offsetsTried },
    );

    expect(store).toMatchObject({ objects: new Map(), uploads: 0 });
  });

  it('aborts when a part fails that the compressor has waited for, whatever it was about to write', async () => {
    store.onPart = async () => {
      // So long that all parts are under way, and nothing more fits into the compressor.
      await sleep(300);
      throw new Error('SlowDown');
    };

    await expect(run(sent(snapshotOf(64 * MiB)))).rejects.toThrow('SlowDown');

    expect(store.calls.at(-1)).toBe('abort');
    expect(store).toMatchObject({ objects: new Map(), uploads: 0 });
  });

  it('aborts when a part fails, after the others have ended', async () => {
    store.onPart = async (number) => {
      if (number === 2) throw new Error('SlowDown');
      await sleep(100);
    };

    await expect(run(sent(snapshotOf(40 * MiB)))).rejects.toThrow('SlowDown');

    expect(store.calls.at(-1)).toBe('abort');
    expect(store).toMatchObject({ objects: new Map(), uploads: 0 });
  });

  it('aborts when reading fails, with what it failed with', async () => {
    const failing = async function* () {
      yield* sent(snapshotOf(20 * MiB).subarray(0, 18 * MiB));
      throw new Error('the member died');
    };
    store.onPart = () => sleep(50);

    await expect(run(failing())).rejects.toThrow('the member died');

    expect(store.calls.at(-1)).toBe('abort');
  });

  it('asks before each part whether to go on, and aborts when not', async () => {
    const asked: number[] = [];

    const running = run(sent(snapshotOf(20 * MiB)), (readBytes) => {
      asked.push(readBytes);
      if (asked.length === 2) throw new Error('no time');
    });

    await expect(running).rejects.toThrow('no time');
    expect(asked[0]).toBeGreaterThanOrEqual(8 * MiB);
    expect(store.calls).toEqual(['begin', 'part 1', 'abort']);
  });

  it('sends three parts at a time, and reads no further while they are under way', async () => {
    const { promise: threeAreOpen, resolve: thirdIsOpen } = Promise.withResolvers<void>();
    let open = 0;
    let most = 0;
    let read = 0;
    store.onPart = async () => {
      open += 1;
      most = Math.max(most, open);
      if (open === 3) setTimeout(thirdIsOpen, 300); // long enough for a fourth, if there were one
      await threeAreOpen;
      open -= 1;
    };
    const readWhileOpen = threeAreOpen.then(() => read);

    await run(
      counted(sent(snapshotOf(40 * MiB)), (bytes) => {
        read = bytes;
      }),
    );

    expect(most).toBe(3);
    // Three parts that are under way, one that is full, and what the pipes between hold.
    expect(await readWhileOpen).toBeLessThan(36 * MiB);
  });
});

/** The chunks, and how many bytes have been asked for so far. */
async function* counted(chunks: AsyncIterable<Uint8Array>, tell: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    tell(bytes);
    yield chunk;
  }
}

describe('verifyStored', () => {
  async function stored() {
    const { sent: object } = await run(sent(snapshotOf(MiB)));
    return object;
  }

  it('passes what is as it was sent', async () => {
    await verifyStored(store, 'demo', id, await stored());

    expect(store.objects.has(key)).toBe(true);
  });

  it.each([
    ['its last bytes are others', (bytes: Buffer) => bytes.fill(0, bytes.length - 1)],
    ['its first bytes are others', (bytes: Buffer) => bytes.fill(0, 0, 4)],
  ])('removes what is not: %s', async (difference, readBack) => {
    const object = await stored();
    store.readBack = readBack;

    await expect(verifyStored(store, 'demo', id, object)).rejects.toThrow(difference);
    expect(store.objects.size).toBe(0);
  });

  it.each([
    ['bytes', 3, '3 are there'],
    ['crc32', 'ffffffff', 'its CRC-32 is ffffffff'],
    ['encryption', 'AES256', 'encrypted by AES256'],
  ])('removes what the store describes otherwise: %s', async (field, value, difference) => {
    const object = await stored();
    const look = store.look.bind(store);
    store.look = async (...args) => ({ ...(await look(...args)), [field]: value }) as never;

    await expect(verifyStored(store, 'demo', id, object)).rejects.toThrow(difference);
    expect(store.objects.size).toBe(0);
  });
});
