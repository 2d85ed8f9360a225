import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { KeyedCertificate } from '../../../rehearsal/processes/certificate-authority.ts';
import type { GrpcTarget } from '../../../src/etcd-client/grpc-channel.ts';

/** What goes wrong with the answers that pass through, counted in bytes of the gRPC stream. */
export type Fault =
  /** Ends the stream as if all were there, but without trailers. */
  | { readonly kind: 'end-without-trailers'; readonly afterBytes: number }
  /** Drops the rest, and passes the trailers on. */
  | { readonly kind: 'lose-the-rest'; readonly afterBytes: number }
  /** Closes the connection. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Resets the stream. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** Sends no more. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** Inverts the bits of one byte. */
  | { readonly kind: 'flip'; readonly atByte: number }
  /** Does this once so many bytes have passed, and goes on. */
  | { readonly kind: 'meanwhile'; readonly afterBytes: number; readonly happen: () => Promise<unknown> };

/** A server between a client and a real member of etcd, that breaks what it passes on. Speaks TLS to both. */
export class FaultProxy {
  /** What happens to snapshots from now on; other calls pass untouched. */
  fault: Fault | undefined;
  /** Bytes of the last snapshot that were passed on. */
  passed = 0;
  readonly #server: Http2SecureServer;
  readonly #upstream: ClientHttp2Session;
  readonly #sessions = new Set<{ destroy(): void }>();

  private constructor(server: Http2SecureServer, upstream: ClientHttp2Session) {
    this.#server = server;
    this.#upstream = upstream;
  }

  static async start(member: GrpcTarget, certificate: KeyedCertificate): Promise<FaultProxy> {
    const { certificateAuthority: ca } = member;
    const server = createSecureServer({
      cert: certificate.certificate,
      key: certificate.key,
      ca,
      requestCert: true,
      settings: { initialWindowSize: 1024 * 1024 },
    });
    const upstream = connect(member.url, { ca, cert: member.certificate, key: member.key });
    const proxy = new FaultProxy(server, upstream);
    server.on('session', (session) => {
      proxy.#sessions.add(session);
      session.on('error', () => {}); // a client that leaves
    });
    upstream.on('error', () => {}); // a member that dies is told stream by stream
    server.on('stream', (stream, headers) => void proxy.#pass(stream, headers));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  /** Stands in for the member's own. */
  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    this.#upstream.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #pass(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const path = headers[':path'];
    stream.on('error', () => {});
    const answer = this.#upstream.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.pipe(answer);
    try {
      await this.#answer(stream, answer, path?.endsWith('/Snapshot') === true);
    } catch {
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    }
  }

  async #answer(stream: ServerHttp2Stream, answer: ClientHttp2Stream, isSnapshot: boolean): Promise<void> {
    const fault = isSnapshot ? this.fault : undefined;
    let trailers: IncomingHttpHeaders = {};
    answer.once('trailers', (received) => {
      trailers = received;
    });
    answer.on('error', () => {}); // also of a loop that is left early
    const closed = new Promise((resolve) => answer.once('close', resolve));
    const [head] = (await once(answer, 'response')) as [IncomingHttpHeaders];
    stream.respond(own(head), { waitForTrailers: fault?.kind !== 'end-without-trailers' });
    stream.once('wantTrailers', () => stream.sendTrailers(own({ 'grpc-status': '0', ...trailers })));
    // Of this answer alone: others pass meanwhile.
    let passed = 0;
    if (isSnapshot) this.passed = 0;
    let open = fault;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      const { bytes, stop } = await this.#touch(chunk, passed, open);
      if (open?.kind === 'meanwhile' && passed + chunk.length > open.afterBytes) open = undefined;
      passed += bytes.length;
      if (isSnapshot) this.passed = passed;
      if (bytes.length > 0 && !stream.write(bytes)) await once(stream, 'drain');
      if (stop) {
        if (fault && this.#breakOff(stream, fault)) return;
        break;
      }
    }
    if (!answer.destroyed) answer.close(constants.NGHTTP2_CANCEL);
    await closed;
    stream.end();
  }

  /** What becomes of a chunk, and whether it is the last. */
  async #touch(
    chunk: Buffer,
    passed: number,
    fault: Fault | undefined,
  ): Promise<{ readonly bytes: Buffer; readonly stop: boolean }> {
    if (!fault) return { bytes: chunk, stop: false };
    if (fault.kind === 'flip') {
      const index = fault.atByte - passed;
      if (index >= 0 && index < chunk.length) chunk[index] = 0xff ^ (chunk[index] ?? 0);
      return { bytes: chunk, stop: false };
    }
    const left = fault.afterBytes - passed;
    if (fault.kind === 'meanwhile') {
      if (left < chunk.length) await fault.happen();
      return { bytes: chunk, stop: false };
    }
    return left >= chunk.length
      ? { bytes: chunk, stop: false }
      : { bytes: chunk.subarray(0, Math.max(0, left)), stop: true };
  }

  /** Whether nothing more is to be said on this stream. */
  #breakOff(stream: ServerHttp2Stream, fault: Fault): boolean {
    if (fault.kind === 'stall') return true;
    if (fault.kind === 'reset') stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    if (fault.kind === 'cut') stream.session?.socket.destroy();
    return fault.kind === 'reset' || fault.kind === 'cut';
  }
}

/** Headers without those that HTTP/2 writes itself. */
function own(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':') || name === ':status'));
}
