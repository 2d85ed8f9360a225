import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { EtcdAnswerBroken, EtcdUnavailable, errorOfConnection } from './errors.ts';
import { Exchange } from './grpc-exchange.ts';
import { grpcFrame, grpcMessages } from './grpc-frames.ts';

/** Where a gRPC server is, and how the two prove to each other who they are. */
export interface GrpcTarget {
  /** `https://host:port`; `http://…` for a server on this very machine, without certificates. */
  readonly url: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly certificateAuthority?: string;
  /** PEM, of the client. */
  readonly certificate?: string;
  /** PEM, of the client. */
  readonly key?: string;
  /** Name to expect in the server's certificate. Default: the host of the URL. */
  readonly serverName?: string | undefined;
}

/** How long things may take. */
export interface CallLimits {
  /** Of the whole call. */
  readonly timeoutMs: number;
  /** How long nothing may come while something is waited for. Default: as long as the whole call. */
  readonly silenceMs?: number;
}

/**
 * The flow-control window of a stream and of its connection. With HTTP/2's default of 64 KiB etcd waits for the network
 * most of the time; with 1 MiB a snapshot streams a third faster and takes a third less of the CPU, and more gives nothing.
 */
const WINDOW_BYTES = 1024 * 1024;

/**
 * gRPC over node:http2 with one connection, opened by the first call and again when it broke.
 *
 * An answer counts when its trailers say status 0: a connection that is lost ends a stream of node:http2 as quietly as a
 * server does that is done.
 */
export class GrpcChannel {
  readonly #target: GrpcTarget;
  #session: ClientHttp2Session | undefined;

  constructor(target: GrpcTarget) {
    this.#target = target;
  }

  /**
   * Sends one message and gives the one that answers it.
   * @throws EtcdUnavailable, EtcdUntrusted, EtcdAccessDenied, EtcdRefused, EtcdAnswerBroken
   */
  async call(path: string, request: Uint8Array, limits: CallLimits): Promise<Uint8Array> {
    let answer: Uint8Array | undefined;
    for await (const message of this.stream(path, request, limits)) {
      if (answer !== undefined) throw new EtcdAnswerBroken('it has more than one message');
      answer = message;
    }
    if (answer === undefined) throw new EtcdAnswerBroken('it is empty');
    return answer;
  }

  /**
   * Sends one message and gives those that answer it, as they come: whoever reads slowly holds the server back. A message
   * is good until the next one is asked for.
   * @throws from the generator as {@link call}; what was given before counts for nothing then
   */
  async *stream(path: string, request: Uint8Array, limits: CallLimits): AsyncGenerator<Uint8Array> {
    const endpoint = this.#target.url;
    const deadline = AbortSignal.timeout(limits.timeoutMs);
    let exchange: Exchange | undefined;
    try {
      exchange = new Exchange(this.#send(path, request, limits.timeoutMs, deadline), endpoint);
      yield* grpcMessages(exchange.chunks(limits.silenceMs ?? limits.timeoutMs));
      await exchange.assertSucceeded();
    } catch (error) {
      const inTime = `it did not answer within ${limits.timeoutMs / 1000} s`;
      throw errorOfConnection(
        deadline.aborted ? new EtcdUnavailable(`etcd at ${endpoint}: ${inTime}`) : error,
        endpoint,
      );
    } finally {
      exchange?.cancel();
    }
  }

  /** Ends the connection, and with it every call. The next call opens another. */
  close(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  #send(path: string, request: Uint8Array, timeoutMs: number, signal: AbortSignal): ClientHttp2Stream {
    const stream = this.#connected().request(
      {
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        'grpc-timeout': `${Math.max(1, Math.floor(timeoutMs))}m`,
        'user-agent': 'tender',
      },
      { signal },
    );
    stream.end(grpcFrame(request));
    return stream;
  }

  #connected(): ClientHttp2Session {
    if (this.#session && !this.#session.closed && !this.#session.destroyed) return this.#session;
    const { url, certificateAuthority, certificate, key, serverName } = this.#target;
    const session = connect(url, {
      ca: certificateAuthority,
      cert: certificate,
      key,
      ...(serverName !== undefined && { servername: serverName }),
      settings: { enablePush: false, initialWindowSize: WINDOW_BYTES },
    });
    session.once('connect', () => {
      if (!session.destroyed) session.setLocalWindowSize(WINDOW_BYTES);
    });
    session.on('error', () => {}); // each of its streams fails with it
    this.#session = session;
    return session;
  }
}
