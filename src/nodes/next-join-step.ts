import { nodeRoleLabelPrefix, startupTaint } from './names.ts';
import type { Instance, JoinPolicy, Node, NodePod, Role, Taint } from './ports.ts';

/** The cloud controller removes it when it has filled in the Node. */
const uninitializedTaint = 'node.cloudprovider.kubernetes.io/uninitialized';

/** What was seen of a joining instance. */
export interface JoinObservation {
  /** undefined: EC2 does not show it. */
  readonly instanceState: Instance['state'] | undefined;
  readonly apiServer: 'answers' | 'unreachable';
  readonly node: Node | undefined;
  readonly pods: readonly NodePod[];
  /** Whether Tender is to mint its token and has not yet. */
  readonly needsOffer: boolean;
  /** Undecided certificate requests that concern this instance. */
  readonly pendingCsrs: number;
}

export type JoinStep =
  /** Mint its token and write its join configuration. */
  | 'offer'
  /** Look again later. */
  | 'wait'
  /** Judge its certificate requests. */
  | 'approve'
  /** Give it its labels and taints. */
  | 'label'
  /** Its Node is as it should be: go on to the load balancers. */
  | 'register'
  /** It is gone: undo. */
  | 'gone'
  /** The time is up: diagnose and undo. */
  | 'give-up';

/** What to do next, why, and when to look again. */
export interface NextJoinStep {
  readonly next: JoinStep;
  /** For people: `waits for DaemonSet kube-system/cilium`. */
  readonly why: string;
  readonly lookAgainSeconds: number;
}

/**
 * What a joining node needs next. The order is S4's: Ready, initialized, DaemonSets, labels and taints; load balancers come after.
 * An API server that does not answer is no reason to give up before the time is up, nor is silence a reason to act.
 */
export function nextJoinStep(
  seen: JoinObservation,
  policy: JoinPolicy,
  role: Role,
  joinBy: Date,
  now: Date,
): NextJoinStep {
  if (seen.instanceState === undefined || isLeaving(seen.instanceState)) {
    return { next: 'gone', why: `instance is ${seen.instanceState ?? 'unknown to EC2'}`, lookAgainSeconds: 0 };
  }
  const step = stepOf(seen, policy, role);
  if (step.next === 'wait' && now.getTime() + step.lookAgainSeconds * 1000 > joinBy.getTime()) {
    return now.getTime() >= joinBy.getTime()
      ? { next: 'give-up', why: `time is up: ${step.why}`, lookAgainSeconds: 0 }
      : { ...step, lookAgainSeconds: Math.max(1, Math.ceil((joinBy.getTime() - now.getTime()) / 1000)) };
  }
  return step;
}

function stepOf(seen: JoinObservation, policy: JoinPolicy, role: Role): NextJoinStep {
  if (seen.apiServer === 'unreachable') return wait('waits for the API server to answer', 20);
  if (seen.needsOffer) return { next: 'offer', why: 'has no token yet', lookAgainSeconds: 0 };
  if (seen.pendingCsrs > 0)
    return { next: 'approve', why: `${seen.pendingCsrs} certificate requests to judge`, lookAgainSeconds: 10 };
  if (seen.instanceState === 'pending') return wait('waits for the instance to run', 12);
  if (!seen.node) return wait('waits for the kubelet to ask for its certificate', 12);
  return stepOfNode(seen.node, seen.pods, policy, role);
}

function stepOfNode(node: Node, pods: readonly NodePod[], policy: JoinPolicy, role: Role): NextJoinStep {
  // Labels and taints come as early as the Node does, so that DaemonSets that select by role can start.
  const wrong = missingLabelsAndTaints(node, policy, role);
  if (wrong.length > 0) return { next: 'label', why: `lacks ${wrong.join(', ')}`, lookAgainSeconds: 10 };
  if (node.taints.some((taint) => taint.key === uninitializedTaint))
    return wait('waits for the cloud controller to initialize it', 10);
  const ready = node.conditions.find((condition) => condition.type === 'Ready');
  if (ready?.status !== 'True')
    return wait(`is not Ready: ${ready?.message || ready?.reason || 'no condition yet'}`, 20);
  const missing = policy.join.requiredDaemonSets.filter((wanted) => !pods.some((pod) => isReadyPodOf(pod, wanted)));
  if (missing.length > 0) return wait(`waits for DaemonSet ${missing.join(', ')}`, 15);
  return { next: 'register', why: 'is Ready with its DaemonSets, labels and taints', lookAgainSeconds: 0 };
}

/** Names of the role's labels and taints that the node lacks. */
export function missingLabelsAndTaints(node: Node, policy: JoinPolicy, role: Role): string[] {
  const wanted = wantedLabels(policy, role);
  const labels = Object.keys(wanted).filter((key) => node.labels[key] !== wanted[key]);
  const taints = (policy.roles[role]?.taints ?? []).filter((taint) => !hasTaint(node, taint));
  return [...labels.map((key) => `label ${key}`), ...taints.map((taint) => `taint ${taint.key}`)];
}

/** The labels a node of the role has, the role label included. */
export function wantedLabels(policy: JoinPolicy, role: Role): Readonly<Record<string, string>> {
  const rolePolicy = policy.roles[role];
  return {
    ...rolePolicy?.labels,
    ...(rolePolicy?.nodeRoleLabel === false ? {} : { [`${nodeRoleLabelPrefix}${role}`]: '' }),
  };
}

/** Whether workloads run there: anything but DaemonSet pods, mirror pods and finished ones. Never ABANDON such a node undrained (S4). */
export function runsWorkloads(pods: readonly NodePod[]): boolean {
  return pods.some(
    (pod) => pod.ownerKind !== 'DaemonSet' && !pod.mirror && pod.phase !== 'Succeeded' && pod.phase !== 'Failed',
  );
}

/** Whether the join gate has let it in: Ready, and the startup taint is gone. */
export function isAdmitted(node: Node): boolean {
  const ready = node.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  return ready && !node.taints.some((taint) => taint.key === startupTaint);
}

function hasTaint(node: Node, wanted: Taint): boolean {
  return node.taints.some(
    (taint) =>
      taint.key === wanted.key && taint.effect === wanted.effect && (taint.value ?? '') === (wanted.value ?? ''),
  );
}

function isReadyPodOf(pod: NodePod, daemonSet: string): boolean {
  return pod.ownerKind === 'DaemonSet' && `${pod.namespace}/${pod.ownerName}` === daemonSet && pod.ready;
}

function isLeaving(state: Instance['state']): boolean {
  return state === 'shutting-down' || state === 'terminated' || state === 'stopping' || state === 'stopped';
}

function wait(why: string, lookAgainSeconds: number): NextJoinStep {
  return { next: 'wait', why, lookAgainSeconds };
}
