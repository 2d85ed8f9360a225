import { EtcdAnswerBroken } from './errors.ts';

/** Compressed or not (1 byte), then the message's length (4 bytes, big endian): grpc.github.io/grpc/core/md_doc__p_r_o_t_o_c_o_l-_h_t_t_p2.html */
const PREFIX_BYTES = 5;

/** Above this a length is nonsense and not waited for: etcd's own limit for a request is 1.5 MiB, its snapshots come in messages of 32 KiB. */
const LARGEST_MESSAGE_BYTES = 64 * 1024 * 1024;

/** One message as gRPC sends it. */
export function grpcFrame(message: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  frame.writeUInt8(0, 0);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, PREFIX_BYTES);
  return frame;
}

/**
 * Cuts a stream of bytes into gRPC messages as they become complete. Holds at most one incomplete message; one that
 * lies within a chunk is a view on it and not copied.
 *
 * @throws EtcdAnswerBroken from the generator: a compressed or oversized message, or an end within one
 */
export async function* grpcMessages(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const parts: Uint8Array[] = [];
  let held = 0;
  let needed = PREFIX_BYTES;
  for await (const chunk of chunks) {
    parts.push(chunk);
    held += chunk.length;
    if (held < needed) continue;
    let bytes = joined(parts);
    while (bytes.length >= PREFIX_BYTES) {
      needed = PREFIX_BYTES + messageLength(bytes);
      if (bytes.length < needed) break;
      yield bytes.subarray(PREFIX_BYTES, needed);
      bytes = bytes.subarray(needed);
      needed = PREFIX_BYTES;
    }
    parts.length = 0;
    if (bytes.length > 0) parts.push(bytes);
    held = bytes.length;
  }
  if (held > 0) throw new EtcdAnswerBroken(`it ends after ${held} bytes of a message of at least ${needed}`);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
}

function messageLength(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, PREFIX_BYTES);
  if (view.getUint8(0) !== 0) throw new EtcdAnswerBroken('a message is compressed, which nobody asked for');
  const length = view.getUint32(1);
  if (length > LARGEST_MESSAGE_BYTES) throw new EtcdAnswerBroken(`a message claims to have ${length} bytes`);
  return length;
}
