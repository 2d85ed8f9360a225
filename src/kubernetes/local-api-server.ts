import { type ClientHttp2Session, connect } from 'node:http2';

/** An answer of an API server. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

/** One list of a large kind takes seconds. */
const REQUEST_TIMEOUT_MS = 60_000;

/**
 * An API server on this very machine that trusts a token: one connection of HTTP/2, plain texts. For whoever looks at every kind there is;
 * the generated clients know only those of Kubernetes itself.
 */
export class LocalApiServerClient {
  readonly #options: { readonly url: string; readonly certificate: string; readonly token: string };
  #session: ClientHttp2Session | undefined;

  /** Opens nothing yet. */
  constructor(options: { readonly url: string; readonly certificate: string; readonly token: string }) {
    this.#options = options;
  }

  /** Asks for a path, or posts an object there. @throws Error when there is no answer */
  send(path: string, options: { readonly accept?: string; readonly post?: object } = {}): Promise<ApiAnswer> {
    const { accept = 'application/json', post } = options;
    return new Promise((resolve, reject) => {
      const request = this.#connected().request(
        {
          ':method': post ? 'POST' : 'GET',
          ':path': path,
          accept,
          authorization: `Bearer ${this.#options.token}`,
          ...(post && { 'content-type': 'application/json' }),
        },
        { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) },
      );
      const chunks: Buffer[] = [];
      let status = 0;
      request.on('response', (headers) => {
        status = Number(headers[':status']);
      });
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('error', reject);
      request.on('close', () => {
        if (status > 0) resolve({ status, body: Buffer.concat(chunks).toString('utf8') });
        else reject(new Error(`${this.#options.url} did not answer`));
      });
      request.end(post && JSON.stringify(post));
    });
  }

  /** Ends the connection. The next request opens another. */
  close(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  #connected(): ClientHttp2Session {
    if (this.#session && !this.#session.closed && !this.#session.destroyed) return this.#session;
    const session = connect(this.#options.url, { ca: this.#options.certificate });
    session.on('error', () => {}); // each of its requests fails with it
    this.#session = session;
    return session;
  }
}
