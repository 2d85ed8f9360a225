import type { Pod, PolicyRule, Role, RoleBinding, Subject } from '../api/objects.ts';
import type { Store } from '../api/store.ts';
import { claimsOf, type Volume } from '../api/volumes.ts';
import type { Attributes, User } from './user.ts';

/** What an authorizer says. `reason` ends up in the 403. */
export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

const NO_OPINION: Decision = { allowed: false, reason: '' };
const ALLOWED: Decision = { allowed: true, reason: '' };

function subjectIs({ kind, name, namespace }: Subject, user: User): boolean {
  switch (kind) {
    case 'User':
      return user.username === name;
    case 'Group':
      return user.groups.includes(name);
    case 'ServiceAccount':
      return user.username === `system:serviceaccount:${namespace}:${name}`;
    default:
      return false;
  }
}

function resourceFits(rule: PolicyRule, resource: string, subresource: string): boolean {
  const combined = subresource === '' ? resource : `${resource}/${subresource}`;
  return (rule.resources ?? []).some(
    (entry) => entry === '*' || entry === combined || (subresource !== '' && entry === `*/${subresource}`),
  );
}

function pathFits(entry: string, path: string): boolean {
  return entry === '*' || entry === path || (entry.endsWith('*') && path.startsWith(entry.slice(0, -1)));
}

/** Whether a rule of a role allows a request. */
function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!rule.verbs.some((verb) => verb === '*' || verb === attributes.verb)) return false;
  if (attributes.path !== '') return (rule.nonResourceURLs ?? []).some((entry) => pathFits(entry, attributes.path));
  if (!(rule.apiGroups ?? []).some((group) => group === '*' || group === attributes.group)) return false;
  if (!resourceFits(rule, attributes.resource, attributes.subresource)) return false;
  const names = rule.resourceNames ?? [];
  return names.length === 0 || names.includes(attributes.name);
}

interface Grants {
  readonly everywhere: readonly PolicyRule[];
  readonly inNamespace: ReadonlyMap<string, readonly PolicyRule[]>;
}

/** Roles and bindings. What a user may do is worked out once, until a role or binding changes. */
export class RbacAuthorizer {
  readonly #store: Store;
  readonly #grants = new Map<string, Grants>();

  constructor(store: Store) {
    this.#store = store;
    for (const resource of ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings']) {
      store.listen(`${resource}.rbac.authorization.k8s.io`, () => this.#grants.clear());
    }
  }

  authorize(attributes: Attributes): Decision {
    const { everywhere, inNamespace } = this.#grantsOf(attributes.user);
    const local = attributes.namespace === '' ? [] : (inNamespace.get(attributes.namespace) ?? []);
    const allows = (rule: PolicyRule) => ruleAllows(rule, attributes);
    return everywhere.some(allows) || local.some(allows) ? ALLOWED : NO_OPINION;
  }

  /** The rules that hold for a user in a namespace (SelfSubjectRulesReview). */
  rulesOf(user: User, namespace: string): readonly PolicyRule[] {
    const { everywhere, inNamespace } = this.#grantsOf(user);
    return [...everywhere, ...(inNamespace.get(namespace) ?? [])];
  }

  #grantsOf(user: User): Grants {
    const key = JSON.stringify([user.username, user.groups]);
    let grants = this.#grants.get(key);
    if (!grants) {
      grants = this.#collect(user);
      this.#grants.set(key, grants);
    }
    return grants;
  }

