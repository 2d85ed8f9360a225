import { SimulatedCluster } from '../../../simulator/kubernetes/simulated-cluster.ts';
import type { HttpRequest, HttpResponse } from '../../../simulator/wire/http.ts';
import { World } from '../../../simulator/world/world.ts';
import type { ContractTarget, Identity, KubernetesAnswer, Watch } from './contract-target.ts';
import { eventStream } from './event-stream.ts';
import { parseBody } from './http-client.ts';

const host = 'api.contract.example.com';
const outside = { kind: 'outside', name: 'contract' } as const;

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly type?: string | undefined;
  readonly accept?: string | undefined;
  readonly signal?: AbortSignal;
}

/** The suite's view of the local cloud's API server: in-process, on virtual time that passes only while the suite waits. */
export class SimulatedTarget implements ContractTarget {
  readonly name = 'the local cloud';
  readonly hasControllers = true;
  readonly #world = new World({ seed: 'kubernetes-contract' });
  readonly #cluster = new SimulatedCluster({ world: this.#world, name: 'contract', host });
  readonly #certificates = new Map<string, string>();

  async send(
    identity: Identity,
    method: string,
    path: string,
    body?: unknown,
    type?: string,
    accept?: string,
  ): Promise<KubernetesAnswer> {
    const { status, headers, body: bytes } = await this.#handle(identity, { method, path, body, type, accept });
    return { status, headers, body: parseBody(await text(bytes)) };
  }

  async watch(identity: Identity, path: string): Promise<Watch> {
    const abort = new AbortController();
    const { status, body } = await this.#handle(identity, { method: 'GET', path, signal: abort.signal });
    return eventStream(status, chunks(body), () => abort.abort());
  }

  now(): number {
    return this.#world.now();
  }

  pass(milliseconds: number): Promise<void> {
    return this.#world.advance(milliseconds);
  }

  async compact(): Promise<void> {
    this.#cluster.store.compact();
  }

  async stop(): Promise<void> {}

  #handle(identity: Identity, { method, path, body, type, accept, signal }: Request): Promise<HttpResponse> {
    const request: HttpRequest = {
      method,
      host,
      port: 6443,
      path,
      headers: {
        host,
        accept: accept ?? 'application/json',
        ...(identity.kind === 'token' ? { authorization: `Bearer ${identity.token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': type ?? 'application/json' }),
      },
      body: body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body)),
      ...(identity.kind === 'user' ? { clientCertificate: this.#certificateOf(identity.name, identity.groups) } : {}),
      ...(signal === undefined ? {} : { signal }),
    };
    return this.#cluster.handle(request, outside);
  }

  #certificateOf(name: string, groups: readonly string[]): string {
    const key = JSON.stringify([name, groups]);
    const certificate = this.#certificates.get(key) ?? this.#cluster.clientCertificate(name, groups).certificate;
    this.#certificates.set(key, certificate);
    return certificate;
  }
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
