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
 * Cuts a stream of bytes into gRPC messages as they become complete. One that lies within a chunk is a view on it; one that
 * does not is put together in a buffer that the next one is put together in. Either is good until the next is asked for.
 *
 * @throws EtcdAnswerBroken from the generator: a compressed or oversized message, or an end within one
 */
export async function* grpcMessages(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let buffer = Buffer.allocUnsafeSlow(PREFIX_BYTES);
  let held = 0;
  for await (const chunk of chunks) {
    for (let rest = chunk; rest.length > 0; ) {
      const end = held === 0 && rest.length >= PREFIX_BYTES ? PREFIX_BYTES + messageLength(rest) : 0;
      if (end > 0 && end <= rest.length) {
        yield rest.subarray(PREFIX_BYTES, end);
        rest = rest.subarray(end);
        continue;
      }
      const wanted = held < PREFIX_BYTES ? PREFIX_BYTES : PREFIX_BYTES + messageLength(buffer);
      if (buffer.length < wanted) buffer = Buffer.concat([buffer], wanted);
      const some = rest.subarray(0, wanted - held);
      buffer.set(some, held);
      held += some.length;
      rest = rest.subarray(some.length);
      if (held < PREFIX_BYTES || held < PREFIX_BYTES + messageLength(buffer)) continue;
      yield buffer.subarray(PREFIX_BYTES, held);
      held = 0;
    }
  }
  if (held > 0) throw new EtcdAnswerBroken(`it ends after ${held} bytes of a message`);
}

function messageLength(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, PREFIX_BYTES);
  if (view.getUint8(0) !== 0) throw new EtcdAnswerBroken('a message is compressed, which nobody asked for');
  const length = view.getUint32(1);
  if (length > LARGEST_MESSAGE_BYTES) throw new EtcdAnswerBroken(`a message claims to have ${length} bytes`);
  return length;
}
