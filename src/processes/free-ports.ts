import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below 32768, from where on Linux takes ports for connections that go out (net.ipv4.ip_local_port_range): one of those may be taken before anybody listens. */
const FIRST = 20_000;
const LAST = 32_000;
const MOST_ATTEMPTS = 1_000;

/**
 * So many different ports of the loopback interface that nobody listens on at the moment.
 * @throws Error when a thousand in a row are taken
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  for (let attempt = 0; ports.size < count; attempt += 1) {
    if (attempt >= MOST_ATTEMPTS + count) throw new Error(`no ${count} ports from ${FIRST} to ${LAST} are free`);
    const port = randomInt(FIRST, LAST + 1);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
