import type { CoreEvent } from '../api/objects.ts';
import type { ControllerContext } from './controller-context.ts';

/** `--event-ttl` of the API server: an hour after it was last written, an Event is gone. */
const TTL_MS = 3_600_000;

/** Removes Events as etcd's leases do. */
export class EventExpiry {
  readonly #context: ControllerContext;
  /** When each Event was last written, epoch milliseconds, by `namespace/name`. */
  readonly #written = new Map<string, number>();

  constructor(context: ControllerContext) {
    this.#context = context;
    context.store.listen('events', ({ type, object }) => {
      const { namespace = '', name } = object.metadata;
      const key = `${namespace}/${name}`;
      if (type === 'DELETED') this.#written.delete(key);
      else this.#written.set(key, context.world.now());
      if (type === 'ADDED') this.#look(namespace, name, TTL_MS);
    });
  }

  #look(namespace: string, name: string, inMs: number): void {
    const { world, store } = this.#context;
    world.afterInBackground(inMs, `event ttl ${name}`, () => {
      const left = (this.#written.get(`${namespace}/${name}`) ?? 0) + TTL_MS - world.now();
      if (left > 0) this.#look(namespace, name, left);
      else if (store.find<CoreEvent>('events', name, namespace)) store.remove('events', name, namespace);
    });
  }
}
