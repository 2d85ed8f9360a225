/** One kind of thing that the API server serves. */
export interface ResourceType {
  /** Plural and group: `nodes`, `leases.coordination.k8s.io`; the key of its storage. */
  readonly key: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly subresources: readonly string[];
  readonly categories: readonly string[];
  /** Asked by creating; nothing is stored. */
  readonly review: boolean;
  /** Where the objects are stored, when this is only another view on them. */
  readonly storedAs: string;
  /** Whether an update must name the resourceVersion that it saw. */
  readonly conditionalUpdate: boolean;
  /** Whether `metadata.generation` counts changes of the spec. */
  readonly counted: boolean;
}

interface Definition {
  readonly kind: string;
  readonly resource?: string;
  readonly short?: readonly string[];
  readonly namespaced?: boolean;
  readonly sub?: readonly string[];
  readonly all?: boolean;
  readonly review?: boolean;
  readonly storedAs?: string;
  readonly conditionalUpdate?: boolean;
  readonly counted?: boolean;
}

function define(groupVersion: string, definitions: readonly Definition[]): ResourceType[] {
  const slash = groupVersion.indexOf('/');
  const group = slash < 0 ? '' : groupVersion.slice(0, slash);
  return definitions.map((definition) => {
    const singular = definition.kind.toLowerCase();
    const resource = definition.resource ?? `${singular}s`;
    const key = group === '' ? resource : `${resource}.${group}`;
    return {
      key,
      group,
      version: groupVersion.slice(slash + 1),
      resource,
      singular,
      kind: definition.kind,
      shortNames: definition.short ?? [],
      namespaced: definition.namespaced ?? false,
      subresources: definition.sub ?? [],
      categories: definition.all ? ['all'] : [],
      review: definition.review ?? false,
      storedAs: definition.storedAs ?? key,
      conditionalUpdate: definition.conditionalUpdate ?? false,
      counted: definition.counted ?? false,
    };
  });
}

const workload = { namespaced: true, all: true, counted: true } as const;

/** Everything that is served, in the order in which discovery lists the groups. */
export const RESOURCES: readonly ResourceType[] = [
  ...define('v1', [
    { kind: 'ConfigMap', short: ['cm'], namespaced: true },
    { kind: 'Endpoints', resource: 'endpoints', short: ['ep'], namespaced: true },
    { kind: 'Event', short: ['ev'], namespaced: true },
    { kind: 'Namespace', short: ['ns'], sub: ['status', 'finalize'] },
    { kind: 'Node', short: ['no'], sub: ['status'] },
    { kind: 'PersistentVolumeClaim', short: ['pvc'], namespaced: true, sub: ['status'] },
    { kind: 'PersistentVolume', short: ['pv'], sub: ['status'] },
    { kind: 'Pod', short: ['po'], namespaced: true, all: true, counted: true, sub: ['status', 'eviction', 'binding'] },
    { kind: 'Secret', namespaced: true },
    { kind: 'ServiceAccount', short: ['sa'], namespaced: true, sub: ['token'] },
    { kind: 'Service', short: ['svc'], namespaced: true, all: true, sub: ['status'] },
  ]),
  ...define('events.k8s.io/v1', [{ kind: 'Event', short: ['ev'], namespaced: true, storedAs: 'events' }]),
  ...define('authentication.k8s.io/v1', [
    { kind: 'TokenReview', review: true },
    { kind: 'SelfSubjectReview', review: true },
  ]),
  ...define('authorization.k8s.io/v1', [
    { kind: 'LocalSubjectAccessReview', namespaced: true, review: true },
    { kind: 'SelfSubjectAccessReview', review: true },
    { kind: 'SelfSubjectRulesReview', review: true },
    { kind: 'SubjectAccessReview', review: true },
  ]),
  ...define('apps/v1', [
    { kind: 'DaemonSet', short: ['ds'], ...workload, sub: ['status'] },
    { kind: 'Deployment', short: ['deploy'], ...workload, sub: ['status', 'scale'] },
    { kind: 'ReplicaSet', short: ['rs'], ...workload, sub: ['status', 'scale'] },
    { kind: 'StatefulSet', short: ['sts'], ...workload, sub: ['status', 'scale'] },
  ]),
  ...define('certificates.k8s.io/v1', [
    { kind: 'CertificateSigningRequest', short: ['csr'], sub: ['status', 'approval'] },
  ]),
  ...define('policy/v1', [
    { kind: 'PodDisruptionBudget', short: ['pdb'], namespaced: true, sub: ['status'], counted: true },
  ]),
  ...define('rbac.authorization.k8s.io/v1', [
    { kind: 'ClusterRoleBinding' },
    { kind: 'ClusterRole' },
    { kind: 'RoleBinding', namespaced: true },
    { kind: 'Role', namespaced: true },
  ]),
  ...define('storage.k8s.io/v1', [
    { kind: 'CSINode' },
    { kind: 'StorageClass', resource: 'storageclasses', short: ['sc'] },
    { kind: 'VolumeAttachment', sub: ['status'] },
  ]),
  ...define('admissionregistration.k8s.io/v1', [
    { kind: 'ValidatingAdmissionPolicy', resource: 'validatingadmissionpolicies', sub: ['status'], counted: true },
    { kind: 'ValidatingAdmissionPolicyBinding', counted: true },
  ]),
  ...define('scheduling.k8s.io/v1', [{ kind: 'PriorityClass', resource: 'priorityclasses', short: ['pc'] }]),
  ...define('coordination.k8s.io/v1', [{ kind: 'Lease', namespaced: true, conditionalUpdate: true }]),
  ...define('discovery.k8s.io/v1', [{ kind: 'EndpointSlice', namespaced: true }]),
];

const BY_PATH = new Map(RESOURCES.map((type) => [`${type.group}/${type.version}/${type.resource}`, type]));
const BY_KEY = new Map(RESOURCES.map((type) => [type.key, type]));

/** The resource of a path's group, version and plural. */
export function findResource(group: string, version: string, resource: string): ResourceType | undefined {
  return BY_PATH.get(`${group}/${version}/${resource}`);
}

/** The resource of an object's apiVersion and kind. */
export function resourceOfKind(apiVersion: string, kind: string): ResourceType | undefined {
  return RESOURCES.find((type) => type.kind === kind && groupVersionOf(type) === apiVersion && !type.review);
}

/** The resource with that key. @throws Error when there is none: a mistake in the simulator itself. */
export function resourceOf(key: string): ResourceType {
  const type = BY_KEY.get(key);
  if (!type) throw new Error(`no resource ${key}`);
  return type;
}

/** `v1`, `apps/v1`. */
export function groupVersionOf(type: { readonly group: string; readonly version: string }): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

const SERVED = new Set(RESOURCES.map((type) => (type.group === '' ? '/api/v1' : `/apis/${groupVersionOf(type)}`)));

/** Whether a path lies below a group and version that is served, whatever it asks for there. */
export function isServedGroup(path: string): boolean {
  const [, root = '', first = '', second = ''] = path.split('/');
  return SERVED.has(root === 'api' ? `/${root}/${first}` : `/${root}/${first}/${second}`);
}

/** The verbs that discovery lists. */
export function verbsOf(type: ResourceType): readonly string[] {
  if (type.review) return ['create'];
  return ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
}
