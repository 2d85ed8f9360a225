import type { ClusterNode, KubeObject } from '../simulator/kubernetes/api/objects.ts';
import type { DemoCluster } from './demo-cluster.ts';
import type { LocalDeployment } from './local-deployment.ts';

/** The world that is looked at. */
interface Place {
  readonly deployment: LocalDeployment;
  readonly cluster: DemoCluster;
}

const MARKS = ['tender.sh/owner', 'tender.sh/marks', 'tender.sh/reboot'];
const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';
const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';
const TAINTS: Readonly<Record<string, string>> = {
  'tender.sh/joining': 'startup taint',
  'node.kubernetes.io/out-of-service': 'out-of-service taint',
};

/**
 * Sentences about everything that should not be there once all is at rest; empty when all is well. It is about what Tender
 * makes and about what it has to clear away. Somebody else's cordon or label is among them: a test that plants one expects it.
 */
export function leftoversIn(place: Place): string[] {
  return [
    ...running(place).map((name) => `execution ${name} runs`),
    ...claimsIn(place).map((key) => `claim ${key}`),
    ...leasesIn(place).map(({ instanceId }) => `lease of ${instanceId}`),
    ...tokens(place).map((name) => `token ${name}`),
    ...joinParametersIn(place).map((name) => `parameter ${name}`),
    ...strayTargets(place).map((id) => `target ${id}`),
    ...place.cluster.kubernetes.store.list<ClusterNode>('nodes').flatMap((node) => onNode(place, node)),
  ];
}

/** One registration: what is registered, and with which target group or classic load balancer. */
interface Registration {
  readonly place: string;
  /** An instance or an address. */
  readonly id: string;
}

/** All registrations with load balancers of the region, those that are draining left out. */
export function registrationsIn({ deployment }: Pick<Place, 'deployment'>): Registration[] {
  const { loadBalancing, classic } = deployment.cloud.fleet;
  const registered = [
    ...[...loadBalancing.targetGroups.values()].flatMap(({ name, targets }) =>
      [...targets.values()].map(({ id, drainsUntil }) => ({ place: name, id, drainsUntil })),
    ),
    ...[...classic.all.values()].flatMap(({ name, instances }) =>
      [...instances.values()].map(({ instanceId: id, drainsUntil }) => ({ place: name, id, drainsUntil })),
    ),
  ];
  return registered.filter(({ drainsUntil }) => drainsUntil === undefined).map(({ place, id }) => ({ place, id }));
}

/** Instances behind any load balancer of the region, those that are draining left out; one that is behind two comes twice. */
export function registeredTargets(place: Place): string[] {
  return registrationsIn(place).map(({ id }) => id);
}

/** Keys in the state bucket that are there now. */
export function keysIn({ deployment }: Place, prefix: string): string[] {
  const bucket = deployment.cloud.buckets.find(deployment.resource('StateBucket'));
  return [...(bucket?.versions.entries() ?? [])]
    .filter(
      ([key, versions]) => key.startsWith(prefix) && versions.at(-1)?.deleteMarker !== true && versions.length > 0,
    )
    .map(([key]) => key);
}

/** Claims that somebody would have to clear away: that of an instance that is off keeps the note of where it was registered, for whoever starts it (S14). */
export function claimsIn(place: Place): string[] {
  const { instances } = place.deployment.cloud.fleet;
  return keysIn(place, 'claims/').filter((key) => {
    const { instanceId = '', deregistered = [] } = claimAt(place, key);
    return deregistered.length === 0 || instances.all.get(instanceId)?.state !== 'stopped';
  });
}

interface Claim {
  readonly instanceId?: string;
  readonly owner?: string;
  readonly offered?: boolean;
  readonly deregistered?: readonly unknown[];
}

/** A claim, by its key in the state bucket. One that somebody edited into something else says nothing. */
export function claimAt({ deployment }: Place, key: string): Claim {
  const versions = deployment.cloud.buckets.find(deployment.resource('StateBucket'))?.versions.get(key);
  try {
    return JSON.parse(Buffer.from(versions?.at(-1)?.body ?? '{}').toString('utf8')) as Claim;
  } catch {
    return {};
  }
}

/** Names of executions of any workflow that are not over. */
export function running({ deployment }: Place): string[] {
  return deployment.cloud.states
    .executions()
    .filter(({ run }) => run.outcome === undefined)
    .map(({ name }) => name);
}

/** A lease in the cluster's ledger. */
interface Lease {
  readonly instanceId: string;
  readonly execution: string;
}

/** Leases that count: that of an instance that is gone, or off and in no group or retained, goes with the next change of the ledger (docs/adr/0009). */
export function leasesIn({ deployment, cluster }: Place): Lease[] {
  const bucket = deployment.cloud.buckets.find(deployment.resource('StateBucket'));
  const current = bucket?.versions.get(`disruptions/${cluster.name}.json`)?.at(-1);
  if (!current || current.deleteMarker) return [];
  const ledger = JSON.parse(Buffer.from(current.body).toString('utf8')) as { leases: Lease[] };
  const { instances, groups } = deployment.cloud.fleet;
  return ledger.leases.filter(({ instanceId }) => {
    const state = instances.all.get(instanceId)?.state;
    const member = groups.scaling.groupOf(instanceId)?.members.get(instanceId);
    if (state === 'stopped') return member !== undefined && member.state !== 'Terminating:Retained';
    return !['shutting-down', 'terminated', undefined].includes(state);
  });
}

function tokens({ cluster }: Place): string[] {
  return cluster.kubernetes.store
    .list<KubeObject>('secrets', 'kube-system')
    .map(({ metadata }) => metadata.name)
    .filter((name) => name.startsWith('bootstrap-token-'));
}

/** Parameters that hold a machine's way to join. */
export function joinParametersIn({ deployment }: Pick<Place, 'deployment'>): string[] {
  return deployment.cloud.parameters
    .list()
    .map(({ name }) => name)
    .filter((name) => name.startsWith('/tender/join/'));
}

/** Targets that are no member in service of a group. */
function strayTargets(place: Place): string[] {
  const members = [...place.deployment.cloud.fleet.groups.all.values()].flatMap(({ members }) => [...members.values()]);
  const serving = new Set(members.filter(({ state }) => state === 'InService').map(({ instanceId }) => instanceId));
  return registeredTargets(place).filter((id) => !serving.has(id));
}

function onNode({ deployment }: Place, node: ClusterNode): string[] {
  const { metadata, spec } = node;
  const instance = deployment.cloud.fleet.instances.all.get(spec.providerID?.split('/').at(-1) ?? '');
  return [
    ...marksOn(node),
    ...(spec.unschedulable ? [`cordon of ${metadata.name}`] : []),
    ...(spec.providerID && (!instance || instance.state === 'terminated')
      ? [`node ${metadata.name} of no instance`]
      : []),
  ];
}

/** What only Tender puts on a Node: annotations, label, taints. A cordon may be anybody's. */
export function marksOn({ metadata, spec }: ClusterNode): string[] {
  const { name, annotations = {}, labels = {} } = metadata;
  return [
    ...MARKS.filter((mark) => annotations[mark] !== undefined).map((mark) => `${mark} on ${name}`),
    // Kubeadm itself marks nodes of the control plane so.
    ...(labels[EXCLUDED] === undefined || labels[CONTROL_PLANE] !== undefined ? [] : [`label ${EXCLUDED} on ${name}`]),
    ...(spec.taints ?? []).flatMap(({ key }) => (TAINTS[key] === undefined ? [] : [`${TAINTS[key]} on ${name}`])),
  ];
}
