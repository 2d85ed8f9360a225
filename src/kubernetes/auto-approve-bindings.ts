import { RbacAuthorizationV1Api, type RbacV1Subject, type V1PolicyRule } from '@kubernetes/client-node';
import type { AutoApproveBindings } from '../nodes/ports.ts';
import { listAll } from './list-all.ts';
import type { KubernetesConnection } from './open-cluster.ts';

const GROUP = 'certificates.k8s.io';
const RESOURCE = 'certificatesigningrequests/nodeclient';

/**
 * Who holds a ClusterRole on whose strength the controller manager approves client certificates without asking anybody:
 * it asks whether the requester may create certificatesigningrequests/nodeclient.
 * kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping, "Approval"
 */
export function kubernetesAutoApproveBindings(connection: KubernetesConnection): AutoApproveBindings {
  const rbac = connection.api(RbacAuthorizationV1Api);
  return {
    async list() {
      const [roles, bindings] = await Promise.all([
        listAll((page) => rbac.listClusterRole(page)),
        listAll((page) => rbac.listClusterRoleBinding(page)),
      ]);
      const approving = new Set(roles.filter((role) => role.rules?.some(approves)).map((role) => role.metadata?.name));
      return bindings
        .filter((binding) => approving.has(binding.roleRef.name))
        .map((binding) => ({
          binding: binding.metadata?.name ?? '',
          clusterRole: binding.roleRef.name,
          groups: (binding.subjects ?? []).map(subjectText),
        }));
    },
  };
}

// A subresource is also matched by "*/nodeclient" (kubernetes.io/docs/reference/access-authn-authz/rbac).
function approves({ apiGroups = [], resources = [], verbs }: V1PolicyRule): boolean {
  return (
    apiGroups.some((group) => group === GROUP || group === '*') &&
    resources.some((resource) => resource === RESOURCE || resource === '*' || resource === '*/nodeclient') &&
    verbs.some((verb) => verb === 'create' || verb === '*')
  );
}

function subjectText({ kind, namespace, name }: RbacV1Subject): string {
  return kind === 'ServiceAccount' ? `${kind} ${namespace ?? ''}/${name}` : `${kind} ${name}`;
}
