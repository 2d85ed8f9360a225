import { conditionOf, type Pod, type Workload } from '../api/objects.ts';
import { CLAIMS, type VolumeClaim } from '../api/volumes.ts';
import { type ControllerContext, recordEvent } from './controller-context.ts';
import { WorkQueue } from './work-queue.ts';

const REPLICA_SETS = 'replicasets.apps';
const DEPLOYMENTS = 'deployments.apps';
const STATEFUL_SETS = 'statefulsets.apps';

function keyOf({ metadata }: { metadata: { namespace?: string; name: string } }): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function hashOf(text: string): string {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  let name = '';
  for (let i = 0; i < 9; i += 1) {
    name += alphabet[value % alphabet.length];
    value = (Math.imul(value, 0x01000193) ^ i) >>> 0;
  }
  return name;
}

function isReady(pod: Pod): boolean {
  return conditionOf(pod, 'Ready')?.status === 'True';
}

function isActive(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return !pod.metadata.deletionTimestamp && phase !== 'Succeeded' && phase !== 'Failed';
}

/**
 * ReplicaSets and StatefulSets keep their number of pods; a Deployment keeps one ReplicaSet for its template. What is
 * left out: rolling updates (a new template replaces the ReplicaSet at once) and a StatefulSet's order.
 */
export class ReplicaControllers {
  readonly #context: ControllerContext;
  readonly #deletePod: (pod: Pod) => void;
  readonly #queue: WorkQueue;
  readonly #deployments: WorkQueue;

  constructor(context: ControllerContext, deletePod: (pod: Pod) => void) {
    this.#context = context;
    this.#deletePod = deletePod;
    this.#queue = new WorkQueue(context.world, 'replicaset', 50, (key) => this.#reconcile(key));
    this.#deployments = new WorkQueue(context.world, 'deployment', 50, (key) => this.#reconcileDeployment(key));
    for (const kind of [REPLICA_SETS, STATEFUL_SETS]) {
      context.store.listen(kind, ({ object }) => {
        this.#queue.add(`${kind} ${keyOf(object)}`);
        const owner = object.metadata.ownerReferences?.find(({ controller }) => controller);
        if (owner?.kind === 'Deployment') this.#deployments.add(`${object.metadata.namespace}/${owner.name}`);
      });
    }
    context.store.listen(DEPLOYMENTS, ({ type, object }) => {
      if (type !== 'DELETED') this.#deployments.add(keyOf(object));
    });
    context.store.listen('pods', ({ object }) => {
      const owner = object.metadata.ownerReferences?.find(({ controller }) => controller);
      const kind =
        owner?.kind === 'ReplicaSet' ? REPLICA_SETS : owner?.kind === 'StatefulSet' ? STATEFUL_SETS : undefined;
      if (owner && kind) this.#queue.add(`${kind} ${object.metadata.namespace}/${owner.name}`);
    });
  }

