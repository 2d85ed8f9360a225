import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePorts } from '../../../src/processes/free-ports.ts';

describe('freePorts', () => {
  it('gives different ports to listen on, none of which a connection that goes out may take', async () => {
    const ports = await freePorts(20);

    expect(new Set(ports).size).toBe(20);
    expect(Math.max(...ports)).toBeLessThan(32_768);
    const servers = ports.map((port) => createServer().listen(port, '127.0.0.1'));
    await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  });
});
