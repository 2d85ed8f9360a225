import { constants, createZstdCompress, type ZstdCompress } from 'node:zlib';
import { partBytes } from './part-size.ts';
import type { SnapshotUpload } from './ports.ts';
import { PartSender, type SentObject } from './send-parts.ts';
import { TrailerCheck } from './trailer-check.ts';

/** What was read of etcd, and what was stored of it. */
export interface Transfer {
  readonly database: { readonly bytes: number; readonly sha256: string };
  readonly sent: SentObject;
}

/** zstd is fed in such pieces: with etcd's own of 32 KiB it is a third slower. */
const PIECE_BYTES = 512 * 1024;

/**
 * Streams a snapshot into an upload: hashed, compressed, cut into parts. The upload becomes an object only when all bytes
 * hash to etcd's trailer; on any doubt it is aborted first.
 *
 * @param beforePart called with the bytes read so far before each part is sent; what it throws ends it all
 * @throws SnapshotCorrupt, and what the source, the upload and `beforePart` throw
 */
export async function storeSnapshot(
  chunks: AsyncIterable<Uint8Array>,
  upload: SnapshotUpload,
  databaseBytes: number,
  beforePart: (readBytes: number) => void,
): Promise<Transfer> {
  const check = new TrailerCheck();
  const sender = new PartSender(upload, partBytes(databaseBytes), () => beforePart(check.bytes));
  try {
    const sent = await compressedInto(sender, chunks, check);
    const sha256 = check.finish();
    await upload.complete(sent.crc32);
    return { database: { bytes: check.bytes, sha256 }, sent };
  } catch (error) {
    await sender.settled();
    await upload.abort();
    throw error;
  }
}

/** Fails with what sending failed with, or else reading; both are over then. */
async function compressedInto(
  sender: PartSender,
  chunks: AsyncIterable<Uint8Array>,
  check: TrailerCheck,
): Promise<SentObject> {
  const compressor = zstd();
  const reading = feed(compressor, chunks, check).catch((error: unknown) => {
    // Whoever reads the compressor fails with it.
    compressor.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  });
  const [sent, read] = await Promise.allSettled([sender.send(compressor), reading]);
  if (sent.status === 'rejected') throw sent.reason;
  if (read.status === 'rejected') throw read.reason;
  return sent.value;
}

// Level 1 compresses a database of Kubernetes to a third or less, faster than etcd reads it. The frame carries a checksum of its own.
function zstd(): ZstdCompress {
  return createZstdCompress({
    chunkSize: PIECE_BYTES,
    params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

/**
 * Compresses the chunks in larger pieces. Two buffers take turns, so that nothing is allocated on the way: while one is compressed, by another thread, it is hashed and the other one
 * is filled.
 */
async function feed(compressor: ZstdCompress, chunks: AsyncIterable<Uint8Array>, check: TrailerCheck): Promise<void> {
  let piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  let other = Buffer.allocUnsafeSlow(PIECE_BYTES);
  let filled = 0;
  let compressing = Promise.resolve();
  const compress = async () => {
    await compressing; // the other one is free now
    const full = piece.subarray(0, filled);
    compressing = written(compressor, full);
    check.take(full);
    [piece, other] = [other, piece];
    filled = 0;
  };
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const some = chunk.subarray(at, at + PIECE_BYTES - filled);
      piece.set(some, filled);
      at += some.length;
      filled += some.length;
      if (filled === PIECE_BYTES) await compress();
    }
  }
  if (filled > 0) await compress();
  await compressing;
  compressor.end();
}

/** Resolves when the compressor wants the bytes no more; fails when it is destroyed before, which no write that is under way is told of. */
function written(compressor: ZstdCompress, bytes: Uint8Array): Promise<void> {
  const done = new Promise<void>((resolve, reject) => {
    const gone = () => reject(new Error('the compressor was destroyed'));
    compressor.once('close', gone);
    compressor.write(bytes, (error) => {
      compressor.off('close', gone);
      if (error) reject(error);
      else resolve();
    });
  });
  done.catch(() => {}); // whoever waits for it gets it
  return done;
}
