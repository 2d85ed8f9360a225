import type { KubeObject, PolicyRule, Subject } from '../api/objects.ts';
import type { Store } from '../api/store.ts';

const RBAC = 'rbac.authorization.k8s.io';
const CSR = 'certificates.k8s.io';

function rule(verbs: string, group: string, resources: string, names?: string): PolicyRule {
  return {
    verbs: verbs.split(' '),
    apiGroups: [group],
    resources: resources.split(' '),
    ...(names !== undefined && { resourceNames: names.split(' ') }),
  };
}

function paths(verbs: string, urls: string): PolicyRule {
  return { verbs: verbs.split(' '), nonResourceURLs: urls.split(' ') };
}

const READ = 'get list watch';
const WRITE = 'create delete deletecollection patch update';
const WORKLOADS = 'daemonsets deployments replicasets statefulsets';
const NAMESPACED = 'configmaps endpoints events persistentvolumeclaims pods serviceaccounts services';

const VIEW: readonly PolicyRule[] = [
  rule(READ, '', NAMESPACED),
  rule(READ, '', 'namespaces'),
  rule(READ, 'apps', WORKLOADS),
  rule(READ, 'policy', 'poddisruptionbudgets'),
];
const EDIT: readonly PolicyRule[] = [
  ...VIEW,
  rule(`${READ} ${WRITE}`, '', `${NAMESPACED} secrets`),
  rule('create', '', 'pods/eviction'),
  rule(WRITE, 'apps', WORKLOADS),
  rule(WRITE, 'policy', 'poddisruptionbudgets'),
];

