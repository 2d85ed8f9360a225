// A process of its own: S3 over TLS, as light as it can be, so that what a client burns can be told from what S3 does.
// From its parent it gets {key, cert}, and answers {url}; for 'clear' it forgets all objects, and answers 'cleared'; for 'cpu' it answers the CPU seconds that it has taken.

import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { collectRarely } from '../../src/runtime/collect-rarely.ts';
import { LightS3 } from './light-s3.ts';
import type { EndpointRequest } from './s3-process.ts';

// Hundreds of MiB are kept in small buffers: to mark the heap because of them is not S3's work.
collectRarely();
const s3 = new LightS3();

process.on('message', (request: EndpointRequest) => void answer(request));
process.on('disconnect', () => process.exit());

async function answer(request: EndpointRequest): Promise<void> {
  if (request === 'cpu') {
    const { user, system } = process.cpuUsage();
    process.send?.((user + system) / 1e6);
    return;
  }
  if (request === 'clear') {
    s3.clear();
    process.send?.('cleared');
    return;
  }
  const server = createServer(request, (incoming, outgoing) => void s3.answer(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.send?.({ url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` });
}
