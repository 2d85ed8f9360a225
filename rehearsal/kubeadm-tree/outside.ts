import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What a node gets from outside. */
export interface Outside {
  /** The text of a parameter of SSM; rejects when the node may not have it. */
  parameter(name: string): Promise<string>;
  /** What lies at an address. */
  download(address: string): Promise<Uint8Array>;
}

/** Lets scripts in a tree ask for what is outside, and gives the address to ask at. */
export async function openOutside(outside: () => Outside): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    try {
      const address = /^url = "(.*)"$/m.exec(body)?.[1] ?? '';
      response.end(request.url === '/parameter' ? await outside().parameter(body) : await outside().download(address));
    } catch (error) {
      response.writeHead(502).end(String(error));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