  #collect(user: User): Grants {
    const applies = (binding: RoleBinding) => (binding.subjects ?? []).some((subject) => subjectIs(subject, user));
    const group = 'rbac.authorization.k8s.io';
    const everywhere = this.#store
      .list<RoleBinding>(`clusterrolebindings.${group}`)
      .filter(applies)
      .flatMap((binding) => this.#rulesOf(binding));
    const inNamespace = new Map<string, PolicyRule[]>();
    for (const binding of this.#store.list<RoleBinding>(`rolebindings.${group}`).filter(applies)) {
      const namespace = binding.metadata.namespace ?? '';
      inNamespace.set(namespace, [...(inNamespace.get(namespace) ?? []), ...this.#rulesOf(binding)]);
    }
    return { everywhere, inNamespace };
  }

  #rulesOf({ roleRef, metadata }: RoleBinding): readonly PolicyRule[] {
    const local = roleRef.kind === 'Role';
    const key = `${local ? 'roles' : 'clusterroles'}.rbac.authorization.k8s.io`;
    return this.#store.find<Role>(key, roleRef.name, local ? metadata.namespace : undefined)?.rules ?? [];
  }
}

/** The rules of the node authorizer that do not depend on which node asks. */
const NODE_RULES: readonly PolicyRule[] = [
  { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'] },
  {
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io'],
    resources: ['localsubjectaccessreviews', 'subjectaccessreviews'],
  },
  { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['services'] },
  { verbs: ['create', 'patch', 'update'], apiGroups: ['', 'events.k8s.io'], resources: ['events'] },
  {
    verbs: ['create', 'get', 'list', 'watch'],
    apiGroups: ['certificates.k8s.io'],
    resources: ['certificatesigningrequests'],
  },
  { verbs: ['get', 'list', 'watch'], apiGroups: ['node.k8s.io'], resources: ['runtimeclasses'] },
  { verbs: ['get'], apiGroups: ['storage.k8s.io'], resources: ['volumeattachments'] },
  { verbs: ['get', 'list', 'watch'], apiGroups: ['storage.k8s.io'], resources: ['csidrivers'] },
];

/** `system:node:<name>` in group system:nodes; undefined for everybody else. */
export function nodeNameOf(user: User): string | undefined {
  if (!user.groups.includes('system:nodes') || !user.username.startsWith('system:node:')) return undefined;
  return user.username.slice('system:node:'.length);
}

function refersTo(pod: Pod, resource: string, name: string): boolean {
  const text = JSON.stringify([pod.spec.volumes ?? [], pod.spec.containers, pod.spec.initContainers ?? []]);
  if (resource === 'secrets') {
    const pulls = (pod.spec.imagePullSecrets ?? []).some((secret) => secret.name === name);
    const quoted = JSON.stringify(name);
    return pulls || text.includes(`"secretName":${quoted}`) || text.includes(`"name":${quoted}`);
  }
  if (resource === 'persistentvolumeclaims') return text.includes(`"claimName":${JSON.stringify(name)}`);
  return name === 'kube-root-ca.crt' || text.includes(`"name":${JSON.stringify(name)}`);
}

/** Lets each kubelet reach its own Node, Lease, pods and what those pods refer to (the Node authorization mode). */
export class NodeAuthorizer {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  authorize(attributes: Attributes): Decision {
    const nodeName = nodeNameOf(attributes.user);
    if (nodeName === undefined || attributes.path !== '') return NO_OPINION;
    switch (`${attributes.group}/${attributes.resource}`) {
      case '/nodes':
        return this.#nodes(attributes, nodeName);
      case '/pods':
        return this.#pods(attributes, nodeName);
      case '/secrets':
      case '/configmaps':
      case '/persistentvolumeclaims':
        return this.#referenced(attributes, nodeName);
      case '/persistentvolumes':
        return this.#volumes(attributes, nodeName);
      case 'coordination.k8s.io/leases':
        return this.#leases(attributes, nodeName);
      case 'storage.k8s.io/csinodes':
        return own(
          attributes,
          nodeName,
          ['get', 'create', 'update', 'patch', 'delete'],
          'can only access CSINode with the same name as the requesting node',
        );
      case '/serviceaccounts':
        return this.#serviceAccounts(attributes, nodeName);
      default:
        return NODE_RULES.some((rule) => ruleAllows(rule, attributes)) ? ALLOWED : NO_OPINION;
    }
  }

  #nodes(attributes: Attributes, nodeName: string): Decision {
    const { verb, subresource, name, fieldSelector } = attributes;
    if (subresource === 'status') return verb === 'patch' || verb === 'update' ? ALLOWED : NO_OPINION;
    if (subresource !== '') return NO_OPINION;
    if (['create', 'update', 'patch'].includes(verb)) return ALLOWED;
    if (verb === 'get' && name === nodeName) return ALLOWED;
    if ((verb === 'list' || verb === 'watch') && (name === nodeName || fieldSelector === `metadata.name=${nodeName}`))
      return ALLOWED;
    return { allowed: false, reason: `node '${nodeName}' cannot read '${name}', only its own Node object` };
  }

  #pods(attributes: Attributes, nodeName: string): Decision {
    const { verb, subresource, name, namespace, fieldSelector } = attributes;
    if (subresource === 'status') return verb === 'patch' || verb === 'update' ? ALLOWED : NO_OPINION;
    if (subresource === 'eviction') return verb === 'create' ? ALLOWED : NO_OPINION;
    if (subresource !== '') return NO_OPINION;
    if (verb === 'create' || verb === 'delete') return ALLOWED;
    if (verb === 'list' || verb === 'watch') {
      if (fieldSelector === `spec.nodeName=${nodeName}`) return ALLOWED;
      return { allowed: false, reason: 'can only list/watch pods with spec.nodeName field selector' };
    }
    if (verb !== 'get') return NO_OPINION;
    const pod = this.#store.find<Pod>('pods', name, namespace);
    if (pod?.spec.nodeName === nodeName) return ALLOWED;
    return { allowed: false, reason: `no relationship found between node '${nodeName}' and this object` };
  }

