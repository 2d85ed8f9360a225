import type { KubeObject } from '../api/objects.ts';
import type { ControllerContext } from './controller-context.ts';
import { WorkQueue } from './work-queue.ts';

/** Every namespace has a service account `default` and the CA in `kube-root-ca.crt`; both come back when deleted. */
export class NamespaceDefaultsController {
  readonly #context: ControllerContext;
  readonly #caCertificate: string;

  constructor(context: ControllerContext, caCertificate: string) {
    this.#context = context;
    this.#caCertificate = caCertificate;
    const queue = new WorkQueue(context.world, 'serviceaccount', 50, (name) => this.#provide(name));
    context.store.listen('namespaces', ({ type, object }) => {
      if (type === 'ADDED') queue.add(object.metadata.name);
    });
    for (const [key, name] of [
      ['serviceaccounts', 'default'],
      ['configmaps', 'kube-root-ca.crt'],
    ] as const) {
      context.store.listen(key, ({ type, object }) => {
        if (type === 'DELETED' && object.metadata.name === name) queue.add(object.metadata.namespace ?? '');
      });
    }
    for (const { metadata } of context.store.list<KubeObject>('namespaces')) this.#provide(metadata.name);
  }

  #provide(namespace: string): void {
    const { store } = this.#context;
    const home = store.find<KubeObject>('namespaces', namespace);
    if (!home || home.metadata.deletionTimestamp) return;
    const object = (kind: string, name: string) => ({ apiVersion: 'v1', kind, metadata: { name, namespace } });
    if (!store.find('serviceaccounts', 'default', namespace))
      store.create('serviceaccounts', object('ServiceAccount', 'default'));
    if (store.find('configmaps', 'kube-root-ca.crt', namespace)) return;
    const data = { 'ca.crt': this.#caCertificate };
    store.create<KubeObject>('configmaps', { ...object('ConfigMap', 'kube-root-ca.crt'), ...{ data } });
  }
}
