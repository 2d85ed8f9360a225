import type { User } from '../auth/user.ts';
import { parseCertificateRequest } from '../pki/certificates.ts';
import type {
  CertificateSigningRequest,
  ClusterNode,
  Condition,
  CoreEvent,
  Fields,
  KubeObject,
  Lease,
  Pod,
  PodDisruptionBudget,
  Secret,
  Workload,
} from './objects.ts';
import { sameJson } from './patch.ts';
import type { ResourceType } from './resources.ts';
import {
  type FieldProblem,
  forbiddenField,
  invalid,
  invalidValue,
  notSupportedValue,
  required,
} from './status-error.ts';

/** What a kind does with an object before it is stored. Mutates the draft. */
interface KindRules {
  /** Defaults and fields that a creator may not set. */
  readonly prepareCreate?: (draft: never, context: RuleContext) => void;
  /** Fields that an update of the main resource may not change are quietly kept. */
  readonly prepareUpdate?: (draft: never, before: never) => void;
  readonly validate?: (draft: never) => FieldProblem[];
  readonly validateUpdate?: (draft: never, before: never) => FieldProblem[];
}

export interface RuleContext {
  readonly user: User;
  readonly now: number;
}

const LABEL_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const PATH_SEGMENT = /^[^/%]+$/;
const SUBDOMAIN_DETAIL =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const LABEL_VALUE_DETAIL =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

function nameProblems(type: ResourceType, name: string): FieldProblem[] {
  if (name === '') return [required('metadata.name', 'name or generateName is required')];
  if (type.group === 'rbac.authorization.k8s.io')
    return PATH_SEGMENT.test(name) ? [] : [invalidValue('metadata.name', name, "may not contain '/'")];
  if (name.length > 253) return [invalidValue('metadata.name', name, 'must be no more than 253 bytes')];
  return LABEL_SUBDOMAIN.test(name) ? [] : [invalidValue('metadata.name', name, SUBDOMAIN_DETAIL)];
}

function labelProblems(labels: Readonly<Record<string, string>> | undefined): FieldProblem[] {
  return Object.values(labels ?? {}).flatMap((value) => {
    if (value.length > 63) return [invalidValue('metadata.labels', value, 'must be no more than 63 bytes')];
    return LABEL_VALUE.test(value) ? [] : [invalidValue('metadata.labels', value, LABEL_VALUE_DETAIL)];
  });
}

const NOT_READY = 'node.kubernetes.io/not-ready';
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function taintProblems(node: ClusterNode): FieldProblem[] {
  const taints = node.spec?.taints ?? [];
  return taints.flatMap((taint, index) => {
    const at = `metadata.taints[${index}]`;
    const problems: FieldProblem[] = [];
    if (!EFFECTS.includes(taint.effect)) {
      problems.push(notSupportedValue(`${at}.effect`, taint.effect ?? '', [...EFFECTS].sort()));
    }
    const twin = taints.findIndex((other) => other.key === taint.key && other.effect === taint.effect);
    if (twin < index) {
      const message = `Duplicate value: ${JSON.stringify(taint)}: taints must be unique by key and effect pair`;
      problems.push({ field: at, reason: 'FieldValueDuplicate', message });
    }
    return problems;
  });
}

function prepareNode(node: ClusterNode): void {
  node.spec ??= {};
  node.status ??= {};
  // The admission plugin TaintNodesByCondition: nothing is scheduled before the node lifecycle controller has looked.
  const tainted = (node.spec.taints ?? []).some(({ key, effect }) => key === NOT_READY && effect === 'NoSchedule');
  if (!tainted) node.spec.taints = [...(node.spec.taints ?? []), { key: NOT_READY, effect: 'NoSchedule' }];
}

function nodeUpdateProblems(node: ClusterNode, before: ClusterNode): FieldProblem[] {
  const old = before.spec.providerID;
  if (old === undefined || old === '' || old === node.spec.providerID) return [];
  return [forbiddenField('spec.providerID', 'node updates may not change providerID except from "" to valid')];
}

const NOT_READY_TOLERATIONS = [NOT_READY, 'node.kubernetes.io/unreachable'];

