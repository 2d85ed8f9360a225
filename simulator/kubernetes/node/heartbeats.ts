import { type ClusterNode, conditionOf, type Lease, microTimeText } from '../api/objects.ts';
import type { ControllerContext } from '../controllers/controller-context.ts';

/** Kubelets renew every 10 s (nodeLeaseDurationSeconds 40 × 0.25). */
const RENEW_EVERY_MS = 10_000;

/** One kubelet whose lease is kept. */
interface Pulse {
  readonly reachable: () => boolean;
  /** The cluster took the node for lost; the kubelet notices at its next look at its Node. */
  readonly onLost: () => void;
}

/**
 * Renews the leases of all healthy kubelets with one timer for the cluster instead of one request per node and ten
 * seconds. What it cuts short: these renewals pass neither authentication nor planted faults. A kubelet that is cut off
 * from the network, or a cluster whose API server is down, misses its renewals all the same.
 */
export class Heartbeats {
  readonly #context: ControllerContext;
  readonly #paused: () => boolean;
  readonly #pulses = new Map<string, Pulse>();
  #ticking = false;

  constructor(context: ControllerContext, paused: () => boolean) {
    this.#context = context;
    this.#paused = paused;
  }

  /**
   * Keeps the lease of a node until the returned function is called. `reachable` is asked before each renewal;
   * `onLost` is called with each renewal while the node counts as Unknown.
   */
  start(nodeName: string, reachable: () => boolean, onLost: () => void): () => void {
    const pulse: Pulse = { reachable, onLost };
    this.#pulses.set(nodeName, pulse);
    if (!this.#ticking) this.#schedule();
    return () => {
      if (this.#pulses.get(nodeName) === pulse) this.#pulses.delete(nodeName);
    };
  }

  #schedule(): void {
    this.#ticking = true;
    this.#context.world.afterInBackground(RENEW_EVERY_MS, 'node leases', () => {
      this.#ticking = false;
      if (!this.#paused()) this.#renewAll();
      if (this.#pulses.size > 0) this.#schedule();
    });
  }

  #renewAll(): void {
    const { store, world } = this.#context;
    const renewTime = microTimeText(world.now());
    for (const [nodeName, { reachable, onLost }] of this.#pulses) {
      const lease = store.find<Lease>('leases.coordination.k8s.io', nodeName, 'kube-node-lease');
      if (!lease || !reachable()) continue;
      store.replace<Lease>('leases.coordination.k8s.io', { ...lease, spec: { ...lease.spec, renewTime } });
      const node = store.find<ClusterNode>('nodes', nodeName);
      if (node && conditionOf(node, 'Ready')?.status === 'Unknown') onLost();
    }
  }
}
