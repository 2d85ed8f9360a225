import type { SandboxHost } from './sandbox-host.ts';

type Name = string | symbol;
type Listener = (message: unknown, name: Name) => void;

/**
 * `node:diagnostics_channel` of one sandbox: channels by name, for this function's process only.
 *
 * The real module keeps every channel that somebody listens to for good. A function that dies never stops listening, and its
 * whole world would stay in memory.
 */
export function ownChannels(sandbox: SandboxHost): object {
  const channels = new Map<Name, OwnChannel>();
  const channel = (name: Name): OwnChannel => {
    const known = channels.get(name) ?? new OwnChannel(name, sandbox);
    channels.set(name, known);
    return known;
  };
  return {
    Channel: OwnChannel,
    channel,
    hasSubscribers: (name: Name) => channel(name).hasSubscribers,
    subscribe: (name: Name, listener: Listener) => channel(name).subscribe(listener),
    unsubscribe: (name: Name, listener: Listener) => channel(name).unsubscribe(listener),
    tracingChannel: refuse,
  };
}

class OwnChannel {
  readonly name: Name;
  readonly #sandbox: SandboxHost;
  readonly #listeners: Listener[] = [];

  constructor(name: Name, sandbox: SandboxHost) {
    this.name = name;
    this.#sandbox = sandbox;
  }

  get hasSubscribers(): boolean {
    return this.#listeners.length > 0;
  }

  subscribe(listener: Listener): void {
    this.#listeners.push(listener);
  }

  unsubscribe(listener: Listener): boolean {
    const at = this.#listeners.indexOf(listener);
    if (at >= 0) this.#listeners.splice(at, 1);
    return at >= 0;
  }

  /** What a listener throws is uncaught, and not the publisher's to catch. */
  publish(message: unknown): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(message, this.name);
      } catch (error) {
        this.#sandbox.later(0, 'listener', () => {
          throw error;
        });
      }
    }
  }

  bindStore(): never {
    return refuse();
  }

  unbindStore(): never {
    return refuse();
  }

  runStores(): never {
    return refuse();
  }
}

function refuse(): never {
  throw new Error('the local cloud has of diagnostics_channel only channels, without stores and without tracing');
}
