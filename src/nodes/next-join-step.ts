import { excludedFromLoadBalancersLabel, nodeRoleLabelPrefix, startupTaint } from './names.ts';
import type { Instance, JoinPolicy, Node, NodePod, Role, Taint } from './ports.ts';

/** The cloud controller removes it when it has filled in the Node. */
const uninitializedTaint = 'node.cloudprovider.kubernetes.io/uninitialized';

/**
 * Seconds until the next look. Each look is three state transitions and each second of waiting is one in which a node that is ready serves
 * nobody, so: short where the next thing is a matter of seconds, longer where a machine boots. `npm run bench -- bootstrap` weighs them.
 */
const pause = {
  forApiServer: 20,
  /** A kubelet tries its TLS bootstrap again about every 10 s. */
  afterOutage: 15,
  forInstance: 12,
  /** Kernel, cloud-init and kubeadm's pre-flight checks: half a minute to minutes, and nothing tells how far it is. */
  forKubelet: 18,
  /** With its certificate a kubelet registers, pulls the network plugin, is initialized and asks for its serving certificate. */
  afterClientCertificate: 8,
  /** What was asked of the API server is done when it has answered. */
  afterAction: 2,
  /** Reads the instance's metadata and fills in the Node: 3 to 8 s. */
  forCloudController: 4,
  /** Image pulls of the network plugin and of DaemonSets. */
  forNetwork: 8,
} as const;

/** What was seen of a joining instance. */
export interface JoinObservation {
  /** undefined: EC2 does not show it. */
  readonly instanceState: Instance['state'] | undefined;
  /** How long ago it was launched; 0 when that is not known. */
  readonly ageSeconds?: number | undefined;
  /** Whether a signal has come meanwhile that takes it in any case. */
  readonly leaves?: boolean | undefined;
  readonly apiServer: 'answers' | 'unreachable';
  readonly node: Node | undefined;
  readonly pods: readonly NodePod[];
  /** Whether Tender is to mint its token and has not yet. */
  readonly needsOffer: boolean;
  /** Whether a client certificate was approved for its token. */
  readonly tokenSpent?: boolean | undefined;
  /** Whether the API server did not answer at the look before this one. */
  readonly apiServerWasAway?: boolean | undefined;
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
  /** A later signal takes it: whoever drains it waits for the claim. */
  | 'leaving'
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
  if (seen.instanceState === 'shutting-down' || seen.instanceState === 'terminated') {
    return { next: 'gone', why: `instance is ${seen.instanceState}`, lookAgainSeconds: 0 };
  }
  if (seen.leaves) return { next: 'leaving', why: 'a later signal says that it goes', lookAgainSeconds: 0 };
  const step = stepOf(seen, policy, role);
  if (step.next === 'register') return step;
  const secondsLeft = Math.ceil((joinBy.getTime() - now.getTime()) / 1000);
  // Whatever it lacks: a label that something keeps taking off would be put on without end.
  if (secondsLeft <= 0) return { next: 'give-up', why: `time is up: ${step.why}`, lookAgainSeconds: 0 };
  return { ...step, lookAgainSeconds: Math.min(step.lookAgainSeconds, secondsLeft) };
}

function stepOf(seen: JoinObservation, policy: JoinPolicy, role: Role): NextJoinStep {
  // Describe calls lag: one that shows nothing, or an instance that has just left a warm pool as stopped, is no proof.
  if (seen.instanceState === undefined)
    return wait('waits for EC2 to show the instance', paced(pause.forInstance, seen));
  if (seen.instanceState === 'stopped' || seen.instanceState === 'stopping')
    return wait(`waits for the instance, which is ${seen.instanceState}`, paced(pause.forInstance, seen));
  if (seen.apiServer === 'unreachable')
    return wait('waits for the API server to answer', paced(pause.forApiServer, seen));
  if (seen.needsOffer && !seen.node) return { next: 'offer', why: 'has no token yet', lookAgainSeconds: 0 };
  // Labels and taints come as early as the Node does, so that DaemonSets that select by role can start.
  const wrong = seen.node ? missingLabelsAndTaints(seen.node, policy, role) : [];
  if (wrong.length > 0) return { next: 'label', why: `lacks ${wrong.join(', ')}`, lookAgainSeconds: pause.afterAction };
  // A kubelet whose watch broke asks again within seconds, with its token, which the approval would delete.
  if (seen.pendingCsrs > 0 && seen.apiServerWasAway)
    return wait('waits for its kubelet to find the API server again', pause.afterOutage);
  if (seen.pendingCsrs > 0)
    return {
      next: 'approve',
      why: `${seen.pendingCsrs} certificate requests to judge`,
      lookAgainSeconds: seen.node ? pause.afterAction : pause.afterClientCertificate,
    };
  if (seen.instanceState === 'pending') return wait('waits for the instance to run', paced(pause.forInstance, seen));
  if (!seen.node) return wait(whyNoNode(seen), paced(pause.forKubelet, seen));
  return stepOfNode(seen, seen.node, policy, role);
}

function whyNoNode({ tokenSpent }: JoinObservation): string {
  return tokenSpent
    ? 'waits for its Node, for which a certificate was approved; if its kubelet asked for none, somebody else has its token'
    : 'waits for the kubelet to ask for its certificate';
}

function stepOfNode(seen: JoinObservation, node: Node, policy: JoinPolicy, role: Role): NextJoinStep {
  // It sets our startup taint once more: taken off before, that would stay.
  if (isUnmarked(node, policy, role)) return wait('waits for kubeadm to mark it as control plane', pause.afterAction);
  if (node.taints.some((taint) => taint.key === uninitializedTaint))
    return wait('waits for the cloud controller to initialize it', pause.forCloudController);
  const ready = node.conditions.find((condition) => condition.type === 'Ready');
  if (ready?.status !== 'True')
    return wait(
      `is not Ready: ${ready?.message || ready?.reason || 'no condition yet'}`,
      paced(pause.forNetwork, seen),
    );
  const missing = policy.join.requiredDaemonSets.filter(
    (wanted) => !seen.pods.some((pod) => isReadyPodOf(pod, wanted)),
  );
  if (missing.length > 0) return wait(`waits for DaemonSet ${missing.join(', ')}`, paced(pause.forNetwork, seen));
  return { next: 'register', why: 'is Ready with its DaemonSets, labels and taints', lookAgainSeconds: 0 };
}

function isUnmarked({ labels }: Node, { join }: JoinPolicy, role: Role): boolean {
  const byKubeadm = role === 'control-plane' && join.controlPlane === 'kubeadm';
  return byKubeadm && labels[excludedFromLoadBalancersLabel] === undefined;
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

/** What takes long may take longer: from a sixteenth of the instance's age on, up to half a minute, so that a quarter of an hour is not 60 looks. */
function paced(seconds: number, { ageSeconds = 0 }: JoinObservation): number {
  return Math.max(seconds, Math.min(30, Math.round(ageSeconds / 16)));
}

function wait(why: string, lookAgainSeconds: number): NextJoinStep {
  return { next: 'wait', why, lookAgainSeconds };
}