/** The cluster roles that every API server creates (those that something here uses). */
const CLUSTER_ROLES: Readonly<Record<string, readonly PolicyRule[]>> = {
  'cluster-admin': [rule('*', '*', '*'), paths('*', '*')],
  view: VIEW,
  edit: EDIT,
  admin: [...EDIT, rule(`${READ} ${WRITE}`, RBAC, 'roles rolebindings')],
  'system:basic-user': [
    rule('create', 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews'),
    rule('create', 'authentication.k8s.io', 'selfsubjectreviews'),
  ],
  'system:discovery': [
    paths('get', '/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/'),
  ],
  'system:public-info-viewer': [paths('get', '/healthz /livez /readyz /version /version/')],
  'system:monitoring': [paths('get', '/healthz /healthz/* /livez /livez/* /metrics /readyz /readyz/*')],
  'system:node-bootstrapper': [rule('create get list watch', CSR, 'certificatesigningrequests')],
  'system:node': [],
  'system:node-proxier': [
    rule(READ, '', 'services endpoints nodes'),
    rule('create patch update', '', 'events'),
    rule('create patch update', 'events.k8s.io', 'events'),
    rule(READ, 'discovery.k8s.io', 'endpointslices'),
  ],
  'system:certificates.k8s.io:certificatesigningrequests:nodeclient': [
    rule('create', CSR, 'certificatesigningrequests/nodeclient'),
  ],
  'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient': [
    rule('create', CSR, 'certificatesigningrequests/selfnodeclient'),
  ],
  'system:certificates.k8s.io:kube-apiserver-client-kubelet-approver': [
    rule('approve', CSR, 'signers', 'kubernetes.io/kube-apiserver-client-kubelet'),
  ],
  'system:certificates.k8s.io:kubelet-serving-approver': [
    rule('approve', CSR, 'signers', 'kubernetes.io/kubelet-serving'),
  ],
};

const group = (name: string): Subject => ({ kind: 'Group', apiGroup: RBAC, name });
const user = (name: string): Subject => ({ kind: 'User', apiGroup: RBAC, name });

const CLUSTER_ROLE_BINDINGS: Readonly<Record<string, readonly [string, readonly Subject[]]>> = {
  'cluster-admin': ['cluster-admin', [group('system:masters')]],
  'system:basic-user': ['system:basic-user', [group('system:authenticated')]],
  'system:discovery': ['system:discovery', [group('system:authenticated')]],
  'system:public-info-viewer': [
    'system:public-info-viewer',
    [group('system:authenticated'), group('system:unauthenticated')],
  ],
  'system:monitoring': ['system:monitoring', [group('system:monitoring')]],
  'system:node-proxier': ['system:node-proxier', [user('system:kube-proxy')]],
};

/** kubeadm's group of the tokens that `kubeadm token create` makes by default. */
export const KUBEADM_TOKEN_GROUP = 'system:bootstrappers:kubeadm:default-node-token';

const KUBEADM_BINDINGS: Readonly<Record<string, readonly [string, readonly Subject[]]>> = {
  'kubeadm:get-nodes': ['kubeadm:get-nodes', [group(KUBEADM_TOKEN_GROUP)]],
  'kubeadm:cluster-admins': ['cluster-admin', [group('kubeadm:cluster-admins')]],
  'kubeadm:kubelet-bootstrap': ['system:node-bootstrapper', [group(KUBEADM_TOKEN_GROUP)]],
  'kubeadm:node-autoapprove-bootstrap': [
    'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
    [group(KUBEADM_TOKEN_GROUP)],
  ],
  'kubeadm:node-autoapprove-certificate-rotation': [
    'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    [group('system:nodes')],
  ],
};

const KUBEADM_ROLES: readonly {
  namespace: string;
  name: string;
  rules: readonly PolicyRule[];
  subjects: readonly Subject[];
}[] = [
  {
    namespace: 'kube-public',
    name: 'kubeadm:bootstrap-signer-clusterinfo',
    rules: [rule('get', '', 'configmaps', 'cluster-info')],
    subjects: [user('system:anonymous')],
  },
  {
    namespace: 'kube-system',
    name: 'kubeadm:kubelet-config',
    rules: [rule('get', '', 'configmaps', 'kubelet-config')],
    subjects: [group('system:nodes'), group(KUBEADM_TOKEN_GROUP)],
  },
  {
    namespace: 'kube-system',
    name: 'kubeadm:nodes-kubeadm-config',
    rules: [rule('get', '', 'configmaps', 'kubeadm-config')],
    subjects: [group('system:nodes'), group(KUBEADM_TOKEN_GROUP)],
  },
  {
    namespace: 'kube-system',
    name: 'kube-proxy',
    rules: [rule('get', '', 'configmaps', 'kube-proxy')],
    subjects: [group(KUBEADM_TOKEN_GROUP)],
  },
];

function put(store: Store, key: string, object: object): void {
  store.create(key, object as KubeObject);
}

function role(store: Store, name: string, rules: readonly PolicyRule[], namespace?: string): void {
  const kind = namespace ? 'Role' : 'ClusterRole';
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  put(store, `${kind.toLowerCase()}s.${RBAC}`, { apiVersion: `${RBAC}/v1`, kind, metadata, rules });
}

function bind(store: Store, name: string, roleName: string, subjects: readonly Subject[], namespace?: string): void {
  const kind = namespace ? 'RoleBinding' : 'ClusterRoleBinding';
  const roleRef = { apiGroup: RBAC, kind: namespace ? 'Role' : 'ClusterRole', name: roleName };
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  put(store, `${kind.toLowerCase()}s.${RBAC}`, { apiVersion: `${RBAC}/v1`, kind, metadata, subjects, roleRef });
}

function bootstrapLabels(name: string): { name: string; labels: Record<string, string> } {
  return { name, labels: { 'kubernetes.io/metadata.name': name } };
}

/** What a fresh API server holds: its namespaces, priority classes, default roles and bindings. */
export function installBootstrapPolicy(store: Store): void {
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
    const metadata = bootstrapLabels(name);
    put(store, 'namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata,
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  }
  for (const [name, rules] of Object.entries(CLUSTER_ROLES)) role(store, name, rules);
  for (const [name, [roleName, subjects]] of Object.entries(CLUSTER_ROLE_BINDINGS))
    bind(store, name, roleName, subjects);
}

/** What `kubeadm init` adds so that nodes can join. The auto-approving bindings only cover kubeadm's own group. */
export function installKubeadmPolicy(store: Store): void {
  role(store, 'kubeadm:get-nodes', [rule('get', '', 'nodes')]);
  for (const [name, [roleName, subjects]] of Object.entries(KUBEADM_BINDINGS)) bind(store, name, roleName, subjects);
  for (const { namespace, name, rules, subjects } of KUBEADM_ROLES) {
    role(store, name, rules, namespace);
    bind(store, name, name, subjects, namespace);
  }
}
