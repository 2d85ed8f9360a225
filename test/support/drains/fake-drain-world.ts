import { budgetCovers } from '../../../src/drains/budget-covers.ts';
import type { EvictPodsPorts } from '../../../src/drains/evict-pods.ts';
import type {
  AttachedVolume,
  Budget,
  ClaimOnInstance,
  DrainInstance,
  DrainNode,
  DrainNodeChange,
  DrainPod,
  EvictionAnswer,
} from '../../../src/drains/ports.ts';
import { ClusterUnreachable } from '../../../src/kubernetes/errors.ts';
import { NodeChanged, NodeVanished } from '../../../src/nodes/errors.ts';
import { aClaimOnInstance, aDrainInstance, aDrainNode, instanceId } from './healthy.ts';

/** An Event that was written about a Node. */
export interface ToldEvent {
  readonly node: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/**
 * A node with what is on it, in memory: every port of src/drains on one state. It begins with one Ready node of a running instance, claimed, and empty.
 * A pod that is evicted is on its way out; {@link FakeDrainWorld.leave} lets it go. An eviction under a budget is counted as the API server does.
 */
export class FakeDrainWorld {
  readonly state = {
    nodes: new Map<string, DrainNode>(),
    /** By the name of their node; those that wait for a node under the empty name. */
    pods: new Map<string, readonly DrainPod[]>(),
    budgets: [] as Budget[],
    volumes: [] as AttachedVolume[],
    instances: new Map<string, DrainInstance>(),
    claim: aClaimOnInstance() as ClaimOnInstance | undefined,
    claimStoreIsUp: true,
    reachable: true,
    events: [] as ToldEvent[],
    /** What the API server answers to the eviction of a pod, by name, where it is not what budgets say. */
    answers: new Map<string, EvictionAnswer>(),
    evicted: [] as string[],
    deleted: [] as { readonly pod: string; readonly graceSeconds: number }[],
    /** Node names and selectors that were asked for. */
    asked: [] as string[],
  };

  readonly ports: EvictPodsPorts = {
    claims: {
      read: async () => {
        if (!this.state.claimStoreIsUp) throw Object.assign(new Error('S3 is down'), { name: 'AwsUnavailable' });
        return this.state.claim;
      },
    },
    instances: {
      find: async (id) => {
        this.state.asked.push(`instance ${id}`);
        return this.state.instances.get(id);
      },
    },
    nodes: {
      get: async (name) => {
        this.#answer(`node ${name}`);
        return this.state.nodes.get(name);
      },
      ofInstance: async (id, ipAddress) => {
        this.#answer(`nodes`);
        const all = [...this.state.nodes.values()];
        return (
          all.find(({ providerId }) => providerId.endsWith(`/${id}`)) ??
          all.find(({ providerId, internalIp }) => providerId === '' && ipAddress !== '' && internalIp === ipAddress)
        );
      },
      change: async ({ name, resourceVersion }, change) => this.#change(name, resourceVersion, change),
      delete: async (name, uid) => {
        this.#answer(`delete ${name}`);
        if (this.state.nodes.get(name)?.uid === uid) this.state.nodes.delete(name);
      },
    },
    pods: {
      onNode: async (name) => {
        this.#answer(`pods of ${name}`);
        return this.state.pods.get(name) ?? [];
      },
      evict: async (pod) => this.#evict(pod.name),
      delete: async (pod, graceSeconds) => {
        this.#answer(`delete pod ${pod.name}`);
        this.state.deleted.push({ pod: pod.name, graceSeconds });
        if (graceSeconds === 0 && (this.#pod(pod.name)?.finalizers.length ?? 0) === 0) this.leave(pod.name);
        else this.#terminate(pod.name);
        return 'deleted';
      },
    },
    budgets: {
      inNamespaces: async (namespaces) => {
        this.#answer(`budgets of ${namespaces.join(',')}`);
        return this.state.budgets.filter(({ namespace }) => namespaces.includes(namespace));
      },
    },
    volumes: {
      attachedTo: async (name) => {
        this.#answer(`volumes of ${name}`);
        return this.state.volumes;
      },
    },
    events: {
      record: async (node, event) => {
        this.state.events.push({ node, ...event });
      },
    },
  };

  constructor(node: DrainNode = aDrainNode()) {
    this.state.nodes.set(node.name, node);
    this.state.instances.set(instanceId, aDrainInstance());
  }

  /** The first node; undefined when it is deleted. */
  get node(): DrainNode | undefined {
    return [...this.state.nodes.values()][0];
  }

  /** Changes the first node without anybody's asking. */
  set(changes: Partial<DrainNode>): this {
    const node = this.node;
    if (node) this.state.nodes.set(node.name, { ...node, ...changes });
    return this;
  }

  /** Puts pods on the first node, instead of those that are there. */
  with(...pods: readonly DrainPod[]): this {
    this.state.pods.set(aDrainNode().name, pods);
    return this;
  }

  /** Sets what EC2 says of the instance; undefined: it does not know it. */
  ec2(state: DrainInstance['state'] | undefined): this {
    if (state === undefined) this.state.instances.delete(instanceId);
    else this.state.instances.set(instanceId, aDrainInstance({ state }));
    return this;
  }

  /** These pods are gone. */
  leave(...names: readonly string[]): void {
    for (const [node, pods] of this.state.pods)
      this.state.pods.set(
        node,
        pods.filter(({ name }) => !names.includes(name)),
      );
  }

  /** The reasons of the events so far. */
  get reasons(): readonly string[] {
    return this.state.events.map(({ reason }) => reason);
  }

  #answer(asked: string): void {
    this.state.asked.push(asked);
    if (!this.state.reachable) throw new ClusterUnreachable('connect ETIMEDOUT');
  }

  #pod(wanted: string): DrainPod | undefined {
    return [...this.state.pods.values()].flat().find(({ name }) => name === wanted);
  }

