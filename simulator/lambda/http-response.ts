import { STATUS_CODES } from 'node:http';
import { Readable } from 'node:stream';
import type { HttpResponse } from '../wire/http.ts';
import type { VirtualSocket } from './http-socket.ts';

/** The response as a Node client reads it. */
export class VirtualIncomingMessage extends Readable {
  readonly httpVersion = '1.1';
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly rawHeaders: readonly string[];
  readonly trailers = {};
  readonly socket: VirtualSocket;
  complete = false;
  readonly #body: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #onEnd: () => void;

  /** `onEnd` is called once, when the last byte was read or the reader gave up. */
  constructor(response: HttpResponse, socket: VirtualSocket, onEnd: () => void) {
    super();
    const { body } = response;
    this.statusCode = response.status;
    this.statusMessage = STATUS_CODES[response.status] ?? '';
    this.headers = withLists(response.headers);
    this.rawHeaders = Object.entries(response.headers).flat();
    this.socket = socket;
    this.#body = body instanceof Uint8Array ? [body][Symbol.iterator]() : body[Symbol.asyncIterator]();
    this.#onEnd = onEnd;
  }

  setTimeout(milliseconds: number, listener?: () => void): this {
    this.socket.setTimeout(milliseconds, listener);
    return this;
  }

  override _read(): void {
    void this.#pull();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#onEnd();
    if (!this.complete) void this.#body.return?.();
    callback(error);
  }

  async #pull(): Promise<void> {
    try {
      const next = await this.#body.next();
      this.socket.touch();
      if (next.done) {
        this.complete = true;
        this.push(null);
      } else if (next.value.byteLength === 0) {
        await this.#pull();
      } else {
        this.push(Buffer.from(next.value));
      }
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

// Node gives set-cookie as a list, everything else as text.
function withLists(headers: Readonly<Record<string, string>>): Record<string, string | string[]> {
  const { 'set-cookie': cookie, ...others } = headers;
  return cookie === undefined ? others : { ...others, 'set-cookie': [cookie] };
}
