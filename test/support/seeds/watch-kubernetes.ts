import {
  type ClusterNode,
  conditionOf,
  type Pod,
  type PodDisruptionBudget,
} from '../../../simulator/kubernetes/api/objects.ts';
import type { SimulatedCluster } from '../../../simulator/kubernetes/simulated-cluster.ts';
import type { HttpEndpoint, HttpRequest, HttpResponse, RequestOrigin } from '../../../simulator/wire/http.ts';
import { DrainEnds } from './drain-ends.ts';
import type { SeedWorld } from './seed-world.ts';
import type { Violations } from './violations.ts';

const POD = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/?]+)(\/eviction)?(\?|$)/;
const NODE = /^\/api\/v1\/nodes\/([^/?]+)(\?|$)/;

/**
 * What Tender does in the cluster: no pod is deleted past its budget unless the policy says so, no eviction gets past a budget that allows none, no
 * Node is deleted while pods serve on it, and none is called out of service whose instance is not off.
 */
export function watchKubernetes(seed: SeedWorld, violations: Violations): void {
  const { network } = seed.deployment.cloud;
  network.attach(seed.cluster.kubernetes.host, new WatchedCluster(seed, violations));
}

/** The API server, with an eye on what functions do. */
class WatchedCluster implements HttpEndpoint {
  readonly #seed: SeedWorld;
  readonly #violations: Violations;
  readonly #ends: DrainEnds;

  constructor(seed: SeedWorld, violations: Violations) {
    this.#seed = seed;
    this.#violations = violations;
    this.#ends = new DrainEnds(seed);
  }

  get #cluster(): SimulatedCluster {
    return this.#seed.cluster.kubernetes;
  }

  get caCertificate(): string {
    return this.#cluster.caCertificate;
  }

  get serverNames(): readonly string[] {
    return this.#cluster.serverNames;
  }

  async handle(request: HttpRequest, origin: RequestOrigin): Promise<HttpResponse> {
    if (origin.kind !== 'lambda' || request.method === 'GET') return this.#cluster.handle(request, origin);
    const judge = this.#judge(request);
    const response = await this.#cluster.handle(request, origin);
    if (response.status < 300) judge?.();
    return response;
  }

  /** Looks at things as they are before the request; what it returns complains if the request succeeds. */
  #judge({ method, path, body }: HttpRequest): (() => void) | undefined {
    const [, namespace = '', pod = '', eviction] = POD.exec(path) ?? [];
    if (pod !== '' && method === 'POST' && eviction) return this.#eviction(namespace, pod);
    if (pod !== '' && method === 'DELETE') return this.#deletion(namespace, pod);
    const node = NODE.exec(path)?.[1] ?? '';
    if (node !== '' && method === 'DELETE') return this.#nodeDeletion(node);
    if (node !== '' && method === 'PATCH') return this.#nodeChange(node, body);
    return undefined;
  }

  #eviction(namespace: string, name: string): (() => void) | undefined {
    const pod = this.#cluster.store.find<Pod>('pods', name, namespace);
    if (!pod || pod.metadata.deletionTimestamp || !isReady(pod)) return undefined;
    const full = this.#budgetsOf(pod).find(({ status }) => (status?.disruptionsAllowed ?? 0) <= 0);
    return (
      full && (() => this.#violations.add('budgets', `${name} was evicted although ${full.metadata.name} allows none`))
    );
  }

  #deletion(namespace: string, name: string): (() => void) | undefined {
    const pod = this.#cluster.store.find<Pod>('pods', name, namespace);
    if (!pod) return undefined;
    if (this.#seed.plan.policy.drain.whenTimeIsUp !== 'give-up') return this.#earlyDeletion(pod);
    const [budget] = this.#budgetsOf(pod);
    const past = budget ? `past its budget ${budget.metadata.name}` : 'without asking';
    return () => this.#violations.add('budgets', `${name} was deleted ${past}, and the policy is give-up`);
  }

  /** Where the policy comes to deleting, pods are asked until the drain's time is up, or as much of what a signal leaves as their grace does not take. */
  #earlyDeletion(pod: Pod): (() => void) | undefined {
    const until = this.#ends.askedUntil(pod.spec.nodeName ?? '');
    const early = Math.round(((until ?? Number.POSITIVE_INFINITY) - this.#seed.world.now()) / 1000);
    if (early <= 0) return undefined;
    const when = until === undefined ? 'while no drain works on its node' : `${early} s before its drain may`;
    return () => this.#violations.add('budgets', `${pod.metadata.name} was deleted ${when}`);
  }

  #nodeDeletion(name: string): (() => void) | undefined {
    const node = this.#cluster.store.find<ClusterNode>('nodes', name);
    const instanceId = node?.spec.providerID?.split('/').at(-1) ?? '';
    const state = this.#seed.deployment.cloud.fleet.instances.all.get(instanceId)?.state;
    if (!node || state === undefined || state === 'terminated' || state === 'shutting-down') return undefined;
    const serving = podsToMove(this.#cluster, name).filter(isReady);
    const leaving = isLeaving(this.#seed, instanceId);
    return () => {
      if (!leaving) this.#violations.add('nodes', `${name} was deleted although ${instanceId} is ${state} and stays`);
      if (serving.length > 0)
        this.#violations.add('nodes', `${name} was deleted with ${serving.length} pods serving on it`);
    };
  }

  #nodeChange(name: string, body: Uint8Array): (() => void) | undefined {
    const text = Buffer.from(body).toString();
    const node = this.#cluster.store.find<ClusterNode>('nodes', name);
    if (!text.includes('node.kubernetes.io/out-of-service') || !node) return undefined;
    if (node.spec.taints?.some(({ key }) => key === 'node.kubernetes.io/out-of-service')) return undefined;
    const instanceId = node.spec.providerID?.split('/').at(-1) ?? '';
    const state = this.#seed.deployment.cloud.fleet.instances.all.get(instanceId)?.state;
    if (state === undefined || state === 'stopped' || state === 'terminated') return undefined;
    return () => this.#violations.add('nodes', `${name} was tainted out-of-service, and ${instanceId} is ${state}`);
  }

  #budgetsOf({ metadata: { namespace, labels } }: Pod): PodDisruptionBudget[] {
    const budgets = this.#cluster.store.list<PodDisruptionBudget>('poddisruptionbudgets.policy', namespace ?? '');
    return budgets.filter(({ spec }) =>
      Object.entries(spec.selector?.matchLabels ?? {}).every(([key, value]) => labels?.[key] === value),
    );
  }
}

function isReady(pod: Pod): boolean {
  return conditionOf(pod, 'Ready')?.status === 'True';
}

/** Pods that a drain has to move: not of DaemonSets, no mirrors, not finished. */
export function podsToMove({ store }: SimulatedCluster, nodeName: string): Pod[] {
  return store.podsOn<Pod>(nodeName).filter(({ metadata, status }) => {
    const daemon = metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet') === true;
    const mirror = metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
    return !daemon && !mirror && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
  });
}

/** Whether the instance is on its way out as far as Auto Scaling goes. */
export function isLeaving(seed: SeedWorld, instanceId: string): boolean {
  return seed.memberOf(instanceId)?.state.includes('Terminating') === true;
}
