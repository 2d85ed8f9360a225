import { budgetsOf } from '../api/eviction.ts';
import { conditionOf, type Pod, type PodDisruptionBudget, timeText, type Workload } from '../api/objects.ts';
import { matchesLabelSelector } from '../api/selectors.ts';
import type { ControllerContext } from './controller-context.ts';
import { WorkQueue } from './work-queue.ts';

const BUDGETS = 'poddisruptionbudgets.policy';
/** DeletionTimeout: an admitted eviction that did not delete the pod is forgotten after two minutes. */
const DELETION_TIMEOUT_MS = 120_000;

/** Rounds up, as the disruption controller does for both fields. */
function scaled(value: number | string, total: number): number {
  if (typeof value === 'number') return value;
  return Math.ceil((Number.parseInt(value, 10) / 100) * total);
}

function isHealthy(pod: Pod): boolean {
  return conditionOf(pod, 'Ready')?.status === 'True';
}

/** Works out what each PodDisruptionBudget allows at present. */
export class DisruptionController {
  readonly #context: ControllerContext;
  readonly #queue: WorkQueue;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#queue = new WorkQueue(context.world, 'disruption', 100, (key) => this.#reconcile(key));
    context.store.listen(BUDGETS, ({ type, object }) => {
      if (type !== 'DELETED') this.#queue.add(`${object.metadata.namespace}/${object.metadata.name}`);
    });
    context.store.listen('pods', ({ object, previous }) => {
      if (context.store.count(BUDGETS) === 0) return;
      for (const pod of [object, previous])
        if (pod)
          for (const { metadata } of budgetsOf(context.store, pod as Pod))
            this.#queue.add(`${metadata.namespace}/${metadata.name}`);
    });
  }

  #reconcile(key: string): void {
    const { store } = this.#context;
    const [namespace = '', name = ''] = key.split('/');
    const budget = store.find<PodDisruptionBudget>(BUDGETS, name, namespace);
    if (!budget) return;
    const status = this.#statusOf(budget, namespace);
    if (JSON.stringify({ ...status, conditions: 0 }) === JSON.stringify({ ...budget.status, conditions: 0 })) return;
    store.change<PodDisruptionBudget>(BUDGETS, name, namespace, (draft) => {
      draft.status = status;
    });
    const forgetIn = Object.keys(status.disruptedPods ?? {}).length > 0;
    if (forgetIn) this.#queue.addAfter(DELETION_TIMEOUT_MS, key);
  }

  #statusOf(budget: PodDisruptionBudget, namespace: string): NonNullable<PodDisruptionBudget['status']> {
    const { store, world } = this.#context;
    const { spec, metadata, status } = budget;
    const pods = store
      .list<Pod>('pods', namespace)
      .filter((pod) => matchesLabelSelector(spec.selector, pod.metadata.labels));
    const disruptedPods = this.#stillDisrupted(status?.disruptedPods ?? {}, namespace);
    const current = pods.filter(
      (pod) => isHealthy(pod) && !pod.metadata.deletionTimestamp && !(pod.metadata.name in disruptedPods),
    ).length;
    const { expected, desired } = this.#expectation(budget, pods);
    const disruptionsAllowed = expected > 0 ? Math.max(0, current - desired) : 0;
    const allowed = disruptionsAllowed > 0;
    return {
      observedGeneration: metadata.generation ?? 1,
      ...(Object.keys(disruptedPods).length > 0 && { disruptedPods }),
      disruptionsAllowed,
      currentHealthy: current,
      desiredHealthy: desired,
      expectedPods: expected,
      conditions: [
        {
          type: 'DisruptionAllowed',
          status: allowed ? 'True' : 'False',
          reason: allowed ? 'SufficientPods' : 'InsufficientPods',
          message: '',
          lastTransitionTime: timeText(world.now()),
          observedGeneration: metadata.generation ?? 1,
        },
      ],
    };
  }

  #stillDisrupted(disrupted: Readonly<Record<string, string>>, namespace: string): Record<string, string> {
    const { store, world } = this.#context;
    const fresh = Object.entries(disrupted).filter(([name, since]) => {
      const pod = store.find<Pod>('pods', name, namespace);
      return pod && !pod.metadata.deletionTimestamp && world.now() - Date.parse(since) < DELETION_TIMEOUT_MS;
    });
    return Object.fromEntries(fresh);
  }

  /** Counts are about what controllers want; with a plain number of minAvailable, about the pods that are there. */
  #expectation({ spec }: PodDisruptionBudget, pods: readonly Pod[]): { expected: number; desired: number } {
    const { minAvailable, maxUnavailable } = spec;
    if (typeof minAvailable === 'number') return { expected: pods.length, desired: minAvailable };
    const expected = this.#wantedByControllers(pods);
    if (maxUnavailable !== undefined)
      return { expected, desired: Math.max(0, expected - scaled(maxUnavailable, expected)) };
    return { expected, desired: minAvailable === undefined ? 0 : scaled(minAvailable, expected) };
  }

  #wantedByControllers(pods: readonly Pod[]): number {
    const owners = new Map<string, number>();
    for (const pod of pods) {
      const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller);
      if (!owner || owners.has(owner.uid)) continue;
      const key = `${owner.kind.toLowerCase()}s.apps`;
      const workload = this.#context.store.find<Workload>(key, owner.name, pod.metadata.namespace);
      owners.set(owner.uid, workload?.spec.replicas ?? 1);
    }
    return [...owners.values()].reduce((sum, count) => sum + count, 0);
  }
}