function preparePod(pod: Pod): void {
  const { spec } = pod;
  spec.restartPolicy ??= 'Always';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.dnsPolicy ??= 'ClusterFirst';
  spec.schedulerName ??= 'default-scheduler';
  spec.serviceAccountName ??= 'default';
  spec.enableServiceLinks ??= true;
  spec.priority ??= spec.priorityClassName?.startsWith('system-') ? 2_000_000_000 : 0;
  // The admission plugin DefaultTolerationSeconds.
  for (const key of NOT_READY_TOLERATIONS) {
    const tolerated = (spec.tolerations ?? []).some(
      (t) => (t.key === key || (!t.key && t.operator === 'Exists')) && (!t.effect || t.effect === 'NoExecute'),
    );
    if (!tolerated)
      spec.tolerations = [
        ...(spec.tolerations ?? []),
        { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ];
  }
  pod.status = { phase: 'Pending', qosClass: 'BestEffort' };
}

function podProblems(pod: Pod): FieldProblem[] {
  if (!Array.isArray(pod.spec?.containers) || pod.spec.containers.length === 0) return [required('spec.containers')];
  return pod.spec.containers.flatMap((container, index) => [
    ...(container.name ? [] : [required(`spec.containers[${index}].name`)]),
    ...(container.image ? [] : [required(`spec.containers[${index}].image`)]),
  ]);
}

function podUpdateProblems(pod: Pod, before: Pod): FieldProblem[] {
  const fixed = (spec: Pod['spec']) => {
    const { tolerations: _t, activeDeadlineSeconds: _a, terminationGracePeriodSeconds: _g, ...rest } = spec;
    return { ...rest, containers: rest.containers.map(({ image: _i, ...container }) => container) };
  };
  if (sameJson(fixed(pod.spec), fixed(before.spec))) return [];
  return [
    forbiddenField(
      'spec',
      'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    ),
  ];
}

function prepareSecret(secret: Secret & { stringData?: Record<string, string> }): void {
  const plain = Object.entries(secret.stringData ?? {});
  if (plain.length > 0) {
    const encoded = plain.map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
    secret.data = { ...secret.data, ...Object.fromEntries(encoded) };
  }
  delete secret.stringData;
  secret.type ??= 'Opaque';
}

function secretUpdateProblems(secret: Secret, before: Secret): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (secret.type !== before.type) problems.push(invalidValue('type', secret.type, 'field is immutable'));
  if (before.immutable && !sameJson(secret.data, before.data))
    problems.push(forbiddenField('data', 'field is immutable when `immutable` is set'));
  return problems;
}

function prepareRequest(request: CertificateSigningRequest, { user }: RuleContext): void {
  request.spec.username = user.username;
  request.spec.groups = [...user.groups];
  if (user.uid !== undefined) request.spec.uid = user.uid;
  else delete request.spec.uid;
  if (user.extra) request.spec.extra = structuredClone(user.extra) as Record<string, string[]>;
  else delete request.spec.extra;
  request.status = {};
}

function requestProblems(request: CertificateSigningRequest): FieldProblem[] {
  const { spec } = request;
  const problems: FieldProblem[] = [];
  try {
    parseCertificateRequest(Buffer.from(spec.request ?? '', 'base64').toString('utf8'));
  } catch (error) {
    problems.push(invalidValue('spec.request', spec.request ?? '', error instanceof Error ? error.message : ''));
  }
  if (!spec.usages || spec.usages.length === 0) problems.push(required('spec.usages'));
  if (!spec.signerName) problems.push(required('spec.signerName'));
  else if (!/^[^/]+\.[^/]+\/[^/]+$/.test(spec.signerName))
    problems.push(
      invalidValue(
        'spec.signerName',
        spec.signerName,
        "must be a fully qualified domain and path of the form 'example.com/signer-name'",
      ),
    );
  if (spec.expirationSeconds !== undefined && spec.expirationSeconds < 600)
    problems.push(
      invalidValue(
        'spec.expirationSeconds',
        spec.expirationSeconds,
        'may not specify a duration less than 600 seconds (10 minutes)',
      ),
    );
  return problems;
}

function budgetProblems(budget: PodDisruptionBudget): FieldProblem[] {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  if (minAvailable === undefined || maxUnavailable === undefined) return [];
  return [invalidValue('spec', { minAvailable, maxUnavailable }, 'minAvailable and maxUnavailable cannot be both set')];
}

function prepareWorkload(workload: Workload): void {
  workload.spec.replicas ??= 1;
  workload.status = { observedGeneration: 0, replicas: 0 };
}

function prepareDaemonSet(workload: Workload): void {
  workload.spec.updateStrategy ??= { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } };
  workload.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
}