  #terminate(wanted: string): void {
    for (const [node, pods] of this.state.pods)
      this.state.pods.set(
        node,
        pods.map((pod) => (pod.name === wanted ? { ...pod, deletionTimestamp: '2026-03-01T12:00:30.000Z' } : pod)),
      );
  }

  #evict(name: string): EvictionAnswer {
    this.#answer(`evict ${name}`);
    const pod = this.#pod(name);
    if (!pod) return { kind: 'gone' };
    const scripted = this.state.answers.get(name);
    if (scripted) return scripted;
    const budget = pod.phase === 'Running' && this.state.budgets.find((one) => budgetCovers(one, pod));
    if (budget && !this.#take(budget)) return { kind: 'blocked', budget: budget.name, message: 'no' };
    this.state.evicted.push(name);
    this.#terminate(name);
    return { kind: 'evicted' };
  }

  #take(budget: Budget): boolean {
    if (budget.disruptionsAllowed <= 0) return false;
    const changed = { ...budget, disruptionsAllowed: budget.disruptionsAllowed - 1 };
    this.state.budgets = this.state.budgets.map((one) => (one === budget ? changed : one));
    return true;
  }

  #change(name: string, resourceVersion: string, change: DrainNodeChange): void {
    this.#answer(`change ${name}`);
    const stored = this.state.nodes.get(name);
    if (!stored) throw new NodeVanished(name);
    if (stored.resourceVersion !== resourceVersion) throw new NodeChanged(name);
    this.state.nodes.set(name, {
      ...stored,
      unschedulable: change.unschedulable ?? stored.unschedulable,
      labels: merged(stored.labels, change.labels),
      annotations: merged(stored.annotations, change.annotations),
      taints: change.taints ?? stored.taints,
      resourceVersion: String(Number(stored.resourceVersion) + 1),
    });
  }
}

function merged(
  before: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string | null>> = {},
): Record<string, string> {
  const entries = Object.entries({ ...before, ...change });
  return Object.fromEntries(entries.flatMap(([key, value]) => (value === null ? [] : [[key, value]])));
}
