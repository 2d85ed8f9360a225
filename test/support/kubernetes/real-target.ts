import type { ContractTarget, Identity } from './contract-target.ts';
import { eventStream } from './event-stream.ts';
import { HttpClient } from './http-client.ts';
import { startRealApiServer } from './real-api-server.ts';

/** A target that programs can use as well. */
export interface RealTarget extends ContractTarget {
  /** A kubeconfig of a user, with the key inside. */
  kubeconfig(name: string, groups: readonly string[]): Promise<string>;
}

/** The suite's view of a real API server, started for it. @throws Error as {@link startRealApiServer}. */
export async function startRealTarget(assets: string): Promise<RealTarget> {
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
    kubeconfig: async (name, groups) => {
      const { certificate, key } = await server.issue({ commonName: name, organizations: groups });
      const base64 = (text: string) => Buffer.from(text).toString('base64');
      const user = { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) };
      return JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'it', cluster: { server: server.url, 'certificate-authority-data': base64(server.ca) } }],
        users: [{ name, user }],
        contexts: [{ name: 'it', context: { cluster: 'it', user: name } }],
        'current-context': 'it',
      });
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
