import type { ClientHttp2Stream } from 'node:http2';
import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Exchange } from '../../../src/etcd-client/grpc-exchange.ts';

/** As much of a stream of HTTP/2 as an answer's body is. */
function bodyOf() {
  const stream = new PassThrough();
  return { stream, exchange: new Exchange(stream as unknown as ClientHttp2Stream, 'etcd') };
}

async function read(exchange: Exchange, afterEach: () => Promise<void> = async () => {}): Promise<number> {
  let bytes = 0;
  for await (const chunk of exchange.chunks(10_000)) {
    bytes += chunk.length;
    await afterEach();
  }
  return bytes;
}

it('reads a body to its end, however slowly', async () => {
  const { stream, exchange } = bodyOf();
  const reading = read(exchange, async () => void (await setImmediate()));
  for (let chunk = 0; chunk < 200; chunk += 1) stream.write(Buffer.alloc(16 * 1024));
  stream.end();

  expect(await reading).toBe(200 * 16 * 1024);
});

it('takes a body that is closed before its end for broken, also when nothing says why', async () => {
  const { stream, exchange } = bodyOf();
  const reading = read(exchange);
  stream.write('some');
  await setImmediate();
  stream.destroy();

  await expect(reading).rejects.toMatchObject({
    name: 'EtcdAnswerBroken',
    message: expect.stringContaining('closed after 4 bytes'),
  });
});

it('holds a body back while chunks wait for the reader, and lets go of what nobody reads', async () => {
  const { stream, exchange } = bodyOf();
  const chunks = exchange.chunks(10_000);
  const first = chunks.next();
  for (let chunk = 0; chunk < 200; chunk += 1) stream.write(Buffer.alloc(16 * 1024));
  await first;
  await setImmediate();

  expect(stream.isPaused()).toBe(true);
  expect(stream.writableNeedDrain).toBe(true);
  await chunks.return(undefined);
  expect(stream.isPaused()).toBe(false);
});
