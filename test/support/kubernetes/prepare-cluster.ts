import { bootstrapToken } from './bootstrap-token.ts';
import type { ContractTarget, KubernetesObject } from './contract-target.ts';
import { eventually } from './eventually.ts';
import { tender } from './identities.ts';
import { createAll, rbacManifest } from './manifests.ts';

const rbac = 'rbac.authorization.k8s.io';

/** What a machine learns about the cluster before it trusts it; the server signs it with every token. */
export const clusterInfo = 'kind: Config';

/** What `kubeadm init` leaves behind, as far as joining concerns it: its roles, and approval without a look in its own group. */
const kubeadm: readonly KubernetesObject[] = [
  clusterRole('kubeadm:get-nodes', [{ apiGroups: [''], resources: ['nodes'], verbs: ['get'] }]),
  role('kubeadm:kubelet-config', 'kubelet-config'),
  role('kubeadm:nodes-kubeadm-config', 'kubeadm-config'),
  configMap('cluster-info', { kubeconfig: clusterInfo }, 'kube-public'),
  configMap('kubelet-config', { kubelet: 'kind: KubeletConfiguration' }),
  configMap('kubeadm-config', { ClusterConfiguration: 'kind: ClusterConfiguration' }),
  clusterRoleBinding('kubeadm:kubelet-bootstrap', 'system:node-bootstrapper', kubeadmGroup()),
  clusterRoleBinding(
    'kubeadm:node-autoapprove-bootstrap',
    'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
    kubeadmGroup(),
  ),
];

const observers: readonly KubernetesObject[] = [
  clusterRole('contract:observers', [
    { apiGroups: [''], resources: ['nodes', 'events'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['certificates.k8s.io'], resources: ['certificatesigningrequests'], verbs: ['get', 'list', 'watch'] },
  ]),
  clusterRoleBinding('contract:observers', 'contract:observers', 'contract:observers'),
];

/** Makes an empty cluster one that kubeadm has initialised and to which a user has applied `deploy/kubernetes/rbac.yaml`. */
export async function prepareCluster(target: ContractTarget): Promise<void> {
  await createAll(target, [...kubeadm, ...observers, ...(await rbacManifest())]);
  await policyActs(target);
}

/** The group of the tokens that `kubeadm token create` makes. */
export function kubeadmGroup(): string {
  return 'system:bootstrappers:kubeadm:default-node-token';
}

/** A real server compiles a new policy in the background; until then it lets everything pass. */
async function policyActs(target: ContractTarget): Promise<void> {
  const probe = bootstrapToken(target.now() + 60_000, { 'auth-extra-groups': kubeadmGroup() });
  await eventually(target, async () => {
    const path = '/api/v1/namespaces/kube-system/secrets?dryRun=All';
    const answer = await target.send(tender, 'POST', path, probe.secret);
    if (!String(answer.body.message).includes('tender-bootstrap-tokens'))
      throw new Error('the policy does not act yet');
  });
}

function clusterRole(name: string, rules: readonly KubernetesObject[]): KubernetesObject {
  return { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules };
}

function role(name: string, readable: string): KubernetesObject {
  const rules = [{ apiGroups: [''], resources: ['configmaps'], resourceNames: [readable], verbs: ['get'] }];
  return { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { name, namespace: 'kube-system' }, rules };
}

function clusterRoleBinding(name: string, roleName: string, group: string): KubernetesObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: roleName },
    subjects: [{ apiGroup: rbac, kind: 'Group', name: group }],
  };
}

function configMap(name: string, data: Readonly<Record<string, string>>, namespace = 'kube-system'): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}