  #referenced({ verb, resource, name, namespace, fieldSelector }: Attributes, nodeName: string): Decision {
    const single = verb === 'get' || (['list', 'watch'].includes(verb) && fieldSelector === `metadata.name=${name}`);
    if (!single || name === '') return { allowed: false, reason: 'can only read resources of this type' };
    const pods = this.#store.podsOn<Pod>(nodeName);
    const related = pods.some((pod) => pod.metadata.namespace === namespace && refersTo(pod, resource, name));
    if (related) return ALLOWED;
    return { allowed: false, reason: `no relationship found between node '${nodeName}' and this object` };
  }

  /** Through the claim of one of its pods. */
  #volumes({ verb, name }: Attributes, nodeName: string): Decision {
    if (verb !== 'get') return { allowed: false, reason: 'can only get individual resources of this type' };
    const { claimRef } = this.#store.find<Volume>('persistentvolumes', name)?.spec ?? {};
    const related = this.#store
      .podsOn<Pod>(nodeName)
      .some((pod) => pod.metadata.namespace === claimRef?.namespace && claimsOf(pod).includes(claimRef?.name ?? ''));
    if (related) return ALLOWED;
    return { allowed: false, reason: `no relationship found between node '${nodeName}' and this object` };
  }

  #leases(attributes: Attributes, nodeName: string): Decision {
    if (attributes.namespace !== 'kube-node-lease') {
      return { allowed: false, reason: 'can only access leases in the "kube-node-lease" system namespace' };
    }
    const reason = 'can only access node lease with the same name as the requesting node';
    return own(attributes, nodeName, ['get', 'create', 'update', 'patch', 'delete'], reason);
  }

  #serviceAccounts({ verb, subresource, name, namespace }: Attributes, nodeName: string): Decision {
    if (verb !== 'create' || subresource !== 'token') return NO_OPINION;
    const pods = this.#store.podsOn<Pod>(nodeName);
    const runs = pods.some(
      (pod) => pod.metadata.namespace === namespace && (pod.spec.serviceAccountName ?? 'default') === name,
    );
    if (runs) return ALLOWED;
    return { allowed: false, reason: `no relationship found between node '${nodeName}' and this object` };
  }
}

function own({ verb, name }: Attributes, nodeName: string, verbs: readonly string[], reason: string): Decision {
  if (!verbs.includes(verb)) return { allowed: false, reason: `can only ${verbs.join(', ')} its own` };
  // The name of what is created is only in its body: admission looks at it.
  if (verb === 'create' && name === '') return ALLOWED;
  return name === nodeName ? ALLOWED : { allowed: false, reason };
}

/** `--authorization-mode=Node,RBAC`, with system:masters above both. */
export class Authorizer {
  readonly rbac: RbacAuthorizer;
  readonly #node: NodeAuthorizer;

  constructor(store: Store) {
    this.rbac = new RbacAuthorizer(store);
    this.#node = new NodeAuthorizer(store);
  }

  authorize(attributes: Attributes): Decision {
    if (attributes.user.groups.includes('system:masters')) return ALLOWED;
    const byNode = this.#node.authorize(attributes);
    if (byNode.allowed) return byNode;
    const byRole = this.rbac.authorize(attributes);
    return byRole.allowed ? byRole : { allowed: false, reason: byNode.reason };
  }
}
