import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grpcFrame, grpcMessages } from '../../../src/etcd-client/grpc-frames.ts';

async function messagesOf(chunks: readonly Uint8Array[]): Promise<string[]> {
  const found: string[] = [];
  for await (const message of grpcMessages(asyncOf(chunks))) found.push(Buffer.from(message).toString('hex'));
  return found;
}

async function* asyncOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...chunks, bytes.subarray(at)];
}

describe('grpcMessages', () => {
  it('finds the same messages however the stream is cut', async () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 });
    const sizes = fc.array(fc.nat({ max: 40 }), { maxLength: 60 });

    await fc.assert(
      fc.asyncProperty(messages, sizes, async (sent, cuts) => {
        const stream = Buffer.concat(sent.map(grpcFrame));

        expect(await messagesOf(cut(stream, cuts))).toEqual(
          sent.map((message) => Buffer.from(message).toString('hex')),
        );
      }),
    );
  });

  it('refuses a stream that ends within a message, wherever that is', async () => {
    const stream = Buffer.concat([grpcFrame(Buffer.alloc(20, 1)), grpcFrame(Buffer.alloc(7, 2))]);
    const whole = new Set([0, 25, stream.length]);

    for (let length = 0; length <= stream.length; length += 1) {
      const reading = messagesOf([stream.subarray(0, length)]);
      if (whole.has(length)) await reading;
      else await expect(reading).rejects.toMatchObject({ name: 'EtcdAnswerBroken' });
    }
  });

  it('refuses a compressed message, and one of a length that no message has', async () => {
    await expect(messagesOf([Uint8Array.of(1, 0, 0, 0, 0)])).rejects.toThrow('compressed');
    await expect(messagesOf([Uint8Array.of(0, 0xff, 0, 0, 0)])).rejects.toThrow('claims to have');
  });

  it('copies no message that lies within one chunk', async () => {
    const stream = Buffer.concat([grpcFrame(Buffer.from('a')), grpcFrame(Buffer.from('bc'))]);

    for await (const message of grpcMessages(asyncOf([stream]))) expect(message.buffer).toBe(stream.buffer);
  });
});
