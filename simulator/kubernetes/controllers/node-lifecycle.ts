import {
  type ClusterNode,
  type Condition,
  conditionOf,
  type Lease,
  type Pod,
  type Taint,
  timeText,
} from '../api/objects.ts';
import { type ControllerContext, recordEvent } from './controller-context.ts';
import { tolerates } from './scheduling.ts';

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
/** `--node-monitor-period`. */
const MONITOR_EVERY_MS = 5_000;
const COMPONENT = 'node-controller';

export interface NodeLifecycleOptions {
  readonly graceSeconds: number;
  readonly isDown: () => boolean;
  readonly deletePod: (pod: Pod) => void;
}

/**
 * Watches over heartbeats: a node whose lease and status are silent for the grace period becomes Unknown. Puts the
 * taints that belong to a node's conditions and cordon, and evicts by taint what does not tolerate NoExecute.
 */
export class NodeLifecycleController {
  readonly #context: ControllerContext;
  readonly #options: NodeLifecycleOptions;
  /** When something was last heard, epoch milliseconds, by node. */
  readonly #heard = new Map<string, number>();
  readonly #evictions = new Map<string, () => void>();
  #ticking = false;

  constructor(context: ControllerContext, options: NodeLifecycleOptions) {
    this.#context = context;
    this.#options = options;
    context.store.listen('leases.coordination.k8s.io', ({ type, object, previous }) => {
      if (type === 'DELETED' || object.metadata.namespace !== 'kube-node-lease') return;
      const renewed = (object as Lease).spec?.renewTime !== (previous as Lease | undefined)?.spec?.renewTime;
      if (renewed) this.#heard.set(object.metadata.name, context.world.now());
    });
    context.store.listen('nodes', ({ type, object, previous }) =>
      this.#onNode(type, object as ClusterNode, previous as ClusterNode | undefined),
    );
    context.store.listen('pods', ({ type, object, previous }) =>
      this.#onPod(type, object as Pod, previous as Pod | undefined),
    );
  }

