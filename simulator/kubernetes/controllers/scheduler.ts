import { type ClusterNode, conditionOf, type Pod, timeText } from '../api/objects.ts';
import { type ControllerContext, recordEvent } from './controller-context.ts';
import { affinityAllows, pinnedNode, untolerated } from './scheduling.ts';
import { WorkQueue } from './work-queue.ts';

/** Why pods fit nowhere, counted by reason, as the scheduler's message lists it. */
type Reasons = Map<string, number>;

/** The default scheduler: taints, cordons, selectors, node affinity and the number of pods; spreads by count. */
export class Scheduler {
  readonly #context: ControllerContext;
  readonly #queue: WorkQueue;
  readonly #waiting = new Set<string>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#queue = new WorkQueue(context.world, 'scheduler', 30, (key) => this.#schedule(key));
    context.store.listen('pods', ({ type, object }) => {
      const pod = object as Pod;
      const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
      const pending = type !== 'DELETED' && !pod.spec.nodeName && !pod.metadata.deletionTimestamp;
      if (!pending) this.#waiting.delete(key);
      if (pending && !this.#waiting.has(key)) this.#queue.add(key);
      else if (type === 'DELETED') this.#retry();
    });
    context.store.listen('nodes', ({ type, object, previous }) => {
      if (type === 'DELETED' || !previous || changed(previous as ClusterNode, object as ClusterNode)) this.#retry();
    });
  }

  #retry(): void {
    for (const key of this.#waiting) this.#queue.add(key);
  }

  #schedule(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const pod = this.#context.store.find<Pod>('pods', name, namespace);
    if (!pod || pod.spec.nodeName || pod.metadata.deletionTimestamp) return;
    if (pod.spec.schedulerName && pod.spec.schedulerName !== 'default-scheduler') return;
    const reasons: Reasons = new Map();
    const node = this.#choose(pod, reasons);
    if (node) this.#bind(pod, node.metadata.name);
    else this.#park(pod, key, reasons);
  }

  #choose(pod: Pod, reasons: Reasons): ClusterNode | undefined {
    const { store } = this.#context;
    const pinned = pinnedNode(pod);
    const single = pinned === undefined ? undefined : store.find<ClusterNode>('nodes', pinned);
    const candidates = pinned === undefined ? store.list<ClusterNode>('nodes') : single ? [single] : [];
    let best: ClusterNode | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const node of candidates) {
      const count = store.podCountOn(node.metadata.name);
      const problem = problemOf(pod, node, count);
      if (problem !== undefined) reasons.set(problem, (reasons.get(problem) ?? 0) + 1);
      else if (count < least) [best, least] = [node, count];
    }
    return best;
  }

  #bind(pod: Pod, nodeName: string): void {
    const { store, world } = this.#context;
    const { name, namespace } = pod.metadata;
    const scheduled = {
      type: 'PodScheduled',
      status: 'True',
      lastProbeTime: null,
      lastTransitionTime: timeText(world.now()),
    };
    store.change<Pod>('pods', name, namespace, (draft) => {
      draft.spec.nodeName = nodeName;
      draft.status = { ...draft.status, conditions: [scheduled] };
    });
    const message = `Successfully assigned ${namespace}/${name} to ${nodeName}`;
    recordEvent(this.#context, 'default-scheduler', pod, 'Normal', 'Scheduled', message);
  }

  #park(pod: Pod, key: string, reasons: Reasons): void {
    this.#waiting.add(key);
    const { store, world } = this.#context;
    const total = [...reasons.values()].reduce((sum, count) => sum + count, 0);
    const list = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort();
    const message =
      total === 0 ? 'no nodes available to schedule pods' : `0/${total} nodes are available: ${list.join(', ')}.`;
    if (conditionOf(pod, 'PodScheduled')?.message === message) return;
    recordEvent(this.#context, 'default-scheduler', pod, 'Warning', 'FailedScheduling', message);
    store.change<Pod>('pods', pod.metadata.name, pod.metadata.namespace, (draft) => {
      const condition = {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message,
        lastProbeTime: null,
        lastTransitionTime: timeText(world.now()),
      };
      draft.status = { ...draft.status, phase: 'Pending', conditions: [condition] };
    });
  }
}

function problemOf(pod: Pod, node: ClusterNode, podCount: number): string | undefined {
  const cordon = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
  if (node.spec.unschedulable && untolerated(pod, [cordon], ['NoSchedule']).length > 0)
    return 'node(s) were unschedulable';
  if (!affinityAllows(pod, node)) return "node(s) didn't match Pod's node affinity/selector";
  const [taint] = untolerated(pod, node.spec.taints ?? [], ['NoSchedule', 'NoExecute']);
  if (taint) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  if (podCount >= Number(node.status?.allocatable?.pods ?? 110)) return 'Too many pods';
  return undefined;
}

function changed(before: ClusterNode, after: ClusterNode): boolean {
  return (
    before.spec !== after.spec &&
    (before.spec.unschedulable !== after.spec.unschedulable ||
      JSON.stringify(before.spec.taints) !== JSON.stringify(after.spec.taints) ||
      JSON.stringify(before.metadata.labels) !== JSON.stringify(after.metadata.labels))
  );
}
