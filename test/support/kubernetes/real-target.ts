import type { ContractTarget, Identity } from './contract-target.ts';
import { eventStream } from './event-stream.ts';
import { HttpClient } from './http-client.ts';
import { startRealApiServer } from './real-api-server.ts';

/** The suite's view of a real API server, started for it. @throws Error as {@link startRealApiServer}. */
export async function startRealTarget(assets: string): Promise<ContractTarget> {
  const server = await startRealApiServer(assets);
  const clients = new Map<string, Promise<HttpClient>>();
  const clientOf = (identity: Identity): Promise<HttpClient> => {
    const key = JSON.stringify(identity);
    const client = clients.get(key) ?? connect(identity);
    clients.set(key, client);
    return client;
  };
  async function connect(identity: Identity): Promise<HttpClient> {
    if (identity.kind === 'anonymous') return new HttpClient(server.url, { ca: server.ca });
    if (identity.kind === 'token') return new HttpClient(server.url, { ca: server.ca, token: identity.token });
    const certificate = await server.issue({ commonName: identity.name, organizations: identity.groups });
    return new HttpClient(server.url, { ca: server.ca, ...certificate });
  }
  return {
    name: 'the real API server',
    hasControllers: server.hasControllers,
    send: async (identity, ...request) => (await clientOf(identity)).send(...request),
    watch: async (identity, path) => {
      const stream = await (await clientOf(identity)).open('GET', path);
      return eventStream(stream.status, stream.chunks, stream.close);
    },
    now: () => Date.now(),
    pass: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    compact: () => server.restart(),
    stop: async () => {
      for (const client of clients.values()) (await client).close();
      await server.stop();
    },
  };
}
