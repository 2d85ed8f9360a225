import { SimulatedCluster } from '../../../simulator/kubernetes/simulated-cluster.ts';
import type { HttpRequest, HttpResponse } from '../../../simulator/wire/http.ts';
import { World } from '../../../simulator/world/world.ts';
import type { ContractTarget, Identity } from './contract-target.ts';
import { eventStream } from './event-stream.ts';
import { parseBody } from './http-client.ts';

const host = 'api.contract.example.com';
const outside = { kind: 'outside', name: 'contract' } as const;

/** The suite's view of the local cloud's API server: in-process, on virtual time that passes only while the suite waits. */
export async function startSimulatedTarget(): Promise<ContractTarget> {
  const world = new World({ seed: 'kubernetes-contract' });
  const cluster = new SimulatedCluster({ world, name: 'contract', host });
  const certificates = new Map<string, string>();

  function credentials(identity: Identity): Pick<HttpRequest, 'clientCertificate'> & { authorization?: string } {
    if (identity.kind === 'anonymous') return {};
    if (identity.kind === 'token') return { authorization: `Bearer ${identity.token}` };
    const key = JSON.stringify(identity);
    const known = certificates.get(key) ?? cluster.clientCertificate(identity.name, identity.groups).certificate;
    certificates.set(key, known);
    return { clientCertificate: known };
  }

  function answer(
    identity: Identity,
    method: string,
    path: string,
    body?: unknown,
    type = 'application/json',
    signal?: AbortSignal,
  ): Promise<HttpResponse> {
    const { authorization, clientCertificate } = credentials(identity);
    const headers = {
      host,
      accept: 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
      ...(body === undefined ? {} : { 'content-type': type }),
    };
    const request: HttpRequest = {
      method,
      host,
      port: 6443,
      path,
      headers,
      body: body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body)),
      ...(clientCertificate === undefined ? {} : { clientCertificate }),
      ...(signal === undefined ? {} : { signal }),
    };
    return cluster.handle(request, outside);
  }

  return {
    name: 'the local cloud',
    hasControllers: true,
    send: async (identity, method, path, body, type) => {
      const response = await answer(identity, method, path, body, type);
      return { status: response.status, headers: response.headers, body: parseBody(await text(response.body)) };
    },
    watch: async (identity, path) => {
      const abort = new AbortController();
      const response = await answer(identity, 'GET', path, undefined, undefined, abort.signal);
      return eventStream(response.status, chunks(response.body), () => abort.abort());
    },
    now: () => world.now(),
    pass: (milliseconds) => world.advance(milliseconds),
    compact: async () => cluster.store.compact(),
    stop: async () => {},
  };
}

async function* chunks(body: HttpResponse['body']): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) yield body;
  else yield* body;
}

async function text(body: HttpResponse['body']): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks(body)) all.push(chunk);
  return Buffer.concat(all).toString();
}