function workloadProblems(workload: Workload): FieldProblem[] {
  const { selector, template } = workload.spec ?? {};
  if (!selector) return [required('spec.selector')];
  const labels = template?.metadata?.labels ?? {};
  const fits = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return fits
    ? []
    : [invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')];
}

function workloadUpdateProblems(workload: Workload, before: Workload): FieldProblem[] {
  if (sameJson(workload.spec.selector, before.spec.selector)) return [];
  return [invalidValue('spec.selector', workload.spec.selector, 'field is immutable')];
}

function roleRefProblems(binding: Fields, before: Fields): FieldProblem[] {
  if (sameJson(binding.roleRef, before.roleRef)) return [];
  return [invalidValue('roleRef', binding.roleRef, 'cannot change roleRef')];
}

function leaseProblems(lease: Lease): FieldProblem[] {
  const seconds = lease.spec?.leaseDurationSeconds;
  if (seconds === undefined || seconds > 0) return [];
  return [invalidValue('spec.leaseDurationSeconds', seconds, 'must be greater than 0')];
}

function keepSpec(draft: { spec: unknown }, before: { spec: unknown }): void {
  draft.spec = before.spec;
}

function prepareEvent(event: CoreEvent): void {
  event.involvedObject ??= {};
}

const RULES: Readonly<Record<string, KindRules>> = {
  nodes: { prepareCreate: prepareNode, validate: taintProblems, validateUpdate: nodeUpdateProblems },
  pods: { prepareCreate: preparePod, validate: podProblems, validateUpdate: podUpdateProblems },
  secrets: { prepareCreate: prepareSecret, prepareUpdate: prepareSecret, validateUpdate: secretUpdateProblems },
  namespaces: {
    prepareCreate: (namespace: Fields) => {
      namespace.spec = { finalizers: ['kubernetes'] };
      namespace.status = { phase: 'Active' };
    },
  },
  events: { prepareCreate: prepareEvent },
  'certificatesigningrequests.certificates.k8s.io': {
    prepareCreate: prepareRequest,
    prepareUpdate: keepSpec,
    validate: requestProblems,
  },
  'leases.coordination.k8s.io': { validate: leaseProblems },
  'poddisruptionbudgets.policy': {
    prepareCreate: (budget: PodDisruptionBudget) => {
      budget.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
    },
    validate: budgetProblems,
  },
  'daemonsets.apps': {
    prepareCreate: prepareDaemonSet,
    validate: workloadProblems,
    validateUpdate: workloadUpdateProblems,
  },
  ...Object.fromEntries(
    ['deployments.apps', 'replicasets.apps', 'statefulsets.apps'].map((key) => [
      key,
      { prepareCreate: prepareWorkload, validate: workloadProblems, validateUpdate: workloadUpdateProblems },
    ]),
  ),
  'clusterrolebindings.rbac.authorization.k8s.io': { validateUpdate: roleRefProblems },
  'rolebindings.rbac.authorization.k8s.io': { validateUpdate: roleRefProblems },
};

function refuse(type: ResourceType, draft: KubeObject, problems: readonly FieldProblem[]): void {
  if (problems.length > 0) throw invalid(type.group, type.kind, draft.metadata.name, problems);
}

/** Completes and checks a new object. Mutates the draft. @throws StatusError Invalid. */
export function prepareForCreate(type: ResourceType, draft: KubeObject, context: RuleContext): void {
  const rules = RULES[type.storedAs];
  const problems = [...nameProblems(type, draft.metadata.name), ...labelProblems(draft.metadata.labels)];
  refuse(type, draft, [...problems, ...(rules?.validate?.(draft as never) ?? [])]);
  rules?.prepareCreate?.(draft as never, context);
}

/** Keeps what an update may not touch, and checks the rest. Mutates the draft. @throws StatusError Invalid. */
export function prepareForUpdate(type: ResourceType, draft: KubeObject, before: KubeObject): void {
  const rules = RULES[type.storedAs];
  if (type.subresources.includes('status')) {
    const { status } = before as { status?: unknown };
    if (status === undefined) delete (draft as Fields & KubeObject).status;
    else (draft as Fields & KubeObject).status = status;
  }
  rules?.prepareUpdate?.(draft as never, before as never);
  const checks = [rules?.validate?.(draft as never), rules?.validateUpdate?.(draft as never, before as never)];
  refuse(type, draft, [...labelProblems(draft.metadata.labels), ...checks.flatMap((found) => found ?? [])]);
}

/**
 * The rule of the approval subresource: only conditions change; Approved and Denied stay once set and exclude each other.
 * Times that are left out are filled in.
 * @throws StatusError Invalid.
 */
export function checkApproval(
  type: ResourceType,
  request: CertificateSigningRequest,
  before: CertificateSigningRequest,
  now: string,
): void {
  const conditions = request.status?.conditions ?? [];
  const has = (list: readonly Condition[], name: string) => list.some((condition) => condition.type === name);
  const problems: FieldProblem[] = [];
  for (const name of ['Approved', 'Denied', 'Failed']) {
    if (has(before.status?.conditions ?? [], name) && !has(conditions, name))
      problems.push(forbiddenField('status.conditions', `updates may not remove a condition of type "${name}"`));
  }
  conditions.forEach((condition, index) => {
    if (['Approved', 'Denied', 'Failed'].includes(condition.type) && condition.status !== 'True') {
      problems.push(notSupportedValue(`status.conditions[${index}].status`, condition.status ?? '', ['True']));
    }
  });
  if (has(conditions, 'Approved') && has(conditions, 'Denied'))
    problems.push(
      invalidValue('status.conditions', 'Approved, Denied', 'Approved and Denied conditions are mutually exclusive'),
    );
  refuse(type, request, problems);
  for (const condition of conditions) {
    const known = before.status?.conditions?.find(({ type: name }) => name === condition.type);
    condition.lastUpdateTime ??= now;
    condition.lastTransitionTime ??= known?.lastTransitionTime ?? now;
  }
}
