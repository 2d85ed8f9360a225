import { createHash } from 'node:crypto';
import type { World } from '../../world/world.ts';
import type { ClusterNode, Pod, PodSpec } from '../api/objects.ts';
import type { ApiClient } from './api-client.ts';

/** A manifest in the kubelet's own directory: it runs whatever the API server says. */
export interface StaticPod {
  readonly name: string;
  /** Default kube-system. */
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: Partial<PodSpec>;
}

export interface StaticPodsOptions {
  readonly world: World;
  readonly nodeName: string;
  readonly api: () => ApiClient;
  readonly isGone: () => boolean;
  readonly journal: (line: string) => void;
}

const MIRROR = 'kubernetes.io/config.mirror';
const RETRY_MS = 5_000;
/** A kubelet notices that a mirror is gone, and makes it anew, with its next sync of the pod. */
const RESTORE_MS = 1_000;

/** Whether a pod in the API only shows one that a kubelet runs from a file. */
export function isMirror({ metadata }: Pod): boolean {
  return metadata.annotations?.[MIRROR] !== undefined;
}

/** Shows the pods of a node's manifests in the API, and shows them again whenever somebody deletes what is shown. */
export class StaticPods {
  readonly #pods: readonly StaticPod[];
  readonly #options: StaticPodsOptions;

  constructor(pods: readonly StaticPod[], options: StaticPodsOptions) {
    this.#pods = pods;
    this.#options = options;
  }

  /** Shows those that are missing in what the API has. */
  showMissing(present: readonly Pod[]): void {
    const names = new Set(present.map(({ metadata }) => metadata.name));
    for (const pod of this.#pods) if (!names.has(this.#mirrorName(pod))) void this.#show(pod);
  }

  /** Somebody deleted a mirror: the manifest is still there. */
  restore(mirror: Pod): void {
    const pod = this.#pods.find((each) => this.#mirrorName(each) === mirror.metadata.name);
    if (!pod) return;
    this.#options.world.afterInBackground(RESTORE_MS, `mirror of ${pod.name}`, () => void this.#show(pod));
  }

  #mirrorName({ name }: StaticPod): string {
    return `${name}-${this.#options.nodeName}`;
  }

  async #show(pod: StaticPod): Promise<void> {
    const { api, world, nodeName, isGone, journal } = this.#options;
    if (isGone()) return;
    try {
      const node = await api().get<ClusterNode>(`/api/v1/nodes/${nodeName}`);
      const { namespace = 'kube-system' } = pod;
      await api().create(`/api/v1/namespaces/${namespace}/pods`, this.#mirrorOf(pod, namespace, node));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (text.includes('already exists') || isGone()) return;
      journal(`Failed to create mirror pod ${pod.name}: ${text}`);
      world.afterInBackground(RETRY_MS, `mirror of ${pod.name}`, () => void this.#show(pod));
    }
  }

  #mirrorOf(pod: StaticPod, namespace: string, node: ClusterNode): Pod {
    const { nodeName } = this.#options;
    const hash = createHash('sha256').update(JSON.stringify(pod)).digest('hex').slice(0, 32);
    const { uid = '' } = node.metadata;
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: this.#mirrorName(pod),
        namespace,
        ...(pod.labels && { labels: { ...pod.labels } }),
        annotations: { [MIRROR]: hash, 'kubernetes.io/config.hash': hash, 'kubernetes.io/config.source': 'file' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid, controller: true }],
      },
      spec: {
        nodeName,
        hostNetwork: true,
        priorityClassName: 'system-node-critical',
        tolerations: [{ operator: 'Exists', effect: 'NoExecute' }],
        containers: [{ name: pod.name, image: `registry.k8s.io/${pod.name}:v1` }],
        ...pod.spec,
      },
    };
  }
}
