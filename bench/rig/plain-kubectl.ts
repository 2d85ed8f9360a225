import type { DemoCluster } from '../../rehearsal/demo-cluster.ts';
import type { KubeObject, Pod } from '../../simulator/kubernetes/api/objects.ts';
import { ApiClient, ApiFailure } from '../../simulator/kubernetes/node/api-client.ts';
import type { World } from '../../simulator/world/world.ts';

/**
 * client-go's default, which kubectl leaves as it is (https://pkg.go.dev/k8s.io/client-go/rest#pkg-constants: DefaultQPS, DefaultBurst). Without a rate of its own in the
 * configuration each API group's client has a limiter to itself.
 */
const LIMITER = { perSecond: 5, burst: 10 };
type Group = 'core' | 'apps' | 'policy';
/** After a 429, and between two looks at a pod: kubernetes/kubectl, pkg/drain. */
const RETRY_MS = 5_000;
const POLL_MS = 1_000;

/**
 * What `kubectl drain --ignore-daemonsets --delete-emptydir-data --force` asks of an API server, in the same order and under the same limiter, on the
 * world's clock: cordon, list, look up each DaemonSet, then for each pod evict until it is let go and look until it is gone.
 * `bench/drain.ts` holds it to the real kubectl where that is installed.
 */
export class PlainKubectl {
  requests = 0;
  refusals = 0;
  readonly #world: World;
  readonly #api: ApiClient;
  readonly #limiters = new Map<Group, { tokens: number; filledAt: number }>();

  constructor(cluster: DemoCluster) {
    const { kubernetes, deployment } = cluster;
    this.#world = deployment.cloud.world;
    const token = kubernetes.addStaticToken({ username: 'kubectl', groups: ['system:masters'] });
    this.#api = new ApiClient(
      (request) => kubernetes.handle(request, { kind: 'outside', name: 'kubectl' }),
      `${kubernetes.host}:6443`,
      { token },
    );
  }

  /** Drains one node after the other, as one kubectl does that is given several. */
  async drain(nodeNames: readonly string[]): Promise<void> {
    for (const name of nodeNames) await this.#cordon(name);
    for (const name of nodeNames) await this.#empty(name);
  }

  async #cordon(name: string): Promise<void> {
    await this.#ask('core', (api) => api.get(`/api/v1/nodes/${name}`));
    await this.#ask('core', (api) => api.patch(`/api/v1/nodes/${name}`, { spec: { unschedulable: true } }));
  }

  async #empty(name: string): Promise<void> {
    const path = `/api/v1/pods?fieldSelector=spec.nodeName%3D${name}`;
    const { items } = await this.#ask('core', (api) => api.get<KubeObject & { items: Pod[] }>(path));
    const owned = items.map((pod) => ({ pod, owner: pod.metadata.ownerReferences?.find((one) => one.controller) }));
    for (const { pod, owner } of owned) {
      if (owner?.kind !== 'DaemonSet') continue;
      await this.#ask('apps', (api) =>
        api.get(`/apis/apps/v1/namespaces/${pod.metadata.namespace}/daemonsets/${owner.name}`),
      );
    }
    await Promise.all(owned.filter(({ owner }) => owner?.kind !== 'DaemonSet').map(({ pod }) => this.#remove(pod)));
  }

  async #remove({ metadata: { namespace, name, uid } }: Pod): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
    while ((await this.#status((api) => api.create(`${path}/eviction`, eviction))) === 429) {
      this.refusals += 1;
      await this.#world.sleep(RETRY_MS);
    }
    for (;;) {
      const found = await this.#found(path);
      if (!found || found.metadata.uid !== uid) return;
      await this.#world.sleep(POLL_MS);
    }
  }

  async #found(path: string): Promise<Pod | undefined> {
    try {
      return await this.#ask('core', (api) => api.get<Pod>(path));
    } catch (error) {
      if (error instanceof ApiFailure && error.code === 404) return undefined;
      throw error;
    }
  }

  async #status(call: (api: ApiClient) => Promise<unknown>): Promise<number> {
    try {
      await this.#ask('policy', call);
      return 200;
    } catch (error) {
      if (error instanceof ApiFailure) return error.code;
      throw error;
    }
  }

  async #ask<T>(group: Group, call: (api: ApiClient) => Promise<T>): Promise<T> {
    await this.#turn(group);
    this.requests += 1;
    return call(this.#api);
  }

  /** A token bucket that callers queue at: the balance may go below nothing, and who makes it so waits for it. */
  async #turn(group: Group): Promise<void> {
    const now = this.#world.now();
    const { tokens, filledAt } = this.#limiters.get(group) ?? { tokens: LIMITER.burst, filledAt: now };
    const filled = ((now - filledAt) / 1000) * LIMITER.perSecond;
    const left = Math.min(LIMITER.burst, tokens + filled) - 1;
    this.#limiters.set(group, { tokens: left, filledAt: now });
    if (left < 0) await this.#world.sleep((-left / LIMITER.perSecond) * 1000);
  }
}
