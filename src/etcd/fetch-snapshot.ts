import { pipeline } from 'node:stream/promises';
import { crc32, createZstdDecompress } from 'node:zlib';
import { SnapshotCorrupt, SnapshotDamaged } from './errors.ts';
import type { SnapshotRecord, SnapshotStore } from './ports.ts';
import { TrailerCheck } from './trailer-check.ts';

/** So much is asked for at once, and the next piece while this one is worked on. */
const PIECE_BYTES = 16 * 1024 * 1024;

/**
 * Brings a snapshot's database out of the store, and knows at the end that it is the one of the record: length and checksum of what lies
 * there, length and SHA-256 of the database, and etcd's own trailer. What `save` was given before it fails counts for nothing.
 *
 * @throws SnapshotDamaged, and what the store and `save` throw
 */
export async function fetchSnapshot(
  record: SnapshotRecord,
  store: Pick<SnapshotStore, 'look' | 'read'>,
  save: (chunks: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const { cluster, id, stored, database } = record;
  const there = await store.look(cluster, id);
  if (!there) throw new SnapshotDamaged(id, ['it is not there']);
  if (there.bytes !== stored.bytes)
    throw new SnapshotDamaged(id, [`${stored.bytes} bytes were stored, ${there.bytes} are there`]);
  const checksum = { value: 0 };
  const check = new TrailerCheck();
  try {
    const compressed = summed(pieces(store, record), checksum);
    await pipeline(compressed, createZstdDecompress(), (plain: AsyncIterable<Uint8Array>) => save(check.pass(plain)));
  } catch (error) {
    if (isOfZstd(error)) throw new SnapshotDamaged(id, [`it cannot be unpacked: ${error.message}`], { cause: error });
    throw error;
  }
  const found = checksum.value.toString(16).padStart(8, '0');
  const differences = [
    ...(found === stored.crc32 ? [] : [`its CRC-32 is ${found}, and ${stored.crc32} was stored`]),
    ...(check.bytes === database.bytes ? [] : [`${database.bytes} bytes were read of etcd, ${check.bytes} came back`]),
    ...hashProblems(check, database.sha256),
  ];
  if (differences.length > 0) throw new SnapshotDamaged(id, differences);
}

async function* pieces(
  store: Pick<SnapshotStore, 'read'>,
  { cluster, id, stored }: SnapshotRecord,
): AsyncGenerator<Uint8Array> {
  const read = (from: number) =>
    from < stored.bytes
      ? store.read(cluster, id, from, Math.min(from + PIECE_BYTES, stored.bytes) - 1)
      : Promise.resolve(new Uint8Array());
  let next = read(0);
  for (let at = 0; at < stored.bytes; at += PIECE_BYTES) {
    const piece = await next;
    next = read(at + PIECE_BYTES);
    next.catch(() => {}); // it is awaited in the next turn, or not at all
    yield piece;
  }
}

async function* summed(chunks: AsyncIterable<Uint8Array>, sum: { value: number }): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    sum.value = crc32(chunk, sum.value);
    yield chunk;
  }
}

function hashProblems(check: TrailerCheck, expected: string): readonly string[] {
  try {
    const sha256 = check.finish();
    return sha256 === expected ? [] : [`its SHA-256 is ${sha256}, and ${expected} was read of etcd`];
  } catch (error) {
    if (error instanceof SnapshotCorrupt) return ['it does not hash to the trailer that etcd sent with it'];
    throw error;
  }
}

function isOfZstd(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^(ZSTD_|Z_|ERR_ZSTD)/.test(String(error.code));
}
