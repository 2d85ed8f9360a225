import { conditionOf, type KubeObject, type Pod } from '../../simulator/kubernetes/api/objects.ts';
import type { SimulatedCluster } from '../../simulator/kubernetes/simulated-cluster.ts';

interface Service extends KubeObject {
  readonly spec?: {
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly { readonly nodePort?: number }[];
  };
}

/**
 * The pods that every kube-proxy of a cluster sends new connections at a NodePort to: ready and not terminating, on
 * whichever node (externalTrafficPolicy Cluster). kube-proxies hear of a change at once; on real ones it takes about a
 * second, which an application bridges with a preStop hook.
 */
export class ServiceEndpoints {
  readonly #store: SimulatedCluster['store'];
  /** Read anew after each change of a pod or a Service. */
  readonly #known = new Map<number, readonly Pod[] | undefined>();

  constructor(cluster: SimulatedCluster) {
    this.#store = cluster.store;
    for (const key of ['pods', 'services']) this.#store.listen(key, () => this.#known.clear());
  }

  /** Undefined when no Service has this NodePort. */
  at(nodePort: number): readonly Pod[] | undefined {
    if (!this.#known.has(nodePort)) this.#known.set(nodePort, this.#read(nodePort));
    return this.#known.get(nodePort);
  }

  #read(nodePort: number): readonly Pod[] | undefined {
    const service = this.#store
      .list<Service>('services')
      .find(({ spec }) => spec?.ports?.some((port) => port.nodePort === nodePort));
    const selector = Object.entries(service?.spec?.selector ?? {});
    if (!service || selector.length === 0) return undefined;
    return this.#store
      .list<Pod>('pods', service.metadata.namespace)
      .filter(({ metadata }) => selector.every(([key, value]) => metadata.labels?.[key] === value))
      .filter((pod) => !pod.metadata.deletionTimestamp && conditionOf(pod, 'Ready')?.status === 'True');
  }
}
