import { EventEmitter } from 'node:events';
import type { Timer } from '../world/world.ts';
import type { Later } from './virtual-timers.ts';

/** As much of a connected socket as HTTP clients look at: timeouts of inactivity, and the calls that tune it. */
export class VirtualSocket extends EventEmitter {
  readonly connecting = false;
  readonly authorized = true;
  readonly encrypted: boolean;
  destroyed = false;
  readonly #later: Later;
  #timer: Timer | undefined;
  #timeoutMs = 0;

  constructor(later: Later, encrypted: boolean) {
    super();
    this.#later = later;
    this.encrypted = encrypted;
    this.setMaxListeners(0);
  }

  /** Emits `timeout` after so many milliseconds without a byte; 0 switches it off. */
  setTimeout(milliseconds: number, listener?: () => void): this {
    this.#timeoutMs = milliseconds;
    if (listener) this.once('timeout', listener);
    this.touch();
    return this;
  }

  /** A byte came or went. */
  touch(): void {
    this.#timer?.cancel();
    if (this.#timeoutMs > 0 && !this.destroyed) {
      this.#timer = this.#later(this.#timeoutMs, 'socket timeout', () => this.emit('timeout'));
    }
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  destroy(): this {
    this.destroyed = true;
    this.#timer?.cancel();
    return this;
  }
}
