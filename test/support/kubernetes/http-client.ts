import { Agent, type RequestOptions, request } from 'node:https';
import type { KubernetesAnswer, KubernetesObject } from './contract-target.ts';

/** Where and as whom to send; PEM. */
export interface HttpCredentials {
  readonly ca: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly token?: string;
}

export interface OpenStream {
  readonly status: number;
  readonly chunks: AsyncIterable<Uint8Array>;
  close(): void;
}

/** Plain HTTPS to one API server as one caller, on one kept connection. */
export class HttpClient {
  readonly #base: URL;
  readonly #agent: Agent;
  readonly #token: string | undefined;

  constructor(url: string, credentials: HttpCredentials) {
    this.#base = new URL(url);
    const { ca, certificate, key } = credentials;
    this.#agent = new Agent({ keepAlive: true, ca, ...(certificate && key ? { cert: certificate, key } : {}) });
    this.#token = credentials.token;
  }

  async send(method: string, path: string, body?: unknown, type?: string, accept?: string): Promise<KubernetesAnswer> {
    const stream = await this.open(method, path, body, type, accept);
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream.chunks) chunks.push(chunk);
    return { status: stream.status, headers: stream.headers, body: parseBody(Buffer.concat(chunks).toString()) };
  }

  /** Resolves when the head of the answer is here; the body is still to come. */
  open(
    method: string,
    path: string,
    body?: unknown,
    type = 'application/json',
    accept = 'application/json',
  ): Promise<OpenStream & Pick<KubernetesAnswer, 'headers'>> {
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const call = request(new URL(path, this.#base), this.#options(method, payload, type, accept), (response) => {
        resolve({
          status: response.statusCode ?? 0,
          headers: plainHeaders(response.headers),
          chunks: response,
          close: () => call.destroy(),
        });
      });
      call.once('error', reject);
      call.end(payload);
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #options(method: string, payload: Uint8Array | undefined, type: string, accept: string): RequestOptions {
    return {
      method,
      agent: this.#agent,
      headers: {
        accept,
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(payload === undefined ? {} : { 'content-type': type, 'content-length': payload.length }),
      },
    };
  }
}

/** JSON as an object, anything else as `{ text }`. */
export function parseBody(text: string): KubernetesObject {
  try {
    return JSON.parse(text) as KubernetesObject;
  } catch {
    return { text };
  }
}

function plainHeaders(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
