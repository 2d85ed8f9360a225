import type { RightFacts } from './ports.ts';

/** What is read of an object of RBAC. */
export interface RbacObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly {
    readonly apiGroups?: readonly string[];
    readonly resources?: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
  }[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
}

/** Whom rbac.yaml gives Tender's rights. */
const CONTROLLERS = 'tender:controllers';

/** Each right that a manifest of roles and bindings grants Tender. */
export function rightsOf(manifest: readonly RbacObject[]): readonly RightFacts[] {
  const bindings = manifest.filter(({ subjects = [] }) => subjects.some(({ name }) => name === CONTROLLERS));
  return bindings.flatMap(({ roleRef, metadata }) => {
    const role = manifest.find(
      ({ kind, metadata: own }) =>
        kind === roleRef?.kind &&
        own.name === roleRef.name &&
        (kind === 'ClusterRole' || own.namespace === metadata.namespace),
    );
    return (role?.rules ?? []).flatMap((rule) => rightsOfRule(rule, metadata.namespace));
  });
}

function rightsOfRule(
  { apiGroups = [], resources = [], resourceNames, verbs }: NonNullable<RbacObject['rules']>[number],
  namespace: string | undefined,
): readonly RightFacts[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) =>
        (resourceNames ?? [undefined]).map((name) => ({
          verb,
          group,
          resource,
          ...(namespace !== undefined && { namespace }),
          ...(name !== undefined && { name }),
        })),
      ),
    ),
  );
}

/** What Tender never needs, and whoever takes its credential would be glad of. */
export const needless: readonly RightFacts[] = [
  { verb: 'get', group: '', resource: 'secrets', namespace: 'kube-system' },
  { verb: 'list', group: '', resource: 'secrets' },
  { verb: 'create', group: '', resource: 'nodes' },
  { verb: 'patch', group: '', resource: 'nodes/status' },
  { verb: 'create', group: '', resource: 'pods/exec' },
  { verb: 'create', group: '', resource: 'serviceaccounts/token', namespace: 'kube-system' },
  { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' },
  { verb: 'escalate', group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
  { verb: 'impersonate', group: '', resource: 'users' },
  { verb: 'delete', group: 'admissionregistration.k8s.io', resource: 'validatingadmissionpolicies' },
];

/** The one right of rbac-pod-deletion.yaml. */
export const podDeletion: RightFacts = { verb: 'delete', group: '', resource: 'pods' };
