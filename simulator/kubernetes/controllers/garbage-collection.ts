import type { KubeObject, Pod } from '../api/objects.ts';
import { dependentKey } from '../api/resource-handler.ts';
import { RESOURCES, resourceOf } from '../api/resources.ts';
import type { ControllerContext } from './controller-context.ts';
import { WorkQueue } from './work-queue.ts';

/** The pod GC looks every 20 s; pods of a node that is gone wait 40 s (its quarantine). */
const ORPHANED_AFTER_MS = 60_000;

/** What nobody else cleans up: dependents of deleted owners, pods of deleted nodes, namespaces that are emptied. */
export class GarbageCollector {
  readonly #context: ControllerContext;
  readonly #deletePod: (pod: Pod, graceSeconds?: number) => void;
  readonly #owners: WorkQueue;
  readonly #namespaces: WorkQueue;

  constructor(context: ControllerContext, deletePod: (pod: Pod, graceSeconds?: number) => void) {
    this.#context = context;
    this.#deletePod = deletePod;
    this.#owners = new WorkQueue(context.world, 'garbage collector', 200, (uid) => this.#collect(uid));
    this.#namespaces = new WorkQueue(context.world, 'namespace controller', 200, (name) => this.#emptyNamespace(name));
    for (const { key, review, storedAs } of RESOURCES) {
      if (review || storedAs !== key) continue;
      context.store.listen(key, ({ type, object }) => {
        if (type === 'DELETED' && context.store.ownedBy(object.metadata.uid ?? '').length > 0)
          this.#owners.add(object.metadata.uid ?? '');
        if (type === 'DELETED' && object.metadata.namespace) this.#revisit(object.metadata.namespace);
      });
    }
    context.store.listen('nodes', ({ type, object }) => {
      if (type === 'DELETED') this.#collectPodsLater(object.metadata.name);
    });
    context.store.listen('namespaces', ({ type, object }) => {
      if (type === 'MODIFIED' && object.metadata.deletionTimestamp) this.#namespaces.add(object.metadata.name);
    });
  }

  #revisit(namespace: string): void {
    if (this.#context.store.find<KubeObject>('namespaces', namespace)?.metadata.deletionTimestamp)
      this.#namespaces.add(namespace);
  }

  #collect(uid: string): void {
    for (const object of this.#context.store.ownedBy<KubeObject>(uid)) this.#delete(object);
  }

  #delete(object: KubeObject): void {
    const key = dependentKey(object);
    if (key === 'pods') this.#deletePod(object as Pod);
    else if ((object.metadata.finalizers ?? []).length === 0)
      this.#context.store.remove(resourceOf(key).key, object.metadata.name, object.metadata.namespace);
  }

  #collectPodsLater(nodeName: string): void {
    const { world, store } = this.#context;
    world.afterInBackground(ORPHANED_AFTER_MS, `pod gc of ${nodeName}`, () => {
      if (store.find('nodes', nodeName)) return;
      for (const pod of store.podsOn<Pod>(nodeName)) this.#deletePod(pod, 0);
    });
  }

  #emptyNamespace(name: string): void {
    const { store } = this.#context;
    let left = 0;
    for (const { key, namespaced, review, storedAs } of RESOURCES) {
      if (!namespaced || review || storedAs !== key) continue;
      for (const object of store.list<KubeObject>(key, name)) {
        left += 1;
        if (!object.metadata.deletionTimestamp) this.#delete(object);
      }
    }
    if (left === 0) store.remove('namespaces', name);
  }
}