  #reconcile(key: string): void {
    const { store } = this.#context;
    const [kind = '', path = ''] = key.split(' ');
    const [namespace = '', name = ''] = path.split('/');
    const set = store.find<Workload>(kind, name, namespace);
    if (!set || set.metadata.deletionTimestamp) return;
    const wanted = set.spec.replicas ?? 1;
    const all = store.ownedBy<Pod>(set.metadata.uid ?? '').filter((pod) => pod.kind === 'Pod');
    const active = all.filter(isActive);
    for (let missing = wanted - active.length; missing > 0; missing -= 1) this.#createPod(kind, set, all);
    // The youngest and the unready go first, as in the real ranking.
    const surplus = [...active]
      .sort((a, b) => Number(isReady(a)) - Number(isReady(b)))
      .slice(0, Math.max(0, active.length - wanted));
    for (const pod of surplus) this.#deletePod(pod);
    this.#updateStatus(kind, set, active);
  }

  #createPod(kind: string, set: Workload, existing: readonly Pod[]): void {
    const { store } = this.#context;
    const ordered = kind === STATEFUL_SETS;
    const name = ordered
      ? this.#nextOrdinal(set, existing)
      : store.newName('pods', `${set.metadata.name}-`, set.metadata.namespace);
    if (name === undefined) return;
    const pod = podFrom(set, ordered ? 'StatefulSet' : 'ReplicaSet', name);
    store.create<Pod>('pods', ordered ? this.#withClaims(set, pod) : pod);
    const component = ordered ? 'statefulset-controller' : 'replicaset-controller';
    recordEvent(this.#context, component, set, 'Normal', 'SuccessfulCreate', `Created pod: ${name}`);
  }

  /** Each pod of a StatefulSet has a claim of its own per template, which outlives it. */
  #withClaims(set: Workload, pod: Pod): Pod {
    const { store } = this.#context;
    const { name, namespace = '' } = pod.metadata;
    const templates = (set.spec.volumeClaimTemplates ?? []) as Pick<VolumeClaim, 'metadata' | 'spec'>[];
    const volumes = templates.map(({ metadata, spec }) => {
      const claimName = `${metadata.name}-${name}`;
      if (!store.find(CLAIMS, claimName, namespace)) {
        const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: claimName, namespace } };
        store.create<VolumeClaim>(CLAIMS, { ...claim, spec, status: { phase: 'Pending' } });
      }
      return { name: metadata.name, persistentVolumeClaim: { claimName } };
    });
    return { ...pod, spec: { ...pod.spec, volumes: [...(pod.spec.volumes ?? []), ...volumes] } };
  }

  /** A StatefulSet's pod comes back under its own name, so not before the old one is gone. */
  #nextOrdinal(set: Workload, _existing: readonly Pod[]): string | undefined {
    const { store } = this.#context;
    const names = Array.from({ length: set.spec.replicas ?? 1 }, (_, ordinal) => `${set.metadata.name}-${ordinal}`);
    return names.find((name) => !store.find('pods', name, set.metadata.namespace));
  }

  #updateStatus(kind: string, set: Workload, active: readonly Pod[]): void {
    const ready = active.filter(isReady).length;
    const status = {
      replicas: active.length,
      fullyLabeledReplicas: active.length,
      readyReplicas: ready,
      availableReplicas: ready,
      observedGeneration: set.metadata.generation,
    };
    if (JSON.stringify(status) === JSON.stringify(set.status)) return;
    this.#context.store.change<Workload>(kind, set.metadata.name, set.metadata.namespace, (draft) => {
      draft.status = status;
    });
  }

  #reconcileDeployment(key: string): void {
    const { store } = this.#context;
    const [namespace = '', name = ''] = key.split('/');
    const deployment = store.find<Workload>(DEPLOYMENTS, name, namespace);
    if (!deployment || deployment.metadata.deletionTimestamp) return;
    const hash = hashOf(JSON.stringify(deployment.spec.template));
    const current = `${name}-${hash}`;
    const sets = store.ownedBy<Workload>(deployment.metadata.uid ?? '').filter(({ kind }) => kind === 'ReplicaSet');
    const existing = sets.find((set) => set.metadata.name === current);
    if (!existing) store.create<Workload>(REPLICA_SETS, replicaSetFor(deployment, current, hash));
    else this.#scale(existing, deployment.spec.replicas ?? 1);
    for (const set of sets) if (set !== existing) this.#scale(set, 0);
    this.#updateDeploymentStatus(deployment, existing);
  }

  #scale(set: Workload, replicas: number): void {
    if (set.spec.replicas === replicas) return;
    this.#context.store.change<Workload>(REPLICA_SETS, set.metadata.name, set.metadata.namespace, (draft) => {
      draft.spec.replicas = replicas;
      draft.metadata.generation = (draft.metadata.generation ?? 1) + 1;
    });
  }

  #updateDeploymentStatus(deployment: Workload, set: Workload | undefined): void {
    const { replicas = 0, readyReplicas = 0 } = (set?.status ?? {}) as { replicas?: number; readyReplicas?: number };
    const status = {
      observedGeneration: deployment.metadata.generation,
      replicas,
      updatedReplicas: replicas,
      readyReplicas,
      availableReplicas: readyReplicas,
    };
    if (JSON.stringify(status) === JSON.stringify(deployment.status)) return;
    const { name, namespace } = deployment.metadata;
    this.#context.store.change<Workload>(DEPLOYMENTS, name, namespace, (draft) => {
      draft.status = status;
    });
  }
}

function podFrom(set: Workload, kind: string, name: string): Pod {
  const { metadata, spec } = set.spec.template;
  const owner = {
    apiVersion: 'apps/v1',
    kind,
    name: set.metadata.name,
    uid: set.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
  const tolerations = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
    key,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 300,
  }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace ?? '',
      ...(metadata?.labels && { labels: metadata.labels }),
      ...(metadata?.annotations && { annotations: metadata.annotations }),
      ownerReferences: [owner],
    },
    spec: { terminationGracePeriodSeconds: 30, ...spec, tolerations: [...(spec.tolerations ?? []), ...tolerations] },
    status: { phase: 'Pending' },
  };
}

function replicaSetFor(deployment: Workload, name: string, hash: string): Workload {
  const { selector, template, replicas = 1 } = deployment.spec;
  const labels = { ...template.metadata?.labels, 'pod-template-hash': hash };
  const { name: ownerName, uid = '', namespace = '' } = deployment.metadata;
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace,
      labels,
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name: ownerName, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: {
      replicas,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, 'pod-template-hash': hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}
