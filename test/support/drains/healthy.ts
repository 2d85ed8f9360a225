import type {
  AttachedVolume,
  Budget,
  ClaimOnInstance,
  DrainInstance,
  DrainNode,
  DrainPod,
  DrainPolicy,
} from '../../../src/drains/ports.ts';
import { groupName, instanceId, later, noon, privateDnsName } from '../nodes/healthy.ts';

export { groupName, instanceId, later, noon, privateDnsName as nodeName } from '../nodes/healthy.ts';

/** The execution that drains. */
export const owner = 'arn:aws:states:us-east-1:111111111111:execution:node-retire:demo-1';

/** The registry's defaults. */
export function aDrainPolicy(changes: Partial<DrainPolicy> = {}): DrainPolicy {
  return {
    timeoutSeconds: 900,
    notReadyTimeoutSeconds: 30,
    graceCapSeconds: 900,
    whenTimeIsUp: 'give-up',
    deleteEmptyDirData: true,
    evictUnmanaged: true,
    doNotDisruptAnnotations: ['tender.sh/do-not-disrupt', 'cluster-autoscaler.kubernetes.io/safe-to-evict=false'],
    outOfServiceTaint: true,
    ...changes,
  };
}

/** A worker's Node that is Ready, schedulable, and nobody's work. */
export function aDrainNode(changes: Partial<DrainNode> = {}): DrainNode {
  return {
    name: privateDnsName,
    uid: 'node-1',
    resourceVersion: '1',
    providerId: `aws:///us-east-1a/${instanceId}`,
    internalIp: '10.0.1.23',
    unschedulable: false,
    labels: {},
    annotations: {},
    taints: [],
    ready: 'True',
    readySince: later(-86_400).toISOString(),
    ...changes,
  };
}

/** A ready pod of a ReplicaSet in namespace `shop` that any drain may evict. */
export function aDrainPod(changes: Partial<DrainPod> = {}): DrainPod {
  const name = changes.name ?? 'web-1';
  return {
    namespace: 'shop',
    name,
    uid: `uid-of-${name}`,
    phase: 'Running',
    ready: true,
    labels: { app: 'web' },
    annotations: {},
    ownerKind: 'ReplicaSet',
    ownerName: 'web',
    mirror: false,
    gracePeriodSeconds: 30,
    usesEmptyDir: false,
    claims: [],
    finalizers: [],
    hostNetwork: false,
    createdAt: later(-3600).toISOString(),
    ...changes,
  };
}

/** So many pods `web-1`, `web-2`, …. */
export function somePods(count: number, changes: Partial<DrainPod> = {}): readonly DrainPod[] {
  return Array.from({ length: count }, (_, index) => aDrainPod({ name: `web-${index + 1}`, ...changes }));
}

/** A budget of the pods that {@link aDrainPod} makes, with three healthy where two are wanted. */
export function aBudget(changes: Partial<Budget> = {}): Budget {
  return {
    namespace: 'shop',
    name: 'web',
    selector: { matchLabels: { app: 'web' }, matchExpressions: [] },
    disruptionsAllowed: 1,
    currentHealthy: 3,
    desiredHealthy: 2,
    observedGenerationIsCurrent: true,
    unhealthyPodEvictionPolicy: 'IfHealthyBudget',
    ...changes,
  };
}

/** The budget of {@link aBudget} with nothing to spare. */
export function aTightBudget(changes: Partial<Budget> = {}): Budget {
  return aBudget({ disruptionsAllowed: 0, currentHealthy: 2, ...changes });
}

/** The volume of pod `db-0`, attached. */
export function aVolume(changes: Partial<AttachedVolume> = {}): AttachedVolume {
  return { name: 'csi-1', persistentVolume: 'pv-1', claim: 'shop/data-db-0', ...changes };
}

/** The instance, running in its group. */
export function aDrainInstance(changes: Partial<DrainInstance> = {}): DrainInstance {
  return { instanceId, state: 'running', zone: 'us-east-1a', ipAddress: '10.0.1.23', groupName, ...changes };
}

/** The claim of {@link owner}, for half an hour. */
export function aClaimOnInstance(changes: Partial<ClaimOnInstance> = {}): ClaimOnInstance {
  return { owner, deadline: later(1800, noon).toISOString(), leaving: false, ...changes };
}
