import { EventEmitter } from 'node:events';
import http from 'node:http';
import { Writable } from 'node:stream';
import { urlToHttpOptions } from 'node:url';
import type { HttpResponse } from '../wire/http.ts';
import { ConnectionError } from '../wire/http.ts';
import { VirtualIncomingMessage } from './http-response.ts';
import { VirtualSocket } from './http-socket.ts';
import type { SandboxHost } from './sandbox-host.ts';

type Pem = string | Buffer | readonly (string | Buffer)[];

interface TlsOptions {
  readonly ca?: Pem;
  readonly cert?: Pem;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

interface RequestOptions extends TlsOptions {
  readonly protocol?: string;
  readonly host?: string;
  readonly hostname?: string;
  readonly port?: number | string;
  readonly method?: string;
  readonly path?: string;
  readonly auth?: string;
  readonly headers?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  readonly agent?: { readonly options?: TlsOptions } | false;
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

type OnResponse = (response: VirtualIncomingMessage) => void;
type RequestArgs = [string | URL | RequestOptions, (RequestOptions | OnResponse)?, OnResponse?];

/** One for all: without a reason each abort makes a DOMException with a stack of its own, which costs more than the request. */
const givenUp = connectionReset('aborted');

/** Connections are not modelled: an agent is a bag of options, as `ca` and `cert`. */
export class VirtualAgent extends EventEmitter {
  readonly options: TlsOptions;
  readonly keepAlive: boolean;
  readonly maxSockets: number;
  readonly sockets = {};
  readonly freeSockets = {};
  readonly requests = {};

  constructor(options: TlsOptions & { keepAlive?: boolean; maxSockets?: number } = {}) {
    super();
    this.options = options;
    this.keepAlive = options.keepAlive ?? false;
    this.maxSockets = options.maxSockets ?? Number.POSITIVE_INFINITY;
  }

  destroy(): void {}
}

/** A request on its way into the simulated network, with the face of Node's `http.ClientRequest`. */
export class VirtualClientRequest extends Writable {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly protocol: string;
  readonly reusedSocket = false;
  readonly socket: VirtualSocket;
  aborted = false;
  readonly #sandbox: SandboxHost;
  readonly #options: RequestOptions;
  readonly #headers = new Map<string, string>();
  readonly #chunks: Buffer[] = [];
  readonly #abort = new AbortController();
  #response: VirtualIncomingMessage | undefined;
  #failed = false;

  constructor(sandbox: SandboxHost, secure: boolean, options: RequestOptions, onResponse?: OnResponse) {
    super({ autoDestroy: false, emitClose: true });
    this.#sandbox = sandbox;
    this.#options = options;
    this.protocol = secure ? 'https:' : 'http:';
    this.method = (options.method ?? 'GET').toUpperCase();
    this.path = options.path ?? '/';
    this.host = options.hostname ?? options.host ?? 'localhost';
    this.socket = new VirtualSocket((ms, what, run) => sandbox.later(ms, what, run), secure);
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      if (value !== undefined) this.setHeader(name, value);
    }
    if (options.auth) this.setHeader('authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`);
    if (onResponse) this.once('response', onResponse);
    if (options.timeout) this.setTimeout(options.timeout);
    this.socket.on('timeout', () => this.emit('timeout'));
    this.#followSignal(options.signal);
    process.nextTick(() => this.#connected());
  }

  get connection(): VirtualSocket {
    return this.socket;
  }

  setHeader(name: string, value: string | number | readonly string[]): this {
    this.#headers.set(name.toLowerCase(), Array.isArray(value) ? value.join(', ') : String(value));
    return this;
  }

  getHeader(name: string): string | undefined {
    return this.#headers.get(name.toLowerCase());
  }

  hasHeader(name: string): boolean {
    return this.#headers.has(name.toLowerCase());
  }

  removeHeader(name: string): void {
    this.#headers.delete(name.toLowerCase());
  }

  getHeaders(): Record<string, string> {
    return Object.fromEntries(this.#headers);
  }

  getHeaderNames(): string[] {
    return [...this.#headers.keys()];
  }

  flushHeaders(): void {}

  setNoDelay(): this {
    return this;
  }

  setSocketKeepAlive(): this {
    return this;
  }

  setTimeout(milliseconds: number, listener?: () => void): this {
    if (listener) this.once('timeout', listener);
    this.socket.setTimeout(milliseconds);
    return this;
  }

  abort(): void {
    this.aborted = true;
    this.destroy();
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, callback: () => void): void {
    this.#chunks.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : Buffer.from(chunk));
    callback();
  }

  override _final(callback: () => void): void {
    callback();
    void this.#send();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // Of an answer that came whole nobody is left to tell.
    if (!this.#response?.complete) this.#abort.abort(givenUp);
    this.socket.destroy();
    const hungUp = this.#response === undefined && !this.#failed;
    this.#failed = true;
    if (this.#response && !this.#response.complete) this.#response.destroy(error ?? connectionReset('aborted'));
    callback(error ?? (hungUp ? connectionReset('socket hang up') : null));
  }

  #connected(): void {
    if (this.destroyed) return;
    this.emit('socket', this.socket);
    if (this.getHeader('expect') === '100-continue') {
      this.#sandbox.later(this.#sandbox.roundTripMs(this.host), '100 Continue', () => this.emit('continue'));
    }
  }

  #followSignal(signal: AbortSignal | undefined): void {
    if (!signal) return;
    const onAbort = (): void => {
      const error = new Error('The operation was aborted', { cause: signal.reason });
      this.destroy(Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' }));
    };
    if (signal.aborted) process.nextTick(onAbort);
    else signal.addEventListener('abort', onAbort, { once: true });
  }

  async #send(): Promise<void> {
    const wayMs = this.#sandbox.roundTripMs(this.host) / 2;
    const wait = (): Promise<void> =>
      new Promise((resolve) => {
        this.#sandbox.later(wayMs, `${this.method} ${this.host}`, resolve);
      });
    await wait();
    if (this.destroyed) return;
    try {
      this.#verifyServer();
      const response = await this.#sandbox.send(this.#toRequest());
      await wait();
      this.#deliver(response);
    } catch (error) {
      await wait();
      this.#fail(error);
    }
  }

  #toRequest(): Parameters<SandboxHost['send']>[0] {
    const body = Buffer.concat(this.#chunks);
    const headers = this.getHeaders();
    headers.host ??= this.#port === this.#defaultPort ? this.host : `${this.host}:${this.#port}`;
    if (body.byteLength > 0 && !headers['transfer-encoding']) headers['content-length'] ??= String(body.byteLength);
    const certificate = this.#tls('cert');
    return {
      method: this.method,
      host: this.host.toLowerCase(),
      port: this.#port,
      path: this.path,
      headers,
      body,
      signal: this.#abort.signal,
      ...(certificate === undefined ? {} : { clientCertificate: toText(certificate) }),
    };
  }

  #deliver(response: HttpResponse): void {
    if (this.destroyed) return;
    this.socket.touch();
    const message = new VirtualIncomingMessage(response, this.socket, () => this.destroy());
    this.#response = message;
    if (!this.emit('response', message)) message.resume();
  }

  #fail(error: unknown): void {
    if (this.destroyed) return;
    this.#failed = true;
    const { code, message } = error instanceof ConnectionError ? error : connectionReset(String(error));
    this.destroy(Object.assign(new Error(message), { code, syscall: code === 'ECONNREFUSED' ? 'connect' : 'read' }));
  }

  // As OpenSSL does with a leaf whose issuer is not among the trusted ones, and Node with one for another name.
  #verifyServer(): void {
    if (this.protocol !== 'https:' || this.#tls('rejectUnauthorized') === false) return;
    const issuer = this.#sandbox.caCertificateOf(this.host.toLowerCase(), this.#port);
    if (issuer === undefined) return;
    const trusted = this.#tls('ca');
    if (trusted === undefined || !squeeze(toText(trusted)).includes(squeeze(issuer)))
      throw new ConnectionError('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate');
    const expected = this.#tls('servername') ?? this.host.toLowerCase();
    const names = this.#sandbox.serverNamesOf(this.host.toLowerCase());
    if (names && !names.includes(expected)) throw wrongName(expected, names);
  }

  #tls<Key extends keyof TlsOptions>(key: Key): TlsOptions[Key] | undefined {
    const { agent } = this.#options;
    return this.#options[key] ?? (agent ? agent.options?.[key] : undefined);
  }

