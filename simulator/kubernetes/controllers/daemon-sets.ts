import { type ClusterNode, conditionOf, type Pod, type Toleration, type Workload } from '../api/objects.ts';
import { type ControllerContext, recordEvent } from './controller-context.ts';
import { affinityAllows, untolerated } from './scheduling.ts';
import { WorkQueue } from './work-queue.ts';

const DAEMON_SETS = 'daemonsets.apps';

/** The tolerations that the DaemonSet controller gives every pod of its own (pkg/controller/daemon/util). */
const DAEMON_TOLERATIONS: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const NETWORK_TOLERATION: Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
};

/** Keeps one pod of each DaemonSet on every node that it fits. Works per pair of set and node, never over all of them. */
export class DaemonSetController {
  readonly #context: ControllerContext;
  readonly #deletePod: (pod: Pod) => void;
  readonly #pairs: WorkQueue;
  readonly #statuses: WorkQueue;
  /** Pods of a set by node: `<set uid> <node>` → names. */
  readonly #pods = new Map<string, Set<string>>();

  constructor(context: ControllerContext, deletePod: (pod: Pod) => void) {
    this.#context = context;
    this.#deletePod = deletePod;
    this.#pairs = new WorkQueue(context.world, 'daemonset', 50, (key) => this.#reconcile(key));
    this.#statuses = new WorkQueue(context.world, 'daemonset status', 200, (key) => this.#updateStatus(key));
    context.store.listen(DAEMON_SETS, ({ object, type, previous }) => {
      const known = previous as Workload | undefined;
      if (type === 'MODIFIED' && known?.metadata.generation === object.metadata.generation) return;
      for (const node of context.store.list<ClusterNode>('nodes')) this.#add(object as Workload, node.metadata.name);
      this.#statuses.add(setKey(object as Workload));
    });
    context.store.listen('nodes', ({ object, previous }) => {
      if (previous && sameForDaemons(previous as ClusterNode, object as ClusterNode)) return;
      for (const set of context.store.list<Workload>(DAEMON_SETS)) this.#add(set, object.metadata.name);
    });
    context.store.listen('pods', ({ object, type }) => this.#follow(object as Pod, type === 'DELETED'));
  }

  #add(set: Workload, nodeName: string): void {
    this.#pairs.add(`${setKey(set)}/${nodeName}`);
  }

