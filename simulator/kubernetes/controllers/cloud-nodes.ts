import type { ClusterNode } from '../api/objects.ts';
import { conditionOf } from '../api/objects.ts';
import type { ControllerContext } from './controller-context.ts';
import { recordEvent } from './controller-context.ts';

const UNINITIALIZED = 'node.cloudprovider.kubernetes.io/uninitialized';
/** `--node-monitor-period` of the cloud's lifecycle controller. */
const LOOK_EVERY_MS = 5_000;

/** An instance as the cloud provider describes it. */
export interface CloudInstance {
  readonly providerId: string;
  readonly addresses: readonly { type: string; address: string }[];
  readonly instanceType?: string;
  readonly zone?: string;
  readonly region?: string;
}

export interface CloudNodeOptions {
  /** Seconds from the Node's appearance; default 3–8, seeded. */
  readonly seconds?: number;
  readonly instanceExists?: (providerId: string) => boolean;
  readonly instanceMetadata?: (nodeName: string) => CloudInstance | undefined;
  readonly isDown: () => boolean;
}

/** The cloud controller manager: initialises new Nodes, and deletes the Nodes of instances that are gone. */
export class CloudNodeController {
  readonly #context: ControllerContext;
  readonly #options: CloudNodeOptions;
  readonly #random;
  readonly #doubtful = new Set<string>();
  #ticking = false;

  constructor(context: ControllerContext, options: CloudNodeOptions) {
    this.#context = context;
    this.#options = options;
    this.#random = context.world.random.for('kubernetes:cloud-nodes');
    context.store.listen('nodes', ({ type, object, previous }) => {
      const node = object as ClusterNode;
      if (type === 'DELETED') this.#doubtful.delete(node.metadata.name);
      else if (!previous && isUninitialized(node)) this.#initializeLater(node.metadata.name);
      if (type !== 'DELETED') this.#watchOver(node);
    });
  }

  #initializeLater(name: string): void {
    const seconds = this.#options.seconds ?? this.#random.between(3, 8);
    this.#context.world.after(seconds * 1000, `cloud node ${name}`, () => {
      if (this.#options.isDown()) this.#initializeLater(name);
      else this.#initialize(name);
    });
  }

  #initialize(name: string): void {
    const { store, log } = this.#context;
    const node = store.find<ClusterNode>('nodes', name);
    if (!node || !isUninitialized(node)) return;
    const cloud = this.#options.instanceMetadata?.(name);
    if (this.#options.instanceMetadata && !cloud) {
      this.#initializeLater(name);
      return;
    }
    const changed = store.change<ClusterNode>('nodes', name, undefined, (draft) => initialize(draft, cloud));
    if (!changed) return;
    log('NodeInitialized', { node: name });
    recordEvent(this.#context, 'cloud-node-controller', node, 'Normal', 'Synced', 'Node synced successfully');
  }

  #watchOver(node: ClusterNode): void {
    const { name } = node.metadata;
    const ready = conditionOf(node, 'Ready')?.status;
    if (ready === 'True' || ready === undefined) this.#doubtful.delete(name);
    else this.#doubtful.add(name);
    if (this.#doubtful.size > 0 && !this.#ticking) this.#schedule();
  }

  #schedule(): void {
    this.#ticking = true;
    this.#context.world.afterInBackground(LOOK_EVERY_MS, 'cloud node lifecycle', () => {
      this.#ticking = false;
      if (!this.#options.isDown()) for (const name of [...this.#doubtful]) this.#deleteIfGone(name);
      if (this.#doubtful.size > 0) this.#schedule();
    });
  }

  #deleteIfGone(name: string): void {
    const { store } = this.#context;
    const node = store.find<ClusterNode>('nodes', name);
    const providerId = node?.spec.providerID;
    if (!node || !providerId || (this.#options.instanceExists?.(providerId) ?? true)) return;
    const message = `Deleting node ${name} because it does not exist in the cloud provider`;
    recordEvent(this.#context, 'cloud-node-lifecycle-controller', node, 'Normal', 'DeletingNode', message);
    store.remove('nodes', name);
  }
}

function isUninitialized({ spec }: ClusterNode): boolean {
  return (spec.taints ?? []).some(({ key }) => key === UNINITIALIZED);
}

function initialize(node: ClusterNode, cloud: CloudInstance | undefined): void {
  const taints = (node.spec.taints ?? []).filter(({ key }) => key !== UNINITIALIZED);
  if (taints.length > 0) node.spec.taints = taints;
  else delete node.spec.taints;
  if (!cloud) return;
  node.spec.providerID ??= cloud.providerId;
  const hostname = (node.status?.addresses ?? []).filter(({ type }) => type === 'Hostname');
  node.status = { ...node.status, addresses: [...cloud.addresses, ...hostname] };
  node.metadata.labels = {
    ...node.metadata.labels,
    ...(cloud.instanceType !== undefined && { 'node.kubernetes.io/instance-type': cloud.instanceType }),
    ...(cloud.zone !== undefined && { 'topology.kubernetes.io/zone': cloud.zone }),
    ...(cloud.region !== undefined && { 'topology.kubernetes.io/region': cloud.region }),
  };
}
