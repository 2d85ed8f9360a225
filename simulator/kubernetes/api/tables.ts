import { type ClusterNode, conditionOf, type Fields, type KubeObject, type Pod } from './objects.ts';
import type { ResourceType } from './resources.ts';

interface Column {
  readonly name: string;
  readonly type?: string;
  readonly format?: string;
  /** 1: only with `-o wide`. */
  readonly priority?: number;
  readonly cell: (object: KubeObject & Fields, now: number) => string | number;
}

/** How kubectl and the API server write a duration: the two largest units. */
function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return hours % 24 === 0 ? `${days}d` : `${days}d${hours % 24}h`;
  if (days < 730) return `${days}d`;
  return `${Math.floor(days / 365)}y`;
}

function since(text: string | null | undefined, now: number): string {
  return text ? humanDuration(now - Date.parse(text)) : '<unknown>';
}

const NAME: Column = { name: 'Name', format: 'name', cell: (object) => object.metadata.name };
const AGE: Column = { name: 'Age', cell: (object, now) => since(object.metadata.creationTimestamp, now) };

function at(object: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, step) => (value as Fields | undefined)?.[step], object);
}

function text(path: string, fallback = '<none>'): Column['cell'] {
  return (object) => {
    const value = at(object, path);
    return typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? value : fallback;
  };
}

function count(path: string): Column['cell'] {
  return (object) => Number(at(object, path) ?? 0);
}

function size(path: string): Column['cell'] {
  return (object) => {
    const value = at(object, path);
    return Array.isArray(value) ? value.length : Object.keys((value as object | undefined) ?? {}).length;
  };
}

function nodeStatus(object: KubeObject & Fields): string {
  const node = object as unknown as ClusterNode;
  const ready = conditionOf(node, 'Ready');
  const state = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec.unschedulable ? `${state},SchedulingDisabled` : state;
}

function nodeRoles(object: KubeObject): string {
  const labels = object.metadata.labels ?? {};
  const roles = Object.entries(labels).flatMap(([key, value]) => {
    if (key.startsWith('node-role.kubernetes.io/')) return [key.slice('node-role.kubernetes.io/'.length)];
    return key === 'kubernetes.io/role' ? [value] : [];
  });
  return (
    roles
      .filter((role) => role !== '')
      .sort()
      .join(',') || '<none>'
  );
}

function nodeAddress(type: string): Column['cell'] {
  return (object) =>
    (object as unknown as ClusterNode).status?.addresses?.find((address) => address.type === type)?.address ?? '<none>';
}

/** What `kubectl get pods` prints as STATUS. */
function podStatus(pod: Pod): string {
  const waiting = pod.status?.containerStatuses?.find((status) => status.state?.waiting)?.state?.waiting as
    | { reason?: string }
    | undefined;
  const reason = pod.status?.reason ?? waiting?.reason ?? pod.status?.phase ?? 'Unknown';
  if (pod.metadata.deletionTimestamp) return pod.status?.reason === 'NodeLost' ? 'Unknown' : 'Terminating';
  return reason === 'Succeeded' ? 'Completed' : reason;
}

function podReady(object: KubeObject & Fields): string {
  const pod = object as unknown as Pod;
  const ready = (pod.status?.containerStatuses ?? []).filter((status) => status.ready).length;
  return `${ready}/${pod.spec.containers.length}`;
}

function restarts(object: KubeObject & Fields): string {
  const statuses = (object as unknown as Pod).status?.containerStatuses ?? [];
  return String(statuses.reduce((sum, status) => sum + status.restartCount, 0));
}

function requestCondition(object: KubeObject & Fields): string {
  const names = ((at(object, 'status.conditions') ?? []) as { type: string }[]).map((condition) => condition.type);
  const issued = at(object, 'status.certificate') ? ['Issued'] : [];
  return names.length === 0 ? 'Pending' : [...names, ...issued].join(',');
}

function requestedDuration(object: KubeObject & Fields): string {
  const seconds = at(object, 'spec.expirationSeconds');
  return typeof seconds === 'number' ? humanDuration(seconds * 1000) : '<none>';
}

