import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
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
const PIECE_BYTES = 256 * 1024;

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
    const sent = await pipeline(pieces(check.pass(chunks)), zstd(), (compressed) => sender.send(compressed));
    const sha256 = check.finish();
    await upload.complete(sent.crc32);
    return { database: { bytes: check.bytes, sha256 }, sent };
  } catch (error) {
    await sender.settled();
    await upload.abort();
    throw error;
  }
}

// Level 1 compresses a database of Kubernetes to a third or less, faster than etcd reads it. The frame carries a checksum of its own.
function zstd() {
  return createZstdCompress({
    chunkSize: PIECE_BYTES,
    params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

/** The same bytes in larger pieces, each its own copy. */
async function* pieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const some = chunk.subarray(at, at + PIECE_BYTES - filled);
      piece.set(some, filled);
      at += some.length;
      filled += some.length;
      if (filled < PIECE_BYTES) continue;
      yield piece;
      piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
