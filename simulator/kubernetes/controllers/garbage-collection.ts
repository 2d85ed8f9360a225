import { type ClusterNode, conditionOf, type KubeObject, type Pod } from '../api/objects.ts';
import { dependentKey } from '../api/resource-handler.ts';
import { RESOURCES, resourceOf } from '../api/resources.ts';
import { isOutOfService } from './attach-detach.ts';
import type { ControllerContext } from './controller-context.ts';
import { WorkQueue } from './work-queue.ts';

/** The pod GC looks every 20 s; pods of a node that is gone wait 40 s (its quarantine). */
const ORPHANED_AFTER_MS = 60_000;

/** gcCheckPeriod of the pod GC. */
const CHECK_EVERY_MS = 20_000;

/**
 * What nobody else cleans up: dependents of deleted owners, pods of deleted nodes, pods that are on their way out on a node that
 * is not ready and out of service, namespaces that are emptied.
 */
export class GarbageCollector {
  readonly #context: ControllerContext;
  readonly #deletePod: (pod: Pod, graceSeconds?: number) => void;
  readonly #owners: WorkQueue;
  readonly #namespaces: WorkQueue;
  readonly #outOfService = new Set<string>();

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
      else if (isLost(object as ClusterNode)) this.#collectLostLater(object.metadata.name);
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
      for (const pod of store.podsOn<Pod>(nodeName)) this.#forceDelete(pod);
    });
  }

  /** Every 20 s for as long as the node stays like this: pods become terminating one by one. */
  #collectLostLater(nodeName: string): void {
    const { world, store } = this.#context;
    if (this.#outOfService.has(nodeName)) return;
    this.#outOfService.add(nodeName);
    world.afterInBackground(CHECK_EVERY_MS, `pod gc of ${nodeName}`, () => {
      this.#outOfService.delete(nodeName);
      const node = store.find<ClusterNode>('nodes', nodeName);
      if (!node || !isLost(node)) return;
      for (const pod of store.podsOn<Pod>(nodeName)) if (pod.metadata.deletionTimestamp) this.#forceDelete(pod);
      if (store.podCountOn(nodeName) > 0) this.#collectLostLater(nodeName);
    });
  }

  #forceDelete({ metadata, status }: Pod): void {
    const { store, log } = this.#context;
    const { name, namespace } = metadata;
    const finished = status?.phase === 'Succeeded' || status?.phase === 'Failed';
    const failed = finished
      ? store.find<Pod>('pods', name, namespace)
      : store.change<Pod>('pods', name, namespace, (draft) => {
          draft.status = { ...draft.status, phase: 'Failed' };
        });
    if (!failed) return;
    log('PodCollected', { pod: name, namespace: namespace ?? '', node: failed.spec.nodeName ?? '' });
    this.#deletePod(failed, 0);
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

function isLost(node: ClusterNode): boolean {
  return isOutOfService(node) && conditionOf(node, 'Ready')?.status !== 'True';
}
