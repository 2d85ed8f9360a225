import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { ConnectionError, type HttpEndpoint, type HttpRequest, type HttpResponse } from './http.ts';

/** How an endpoint is put on a real socket. */
export interface ListenOptions {
  readonly endpoint: HttpEndpoint;
  /** 0 (default): any free one. */
  readonly port?: number;
  /** Listens with TLS when given; client certificates are asked for, and who presents none is let in all the same. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca?: string };
  /** The host that requests are taken to be for, where the endpoint cares; default: their Host header. */
  readonly host?: string;
}

/** An open socket. */
export interface Listening {
  readonly port: number;
  /** `http://127.0.0.1:4566` */
  readonly url: string;
  /** Ends all connections, also running watches. */
  close(): Promise<void>;
}

/** Listens on 127.0.0.1 for an endpoint of the simulated world. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse) => void serve(options, incoming, outgoing);
  const { tls } = options;
  const server: Server = tls
    ? createHttpsServer({ ...tls, requestCert: true, rejectUnauthorized: false }, answer)
    : createHttpServer(answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(options: ListenOptions, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  // Simulated worlds have a time of their own: who wants a date in an answer puts it there.
  outgoing.sendDate = false;
  outgoing.once('close', () => gone.abort());
  try {
    const request = await readRequest(options, incoming, gone.signal);
    await writeResponse(outgoing, await options.endpoint.handle(request, { kind: 'outside', name: '' }), gone.signal);
  } catch (error) {
    // A connection that breaks has no answer; anything else is a bug that the client should not wait on either.
    if (!(error instanceof ConnectionError) && !gone.signal.aborted) outgoing.statusCode = 500;
    outgoing.destroy();
  }
}

async function readRequest(
  options: ListenOptions,
  incoming: IncomingMessage,
  signal: AbortSignal,
): Promise<HttpRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
  const certificate = incoming.socket instanceof TLSSocket ? incoming.socket.getPeerX509Certificate() : undefined;
  return {
    method: incoming.method ?? 'GET',
    host: options.host ?? (incoming.headers.host ?? '').replace(/:\d+$/, '').toLowerCase(),
    port: incoming.socket.localPort ?? 0,
    path: incoming.url ?? '/',
    headers,
    body: Buffer.concat(chunks),
    signal,
    ...(certificate ? { clientCertificate: certificate.toString() } : {}),
  };
}

async function writeResponse(outgoing: ServerResponse, response: HttpResponse, signal: AbortSignal): Promise<void> {
  const { body } = response;
  if (body instanceof Uint8Array) {
    // An answer to HEAD says how long the body would be; a 204 has none.
    const length =
      response.status === 204 || 'content-length' in response.headers ? {} : { 'content-length': body.length };
    outgoing.writeHead(response.status, { ...response.headers, ...length });
    outgoing.end(body);
    return;
  }
  outgoing.writeHead(response.status, response.headers);
  outgoing.flushHeaders();
  for await (const chunk of body) {
    if (signal.aborted) return;
    if (!outgoing.write(chunk))
      await new Promise<void>((resolve) => outgoing.once('drain', resolve).once('close', resolve));
  }
  outgoing.end();
}