  #follow(pod: Pod, gone: boolean): void {
    const owner = pod.metadata.ownerReferences?.find(({ kind, controller }) => kind === 'DaemonSet' && controller);
    if (!owner) return;
    const nodeName = pod.spec.nodeName ?? targetOf(pod);
    if (nodeName === undefined) return;
    const id = `${owner.uid} ${nodeName}`;
    const names = this.#pods.get(id) ?? new Set<string>();
    if (gone) names.delete(pod.metadata.name);
    else names.add(pod.metadata.name);
    if (names.size > 0) this.#pods.set(id, names);
    else this.#pods.delete(id);
    const key = `${pod.metadata.namespace}/${owner.name}`;
    if (gone) this.#pairs.add(`${key}/${nodeName}`);
    this.#statuses.add(key);
  }

  #reconcile(key: string): void {
    const { store } = this.#context;
    const [namespace = '', name = '', nodeName = ''] = key.split('/');
    const set = store.find<Workload>(DAEMON_SETS, name, namespace);
    if (!set || set.metadata.deletionTimestamp) return;
    const node = store.find<ClusterNode>('nodes', nodeName);
    const existing = this.#existing(set, namespace, nodeName);
    if (!node) return;
    const blank = this.#podFor(set, nodeName);
    const fits = affinityAllows(blank, node);
    const mayStart = fits && untolerated(blank, node.spec.taints ?? [], ['NoSchedule', 'NoExecute']).length === 0;
    const mayStay = fits && untolerated(blank, node.spec.taints ?? [], ['NoExecute']).length === 0;
    const live = existing.filter((pod) => !pod.metadata.deletionTimestamp);
    if (mayStart && existing.length === 0) this.#create(set, blank);
    else if (!mayStay) for (const pod of live) this.#deletePod(pod);
    this.#statuses.add(`${namespace}/${name}`);
  }

  #existing(set: Workload, namespace: string, nodeName: string): Pod[] {
    const names = this.#pods.get(`${set.metadata.uid} ${nodeName}`) ?? new Set<string>();
    return [...names].flatMap((name) => this.#context.store.find<Pod>('pods', name, namespace) ?? []);
  }

  #create(set: Workload, blank: Pod): void {
    const { store } = this.#context;
    const pod = store.create<Pod>('pods', {
      ...blank,
      metadata: { ...blank.metadata, name: store.newName('pods', `${set.metadata.name}-`, set.metadata.namespace) },
    });
    recordEvent(
      this.#context,
      'daemonset-controller',
      set,
      'Normal',
      'SuccessfulCreate',
      `Created pod: ${pod.metadata.name}`,
    );
  }

  #podFor(set: Workload, nodeName: string): Pod {
    const { metadata, spec } = set.spec.template;
    const { name, uid = '', namespace = '' } = set.metadata;
    const tolerations = [
      ...(spec.tolerations ?? []),
      ...DAEMON_TOLERATIONS,
      ...(spec.hostNetwork ? [NETWORK_TOLERATION] : []),
    ];
    const term = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] };
    const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    const nodeSelectorTerms = required ? required.nodeSelectorTerms.map((own) => ({ ...own, ...term })) : [term];
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: '',
        generateName: `${name}-`,
        namespace,
        ...(metadata?.labels && { labels: metadata.labels }),
        ...(metadata?.annotations && { annotations: metadata.annotations }),
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'DaemonSet', name, uid, controller: true, blockOwnerDeletion: true },
        ],
      },
      spec: {
        terminationGracePeriodSeconds: 30,
        ...spec,
        tolerations,
        affinity: {
          ...spec.affinity,
          nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
        },
      },
      status: { phase: 'Pending' },
    };
  }

  #updateStatus(key: string): void {
    const { store } = this.#context;
    const [namespace = '', name = ''] = key.split('/');
    const set = store.find<Workload>(DAEMON_SETS, name, namespace);
    if (!set) return;
    const pods = store.ownedBy<Pod>(set.metadata.uid ?? '');
    const ready = pods.filter((pod) => conditionOf(pod, 'Ready')?.status === 'True').length;
    const desired = store.list<ClusterNode>('nodes').filter((node) => {
      const blank = this.#podFor(set, node.metadata.name);
      return (
        affinityAllows(blank, node) &&
        untolerated(blank, node.spec.taints ?? [], ['NoSchedule', 'NoExecute']).length === 0
      );
    }).length;
    const status = {
      currentNumberScheduled: pods.length,
      numberMisscheduled: 0,
      desiredNumberScheduled: desired,
      numberReady: ready,
      observedGeneration: set.metadata.generation,
      updatedNumberScheduled: pods.length,
      numberAvailable: ready,
      ...(desired > ready && { numberUnavailable: desired - ready }),
    };
    if (JSON.stringify(status) === JSON.stringify(set.status)) return;
    store.change<Workload>(DAEMON_SETS, name, namespace, (draft) => {
      draft.status = status;
    });
  }
}

function setKey(set: Workload): string {
  return `${set.metadata.namespace}/${set.metadata.name}`;
}

function targetOf(pod: Pod): string | undefined {
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0];
}

function sameForDaemons(before: ClusterNode, after: ClusterNode): boolean {
  return (
    JSON.stringify(before.spec.taints) === JSON.stringify(after.spec.taints) &&
    JSON.stringify(before.metadata.labels) === JSON.stringify(after.metadata.labels)
  );
}
