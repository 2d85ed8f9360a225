/** The body of a watch: lines of JSON, one an event, until somebody ends it. */
export class WatchStream implements AsyncIterable<Uint8Array> {
  readonly #queue: Uint8Array[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #failure: Error | undefined;
  #onEnd: (() => void) | undefined;

  constructor(signal: AbortSignal | undefined) {
    if (signal?.aborted) this.#ended = true;
    signal?.addEventListener('abort', () => this.end(), { once: true });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Called once when the stream ends, for whatever reason. */
  onEnd(callback: () => void): void {
    if (this.#ended) callback();
    else this.#onEnd = callback;
  }

  send(type: string, object: unknown): void {
    if (this.#ended) return;
    this.#queue.push(Buffer.from(`${JSON.stringify({ type, object })}\n`));
    this.#wakeUp();
  }

  /** Ends the stream; with a failure the client's connection breaks. What was sent before still arrives. */
  end(failure?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#onEnd?.();
    this.#wakeUp();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = this.#queue.shift();
        if (chunk) yield chunk;
        else if (this.#ended) break;
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
      if (this.#failure) throw this.#failure;
    } finally {
      this.end();
    }
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