  /** After an outage nobody could be heard: everybody gets the whole grace again. */
  resume(): void {
    const now = this.#context.world.now();
    for (const name of this.#heard.keys()) this.#heard.set(name, now);
  }

  #onNode(type: string, node: ClusterNode, previous: ClusterNode | undefined): void {
    const { name } = node.metadata;
    const { log, world } = this.#context;
    if (type === 'DELETED') {
      this.#heard.delete(name);
      log('NodeDeleted', { node: name });
      return;
    }
    if (!previous) {
      this.#heard.set(name, world.now());
      log('NodeRegistered', { node: name });
      recordEvent(
        this.#context,
        COMPONENT,
        node,
        'Normal',
        'RegisteredNode',
        `Node ${name} event: Registered Node ${name} in Controller`,
      );
    }
    const before = previous ? conditionOf(previous, 'Ready') : undefined;
    const ready = conditionOf(node, 'Ready');
    if (ready?.lastHeartbeatTime !== before?.lastHeartbeatTime && ready?.status !== 'Unknown')
      this.#heard.set(name, world.now());
    if (before?.status !== ready?.status && ready) this.#tellReadiness(node, ready);
    this.#taint(node);
    if (JSON.stringify(previous?.spec.taints) !== JSON.stringify(node.spec.taints))
      for (const pod of this.#context.store.podsOn<Pod>(name)) this.#planEviction(pod);
    if (!this.#ticking) this.#schedule();
  }

  #tellReadiness(node: ClusterNode, ready: Condition): void {
    const { name } = node.metadata;
    if (ready.status === 'True') {
      this.#context.log('NodeReady', { node: name });
      recordEvent(this.#context, 'kubelet', node, 'Normal', 'NodeReady', `Node ${name} status is now: NodeReady`);
      return;
    }
    this.#context.log('NodeNotReady', { node: name, status: ready.status, reason: ready.reason ?? '' });
    recordEvent(
      this.#context,
      ready.status === 'Unknown' ? COMPONENT : 'kubelet',
      node,
      'Normal',
      'NodeNotReady',
      `Node ${name} status is now: NodeNotReady`,
    );
    if (ready.status === 'Unknown') this.#unreadyPods(name);
  }

  /** Pods on a silent node are marked not ready, which is what budgets and endpoints see. */
  #unreadyPods(nodeName: string): void {
    const { store, world } = this.#context;
    for (const { metadata } of store.podsOn<Pod>(nodeName)) {
      store.change<Pod>('pods', metadata.name, metadata.namespace, (draft) => {
        const ready = draft.status?.conditions?.find(({ type }) => type === 'Ready');
        if (!ready) return;
        ready.status = 'False';
        ready.lastTransitionTime = timeText(world.now());
      });
    }
  }

  /** The taints that conditions and the cordon call for. */
  #taint(node: ClusterNode): void {
    const status = conditionOf(node, 'Ready')?.status;
    const taints = node.spec.taints ?? [];
    const wanted: Taint[] = [];
    const condition = status === 'Unknown' ? UNREACHABLE : status === 'False' ? NOT_READY : undefined;
    if (condition) wanted.push({ key: condition, effect: 'NoSchedule' }, { key: condition, effect: 'NoExecute' });
    // A node that just registered keeps its own taint until it reports.
    if (status === undefined) return;
    if (node.spec.unschedulable) wanted.push({ key: UNSCHEDULABLE, effect: 'NoSchedule' });
    const managed = new Set([NOT_READY, UNREACHABLE, UNSCHEDULABLE]);
    const same = (a: Taint, b: Taint) => a.key === b.key && a.effect === b.effect;
    const kept = taints.filter((taint) => !managed.has(taint.key) || wanted.some((w) => same(w, taint)));
    const added = wanted.filter((taint) => !taints.some((t) => same(t, taint)));
    if (added.length === 0 && kept.length === taints.length) return;
    const now = timeText(this.#context.world.now());
    const next = [...kept, ...added.map((taint) => ({ ...taint, timeAdded: now }))];
    this.#context.store.change<ClusterNode>('nodes', node.metadata.name, undefined, (draft) => {
      if (next.length > 0) draft.spec.taints = next;
      else delete draft.spec.taints;
    });
  }

  #schedule(): void {
    this.#ticking = true;
    this.#context.world.afterInBackground(MONITOR_EVERY_MS, 'node lifecycle', () => {
      this.#ticking = false;
      if (!this.#options.isDown()) this.#monitor();
      if (this.#heard.size > 0) this.#schedule();
    });
  }

  #monitor(): void {
    const oldest = this.#context.world.now() - this.#options.graceSeconds * 1000;
    for (const [name, at] of this.#heard) if (at < oldest) this.#silence(name);
  }

  #silence(name: string): void {
    const { store, world } = this.#context;
    const node = store.find<ClusterNode>('nodes', name);
    if (!node || conditionOf(node, 'Ready')?.status === 'Unknown') return;
    const now = timeText(world.now());
    const unknown = {
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
      lastTransitionTime: now,
    };
    store.change<ClusterNode>('nodes', name, undefined, (draft) => {
      const conditions = draft.status?.conditions ?? [];
      const never = { reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.' };
      const types = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];
      const merged = types.map((type) => {
        const before = conditions.find((condition) => condition.type === type);
        return { ...before, type, ...unknown, ...(!before && never) };
      });
      draft.status = {
        ...draft.status,
        conditions: [...conditions.filter(({ type }) => !types.includes(type)), ...merged],
      };
    });
  }

  #onPod(type: string, pod: Pod, previous: Pod | undefined): void {
    const uid = pod.metadata.uid ?? '';
    if (type === 'DELETED' || pod.metadata.deletionTimestamp) {
      this.#evictions.get(uid)?.();
      this.#evictions.delete(uid);
    } else if (pod.spec.nodeName && previous?.spec.nodeName !== pod.spec.nodeName) this.#planEviction(pod);
  }

  /** The taint-eviction controller: the shortest toleration of all NoExecute taints decides; none means at once. */
  #planEviction(pod: Pod): void {
    const { store, world } = this.#context;
    const uid = pod.metadata.uid ?? '';
    this.#evictions.get(uid)?.();
    this.#evictions.delete(uid);
    const node = store.find<ClusterNode>('nodes', pod.spec.nodeName ?? '');
    const taints = (node?.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
    if (taints.length === 0 || pod.metadata.deletionTimestamp) return;
    const seconds = Math.min(...taints.map((taint) => toleratedSeconds(pod, taint)));
    if (seconds === Number.POSITIVE_INFINITY) return;
    const timer = world.afterInBackground(seconds * 1000, `taint eviction of ${pod.metadata.name}`, () =>
      this.#evict(pod),
    );
    this.#evictions.set(uid, () => timer.cancel());
  }

  #evict({ metadata }: Pod): void {
    const { store, log } = this.#context;
    const pod = store.find<Pod>('pods', metadata.name, metadata.namespace);
    if (!pod || pod.metadata.uid !== metadata.uid || pod.metadata.deletionTimestamp) return;
    log('PodTaintEvicted', { pod: metadata.name, namespace: metadata.namespace, node: pod.spec.nodeName ?? '' });
    recordEvent(
      this.#context,
      'taint-eviction-controller',
      pod,
      'Normal',
      'TaintManagerEviction',
      `Marking for deletion Pod ${metadata.namespace}/${metadata.name}`,
    );
    this.#options.deletePod(pod);
  }
}

function toleratedSeconds(pod: Pod, taint: Taint): number {
  const fitting = (pod.spec.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
  if (fitting.length === 0) return 0;
  const limits = fitting.flatMap(({ tolerationSeconds }) =>
    tolerationSeconds === undefined ? [] : [Math.max(0, tolerationSeconds)],
  );
  return limits.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...limits);
}
