import type { ClusterNode, KubeObject } from '../simulator/kubernetes/api/objects.ts';
import type { DemoCluster } from './demo-cluster.ts';
import type { LocalDeployment } from './local-deployment.ts';

/** The world that is looked at. */
interface Place {
  readonly deployment: LocalDeployment;
  readonly cluster: DemoCluster;
}

const MARKS = ['tender.sh/owner', 'tender.sh/marks'];
const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';
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
    ...keysIn(place, 'claims/').map((key) => `claim ${key}`),
    ...leases(place).map((instanceId) => `lease of ${instanceId}`),
    ...tokens(place).map((name) => `token ${name}`),
    ...joinParameters(place).map((name) => `parameter ${name}`),
    ...strayTargets(place).map((id) => `target ${id}`),
    ...place.cluster.kubernetes.store.list<ClusterNode>('nodes').flatMap((node) => onNode(place, node)),
  ];
}

/** Instances behind any load balancer of the region, those that are draining left out; one that is behind two comes twice. */
export function registeredTargets({ deployment }: Place): string[] {
  const { loadBalancing, classic } = deployment.cloud.fleet;
  const registered = [
    ...[...loadBalancing.targetGroups.values()].flatMap(({ targets }) => [...targets.values()]),
    ...[...classic.all.values()].flatMap(({ instances }) =>
      [...instances.values()].map(({ instanceId: id, drainsUntil }) => ({ id, drainsUntil })),
    ),
  ];
  return registered.filter(({ drainsUntil }) => drainsUntil === undefined).map(({ id }) => id);
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

/** Names of executions of any workflow that are not over. */
export function running({ deployment }: Place): string[] {
  return deployment.cloud.states
    .executions()
    .filter(({ run }) => run.outcome === undefined)
    .map(({ name }) => name);
}

/** The lease of an instance that is gone counts for nothing and goes with the next change of the ledger. */
function leases({ deployment, cluster }: Place): string[] {
  const bucket = deployment.cloud.buckets.find(deployment.resource('StateBucket'));
  const current = bucket?.versions.get(`disruptions/${cluster.name}.json`)?.at(-1);
  if (!current || current.deleteMarker) return [];
  const ledger = JSON.parse(Buffer.from(current.body).toString('utf8')) as { leases: { instanceId: string }[] };
  const { all } = deployment.cloud.fleet.instances;
  return ledger.leases
    .map(({ instanceId }) => instanceId)
    .filter((instanceId) => !['shutting-down', 'terminated', undefined].includes(all.get(instanceId)?.state));
}

function tokens({ cluster }: Place): string[] {
  return cluster.kubernetes.store
    .list<KubeObject>('secrets', 'kube-system')
    .map(({ metadata }) => metadata.name)
    .filter((name) => name.startsWith('bootstrap-token-'));
}

function joinParameters({ deployment }: Place): string[] {
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

function onNode({ deployment }: Place, { metadata, spec }: ClusterNode): string[] {
  const { name, annotations = {}, labels = {} } = metadata;
  const instance = deployment.cloud.fleet.instances.all.get(spec.providerID?.split('/').at(-1) ?? '');
  return [
    ...MARKS.filter((mark) => annotations[mark] !== undefined).map((mark) => `${mark} on ${name}`),
    ...(labels[EXCLUDED] === undefined ? [] : [`label ${EXCLUDED} on ${name}`]),
    ...(spec.unschedulable ? [`cordon of ${name}`] : []),
    ...(spec.taints ?? []).flatMap(({ key }) => (TAINTS[key] === undefined ? [] : [`${TAINTS[key]} on ${name}`])),
    ...(spec.providerID && (!instance || instance.state === 'terminated') ? [`node ${name} of no instance`] : []),
  ];
}