function eventObject(object: KubeObject & Fields): string {
  const { kind = '', name = '' } = (object.involvedObject ?? object.regarding ?? {}) as {
    kind?: string;
    name?: string;
  };
  return `${kind.toLowerCase()}/${name}`;
}

function lastSeen(object: KubeObject & Fields, now: number): string {
  const last =
    object.lastTimestamp ?? object.deprecatedLastTimestamp ?? object.eventTime ?? object.metadata.creationTimestamp;
  return since(last as string, now);
}

function selectorText(object: KubeObject & Fields, path: string): string {
  const selector = Object.entries((at(object, path) ?? {}) as Record<string, string>);
  return selector.length === 0 ? '<none>' : selector.map(([key, value]) => `${key}=${value}`).join(',');
}

function limit(path: string): Column['cell'] {
  return text(path, 'N/A');
}

function readyOf(ready: string, wanted: string): Column['cell'] {
  return (object) => `${Number(at(object, ready) ?? 0)}/${Number(at(object, wanted) ?? 0)}`;
}

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  nodes: [
    NAME,
    { name: 'Status', cell: nodeStatus },
    { name: 'Roles', cell: nodeRoles },
    AGE,
    { name: 'Version', cell: text('status.nodeInfo.kubeletVersion', '') },
    { name: 'Internal-IP', priority: 1, cell: nodeAddress('InternalIP') },
    { name: 'External-IP', priority: 1, cell: nodeAddress('ExternalIP') },
    { name: 'OS-Image', priority: 1, cell: text('status.nodeInfo.osImage', '<unknown>') },
    { name: 'Kernel-Version', priority: 1, cell: text('status.nodeInfo.kernelVersion', '<unknown>') },
    { name: 'Container-Runtime', priority: 1, cell: text('status.nodeInfo.containerRuntimeVersion', '<unknown>') },
  ],
  pods: [
    NAME,
    { name: 'Ready', cell: podReady },
    { name: 'Status', cell: (object) => podStatus(object as unknown as Pod) },
    { name: 'Restarts', cell: restarts },
    AGE,
    { name: 'IP', priority: 1, cell: text('status.podIP') },
    { name: 'Node', priority: 1, cell: text('spec.nodeName') },
    { name: 'Nominated Node', priority: 1, cell: text('status.nominatedNodeName') },
    { name: 'Readiness Gates', priority: 1, cell: () => '<none>' },
  ],
  'certificatesigningrequests.certificates.k8s.io': [
    NAME,
    AGE,
    { name: 'SignerName', cell: text('spec.signerName') },
    { name: 'Requestor', cell: text('spec.username') },
    { name: 'RequestedDuration', cell: requestedDuration },
    { name: 'Condition', cell: requestCondition },
  ],
  events: [
    { name: 'Last Seen', cell: lastSeen },
    { name: 'Type', cell: text('type', '') },
    { name: 'Reason', cell: text('reason', '') },
    { name: 'Object', cell: eventObject },
    { name: 'Subobject', priority: 1, cell: text('involvedObject.fieldPath', '') },
    { name: 'Source', priority: 1, cell: text('source.component', '') },
    { name: 'Message', cell: (object) => String(object.message ?? object.note ?? '').trim() },
    { name: 'Count', priority: 1, cell: count('count') },
    { name: 'Name', priority: 1, cell: (object) => object.metadata.name },
  ],
  secrets: [NAME, { name: 'Type', cell: text('type') }, { name: 'Data', type: 'integer', cell: size('data') }, AGE],
  configmaps: [NAME, { name: 'Data', type: 'integer', cell: size('data') }, AGE],
  namespaces: [NAME, { name: 'Status', cell: text('status.phase') }, AGE],
  serviceaccounts: [NAME, { name: 'Secrets', type: 'integer', cell: size('secrets') }, AGE],
  'leases.coordination.k8s.io': [NAME, { name: 'Holder', cell: text('spec.holderIdentity') }, AGE],
  'daemonsets.apps': [
    NAME,
    { name: 'Desired', type: 'integer', cell: count('status.desiredNumberScheduled') },
    { name: 'Current', type: 'integer', cell: count('status.currentNumberScheduled') },
    { name: 'Ready', type: 'integer', cell: count('status.numberReady') },
    { name: 'Up-to-date', type: 'integer', cell: count('status.updatedNumberScheduled') },
    { name: 'Available', type: 'integer', cell: count('status.numberAvailable') },
    { name: 'Node Selector', cell: (object) => selectorText(object, 'spec.template.spec.nodeSelector') },
    AGE,
  ],
  'deployments.apps': [
    NAME,
    { name: 'Ready', cell: readyOf('status.readyReplicas', 'spec.replicas') },
    { name: 'Up-to-date', type: 'integer', cell: count('status.updatedReplicas') },
    { name: 'Available', type: 'integer', cell: count('status.availableReplicas') },
    AGE,
  ],
  'replicasets.apps': [
    NAME,
    { name: 'Desired', type: 'integer', cell: count('spec.replicas') },
    { name: 'Current', type: 'integer', cell: count('status.replicas') },
    { name: 'Ready', type: 'integer', cell: count('status.readyReplicas') },
    AGE,
  ],
  'statefulsets.apps': [NAME, { name: 'Ready', cell: readyOf('status.readyReplicas', 'spec.replicas') }, AGE],
  'poddisruptionbudgets.policy': [
    NAME,
    { name: 'Min Available', cell: limit('spec.minAvailable') },
    { name: 'Max Unavailable', cell: limit('spec.maxUnavailable') },
    { name: 'Allowed Disruptions', type: 'integer', cell: count('status.disruptionsAllowed') },
    AGE,
  ],
  'volumeattachments.storage.k8s.io': [
    NAME,
    { name: 'Attacher', cell: text('spec.attacher') },
    { name: 'PV', cell: text('spec.source.persistentVolumeName') },
    { name: 'Node', cell: text('spec.nodeName') },
    { name: 'Attached', cell: (object) => String(at(object, 'status.attached') ?? false) },
    AGE,
  ],
  services: [
    NAME,
    { name: 'Type', cell: text('spec.type', 'ClusterIP') },
    { name: 'Cluster-IP', cell: text('spec.clusterIP') },
    AGE,
  ],
  'clusterroles.rbac.authorization.k8s.io': [NAME, { name: 'Created At', cell: text('metadata.creationTimestamp') }],
  'roles.rbac.authorization.k8s.io': [NAME, { name: 'Created At', cell: text('metadata.creationTimestamp') }],
  'clusterrolebindings.rbac.authorization.k8s.io': [
    NAME,
    { name: 'Role', cell: (object) => `${String(at(object, 'roleRef.kind'))}/${String(at(object, 'roleRef.name'))}` },
    AGE,
  ],
  'rolebindings.rbac.authorization.k8s.io': [
    NAME,
    { name: 'Role', cell: (object) => `${String(at(object, 'roleRef.kind'))}/${String(at(object, 'roleRef.name'))}` },
    AGE,
  ],
};

/** Kinds without columns of their own print name and creation, as the default table convertor does. */
const DEFAULT_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Created At', type: 'date', cell: text('metadata.creationTimestamp', '<unknown>') },
];

/** What the table keeps of each object: `includeObject` of the request. */
export type IncludeObject = 'Metadata' | 'Object' | 'None';

function rowObject(object: KubeObject, include: IncludeObject): unknown {
  if (include === 'None') return undefined;
  if (include === 'Object') return object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/** The server-side table that `kubectl get` prints. */
export function tableOf(
  type: ResourceType,
  objects: readonly KubeObject[],
  metadata: Fields,
  now: number,
  include: IncludeObject,
): Fields {
  const columns = COLUMNS[type.storedAs] ?? DEFAULT_COLUMNS;
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columns.map(({ name, type: kind = 'string', format = '', priority = 0 }) => ({
      name,
      type: kind,
      format,
      description: '',
      priority,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object as KubeObject & Fields, now)),
      object: rowObject(object, include),
    })),
  };
}
