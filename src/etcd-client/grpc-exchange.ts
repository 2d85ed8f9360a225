import { on, once } from 'node:events';
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import { EtcdAnswerBroken, EtcdUnavailable, errorOfStatus } from './errors.ts';

/**
 * The body as it comes, not by the stream's own iterator: that one copies what has come in meanwhile into one buffer more. The stream is paused while so many chunks wait to be read.
 */
const AS_IT_COMES = { close: ['end', 'close'], highWaterMark: 32, lowWaterMark: 16 };

/** One request and its answer on a stream of HTTP/2. */
export class Exchange {
  readonly #stream: ClientHttp2Stream;
  readonly #endpoint: string;
  readonly #closed: Promise<unknown>;
  /** The answer's headers; those of an answer without a body carry its status. */
  #headers: IncomingHttpHeaders = {};
  #trailers: IncomingHttpHeaders = {};
  #received = 0;

  constructor(stream: ClientHttp2Stream, endpoint: string) {
    this.#stream = stream;
    this.#endpoint = endpoint;
    stream.once('response', (headers) => {
      this.#headers = headers;
    });
    stream.once('trailers', (trailers) => {
      this.#trailers = trailers;
    });
    stream.on('error', () => {}); // whoever reads the chunks gets it
    this.#closed = once(stream, 'close').catch(() => {});
  }

  /**
   * The body as it comes. Time that the reader takes is no silence.
   * @throws from the generator: EtcdUnavailable after so long without a byte, EtcdAnswerBroken when it is not gRPC; Node's errors as they are
   */
  async *chunks(silenceMs: number): AsyncGenerator<Uint8Array> {
    let waiting = true;
    const timer = setTimeout(() => {
      if (waiting) this.#stream.destroy(this.#silent(silenceMs));
    }, silenceMs);
    try {
      for await (const [data] of on(this.#stream, 'data', AS_IT_COMES)) {
        const chunk: Uint8Array = data;
        waiting = false;
        if (this.#received === 0) this.#assertGrpc();
        this.#received += chunk.length;
        yield chunk;
        waiting = true;
        timer.refresh();
      }
      if (!this.#stream.readableEnded)
        throw new EtcdAnswerBroken(`it was closed after ${this.#received} bytes, before its end`);
    } finally {
      clearTimeout(timer);
      this.#stream.resume(); // what nobody reads any more is let go, or the stream would not end
    }
  }

  /**
   * Passes when the server said, after all it sent, that it succeeded.
   * @throws EtcdUnavailable, EtcdAccessDenied, EtcdRefused, EtcdAnswerBroken
   */
  async assertSucceeded(): Promise<void> {
    await this.#closed;
    this.#assertGrpc();
    const { 'grpc-status': status, 'grpc-message': message } = { ...this.#headers, ...this.#trailers };
    if (status === undefined) throw new EtcdAnswerBroken(`it ends after ${this.#received} bytes without a status`);
    if (status !== '0') throw errorOfStatus(Number(status), decoded(String(message ?? '')), this.#endpoint);
  }

  /** Tells the server that no more is wanted; does nothing when all is there. */
  cancel(): void {
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  #assertGrpc(): void {
    const { ':status': status = 200, 'content-type': type } = this.#headers;
    if (status === 200 && (type === undefined || type.startsWith('application/grpc'))) return;
    throw new EtcdAnswerBroken(`HTTP status ${status} and ${type ?? 'no content type'} is not what gRPC answers`);
  }

  #silent(silenceMs: number): Error {
    const seconds = silenceMs / 1000;
    return new EtcdUnavailable(
      `etcd at ${this.#endpoint} sent nothing for ${seconds} s, after ${this.#received} bytes of its answer`,
    );
  }
}

function decoded(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message; // not encoded as gRPC wants it; what it says is worth more than how
  }
}
