import type { HttpRequest, HttpResponse } from '../../wire/http.ts';
import type { KubeObject } from '../api/objects.ts';
import type { Status } from '../api/status-error.ts';

/** How a client identifies itself. */
export interface Credentials {
  readonly token?: string;
  /** PEM of the client certificate. */
  readonly certificate?: string;
}

/** An answer of the API server that is not a success. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly code: number;
  readonly reason: string;
  constructor(code: number, reason: string, message: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

/** Sends one request; a machine's network, or the cluster itself for nodes without a machine. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;

/** One event of a watch. */
export interface WatchEvent {
  readonly type: string;
  readonly object: KubeObject;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  PATCH: 'application/strategic-merge-patch+json',
};

/** The part of a Kubernetes client that a kubelet and kubeadm need, over the simulated network. */
export class ApiClient {
  readonly #send: Send;
  readonly #host: string;
  readonly #port: number;
  readonly #credentials: Credentials;

  constructor(send: Send, endpoint: string, credentials: Credentials) {
    const [host = '', port = '443'] = endpoint.replace(/^https?:\/\//, '').split(':');
    this.#send = send;
    this.#host = host;
    this.#port = Number(port);
    this.#credentials = credentials;
  }

  /** The same server with other credentials. */
  as(credentials: Credentials): ApiClient {
    return new ApiClient(this.#send, `${this.#host}:${this.#port}`, credentials);
  }

  get<T extends KubeObject>(path: string): Promise<T> {
    return this.#call('GET', path) as Promise<T>;
  }

  create<T extends KubeObject>(path: string, body: unknown): Promise<T> {
    return this.#call('POST', path, body) as Promise<T>;
  }

  replace<T extends KubeObject>(path: string, body: unknown): Promise<T> {
    return this.#call('PUT', path, body) as Promise<T>;
  }

  /** A strategic merge patch. */
  patch<T extends KubeObject>(path: string, body: unknown): Promise<T> {
    return this.#call('PATCH', path, body) as Promise<T>;
  }

  delete(path: string, body?: unknown): Promise<unknown> {
    return this.#call('DELETE', path, body);
  }

  /** The events of a watch until it ends or the signal aborts. @throws ApiFailure, ConnectionError. */
  async *watch(path: string, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const response = await this.#send(this.#request('GET', path, undefined, signal));
    if (response.status !== 200 || response.body instanceof Uint8Array) throw await failureOf(response);
    let rest = '';
    for await (const chunk of response.body) {
      rest += Buffer.from(chunk).toString('utf8');
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') yield JSON.parse(line) as WatchEvent;
    }
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await this.#send(this.#request(method, path, body));
    const ok = response.status >= 200 && response.status < 300;
    if (!ok) throw await failureOf(response);
    return JSON.parse((await textOf(response)) || 'null');
  }

  #request(method: string, path: string, body?: unknown, signal?: AbortSignal): HttpRequest {
    const { token, certificate } = this.#credentials;
    return {
      method,
      host: this.#host,
      port: this.#port,
      path,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': CONTENT_TYPES[method] ?? 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body)),
      ...(certificate !== undefined && { clientCertificate: certificate }),
      ...(signal && { signal }),
    };
  }
}

async function textOf({ body }: HttpResponse): Promise<string> {
  if (body instanceof Uint8Array) return Buffer.from(body).toString('utf8');
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function failureOf(response: HttpResponse): Promise<ApiFailure> {
  const text = await textOf(response);
  try {
    const status = JSON.parse(text) as Status;
    return new ApiFailure(response.status, status.reason ?? '', status.message ?? text);
  } catch {
    return new ApiFailure(response.status, '', text.trim());
  }
}