  get #defaultPort(): number {
    return this.protocol === 'https:' ? 443 : 80;
  }

  get #port(): number {
    return Number(this.#options.port ?? 0) || this.#defaultPort;
  }
}

/** The modules `node:http` and `node:https` of a sandbox: clients of the simulated network. Servers are refused. */
export function httpModule(sandbox: SandboxHost, secure: boolean): object {
  const request = (...args: RequestArgs): VirtualClientRequest => {
    const [options, onResponse] = normalize(args);
    return new VirtualClientRequest(sandbox, secure, options, onResponse);
  };
  const get = (...args: RequestArgs): VirtualClientRequest => {
    const sent = request(...args);
    sent.end();
    return sent;
  };
  const { STATUS_CODES, METHODS, validateHeaderName, validateHeaderValue } = http;
  return {
    ...(secure ? {} : { STATUS_CODES, METHODS, validateHeaderName, validateHeaderValue }),
    request,
    get,
    Agent: VirtualAgent,
    globalAgent: new VirtualAgent({ keepAlive: true }),
    ClientRequest: VirtualClientRequest,
    IncomingMessage: VirtualIncomingMessage,
    createServer: refuseServer,
    Server: refuseServer,
  };
}

function refuseServer(): never {
  throw new Error('a function in the local cloud cannot listen for connections');
}

function normalize([first, second, third]: RequestArgs): readonly [RequestOptions, OnResponse | undefined] {
  const base = typeof first === 'string' ? new URL(first) : first;
  const options = base instanceof URL ? (urlToHttpOptions(base) as RequestOptions) : base;
  if (typeof second === 'function' || second === undefined) return [options, second ?? third];
  return [{ ...options, ...second }, third];
}

// https://nodejs.org/api/errors.html#err_tls_cert_altname_invalid
function wrongName(expected: string, names: readonly string[]): ConnectionError {
  const altnames = names.map((name) => (/^[\d.]+$/.test(name) ? `IP Address:${name}` : `DNS:${name}`)).join(', ');
  const message = `Hostname/IP does not match certificate's altnames: Host: ${expected}. is not in the cert's altnames: ${altnames}`;
  return new ConnectionError('ERR_TLS_CERT_ALTNAME_INVALID', message);
}

function connectionReset(message: string): Error & { code: string } {
  return Object.assign(new Error(message), { code: 'ECONNRESET' });
}

function toText(pem: Pem): string {
  return Array.isArray(pem) ? pem.map(String).join('\n') : String(pem);
}

function squeeze(pem: string): string {
  return pem.replaceAll(/\s/g, '');
}
