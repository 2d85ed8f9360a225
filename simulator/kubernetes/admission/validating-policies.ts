import type { KubeObject } from '../api/objects.ts';
import { forbidden, invalid, invalidValue, notImplemented, StatusError } from '../api/status-error.ts';
import type { Store } from '../api/store.ts';
import type { AdmissionRequest } from '../auth/node-restriction.ts';
import { type CelProgram, celValue, compileCel } from './cel.ts';

const GROUP = 'admissionregistration.k8s.io';
const POLICIES = `validatingadmissionpolicies.${GROUP}`;
const BINDINGS = `validatingadmissionpolicybindings.${GROUP}`;

interface ResourceRule {
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly operations?: readonly string[];
  readonly resources?: readonly string[];
}

interface Named {
  readonly name: string;
  readonly expression: string;
}

interface Validation {
  readonly expression: string;
  readonly message?: string;
  /** `Forbidden`, `Unauthorized`, `Invalid` (the default), `RequestEntityTooLarge`. */
  readonly reason?: string;
}

interface Policy extends KubeObject {
  readonly spec: {
    readonly failurePolicy?: 'Fail' | 'Ignore';
    readonly matchConstraints?: { readonly resourceRules?: readonly ResourceRule[] };
    readonly matchConditions?: readonly Named[];
    readonly variables?: readonly Named[];
    readonly validations?: readonly Validation[];
  };
}

interface Binding extends KubeObject {
  readonly spec: { readonly policyName: string; readonly validationActions?: readonly string[] };
}

const CODES: Readonly<Record<string, number>> = {
  Unauthorized: 401,
  Forbidden: 403,
  Invalid: 422,
  RequestEntityTooLarge: 413,
};

/** Parts of the API that change what a policy means, and that nothing here evaluates. */
const UNSUPPORTED_POLICY = ['paramKind', 'auditAnnotations'];
const UNSUPPORTED_CONSTRAINTS = ['namespaceSelector', 'objectSelector', 'excludeResourceRules'];
const UNSUPPORTED_BINDING = ['paramRef', 'matchResources'];

/**
 * The admission plugin ValidatingAdmissionPolicy: CEL over the request, the new and the old object.
 * Parameters, selectors, audit annotations and message expressions are refused when a policy is written.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export class ValidatingPolicies {
  readonly #store: Store;
  readonly #programs: Programs = new Map();

  constructor(store: Store) {
    this.#store = store;
  }

  /** @throws StatusError with the reason of the first validation that does not hold, NotImplemented or Invalid for a policy itself. */
  admit(request: AdmissionRequest): void {
    if (request.type.group === GROUP) {
      this.#checkDefinition(request);
      return;
    }
    for (const binding of this.#store.list<Binding>(BINDINGS)) {
      const policy = this.#store.find<Policy>(POLICIES, binding.spec.policyName);
      if (!policy || !(binding.spec.validationActions ?? []).includes('Deny')) continue;
      if (matches(policy, request)) this.#evaluate(policy, binding, request);
    }
  }

  #evaluate(policy: Policy, binding: Binding, request: AdmissionRequest): void {
    const scope = this.#scope(policy, request);
    const deny = (reason: string, why: string) => {
      if (why !== '') throw denial(policy, binding, request, reason, why);
    };
    for (const { expression } of policy.spec.matchConditions ?? []) {
      const outcome = this.#run(expression, scope);
      if (outcome.error !== undefined) deny('Invalid', ignores(policy) ? '' : outcome.error);
      if (outcome.value !== true) return;
    }
    for (const { expression, message, reason } of policy.spec.validations ?? []) {
      const outcome = this.#run(expression, scope);
      if (outcome.error !== undefined) deny(reason ?? 'Invalid', ignores(policy) ? '' : outcome.error);
      else if (outcome.value !== true) deny(reason ?? 'Invalid', message ?? `failed expression: ${expression.trim()}`);
    }
  }

  #scope(policy: Policy, request: AdmissionRequest): Record<string, unknown> {
    const scope: Record<string, unknown> = { request: requestValue(request), ...this.#objects(request) };
    scope.variables = variablesOf(policy, scope, this.#programs);
    return scope;
  }

  /** The server stamps a new object before policies see it. */
  #objects({ operation, object, oldObject }: AdmissionRequest): { object: unknown; oldObject: unknown } {
    const creationTimestamp = `${this.#store.world.date().toISOString().slice(0, 19)}Z`;
    const stamped =
      operation === 'CREATE' && object ? { ...object, metadata: { creationTimestamp, ...object.metadata } } : object;
    return { object: celValue(stamped ?? null), oldObject: celValue(oldObject ?? null) };
  }

  #run(
    expression: string,
    scope: Readonly<Record<string, unknown>>,
  ): { readonly value?: unknown; readonly error?: string } {
    try {
      return { value: programOf(expression, this.#programs)(scope) };
    } catch (error) {
      const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
      return { error: `expression '${expression.trim()}' resulted in error: ${line}` };
    }
  }

  #checkDefinition({ operation, type, object }: AdmissionRequest): void {
    if (operation === 'DELETE' || object === undefined) return;
    const spec = (object as KubeObject & { readonly spec?: Record<string, unknown> }).spec ?? {};
    if (type.key === BINDINGS) refuse(spec, UNSUPPORTED_BINDING, `${type.kind} spec.`);
    if (type.key !== POLICIES) return;
    refuse(spec, UNSUPPORTED_POLICY, `${type.kind} spec.`);
    refuse(
      (spec.matchConstraints as object | undefined) ?? {},
      UNSUPPORTED_CONSTRAINTS,
      `${type.kind} spec.matchConstraints.`,
    );
    this.#checkExpressions(object as Policy);
  }

  #checkExpressions(policy: Policy): void {
    for (const list of ['matchConditions', 'variables', 'validations'] as const) {
      for (const [index, item] of (policy.spec[list] ?? []).entries()) {
        refuse(item, ['messageExpression'], `ValidatingAdmissionPolicy spec.${list}[${index}].`);
        try {
          programOf(item.expression, this.#programs);
        } catch (error) {
          const problem = `compilation failed: ERROR: ${error instanceof Error ? error.message : String(error)}`;
          const field = `spec.${list}[${index}].expression`;
          throw invalid(GROUP, policy.kind, policy.metadata.name, [invalidValue(field, item.expression, problem)]);
        }
      }
    }
  }
}

type Programs = Map<string, CelProgram>;

function programOf(expression: string, programs: Programs): CelProgram {
  const program = programs.get(expression) ?? compileCel(expression);
  programs.set(expression, program);
  return program;
}

/**
 * Variables are computed when they are first used, as the server does: one that fails harms only who asks for it.
 * They know nothing of the store: the CEL library keeps the first variables that it meets for good, and all that they lead to.
 */
function variablesOf(policy: Policy, scope: Readonly<Record<string, unknown>>, programs: Programs): object {
  const variables = {};
  for (const { name, expression } of policy.spec.variables ?? []) {
    let known: { readonly value: unknown } | undefined;
    const get = () => {
      known ??= { value: programOf(expression, programs)(scope) };
      return known.value;
    };
    Object.defineProperty(variables, name, { enumerable: true, get });
  }
  return variables;
}

function ignores(policy: Policy): boolean {
  return policy.spec.failurePolicy === 'Ignore';
}

function matches(policy: Policy, { type, operation, subresource }: AdmissionRequest): boolean {
  const resource = subresource === '' ? type.resource : `${type.resource}/${subresource}`;
  const wildcards = subresource === '' ? ['*', '*/*'] : ['*/*', `${type.resource}/*`, `*/${subresource}`];
  const holds = (allowed: readonly string[] | undefined, ...values: readonly string[]) =>
    (allowed ?? []).some((value) => value === '*' || values.includes(value));
  return (policy.spec.matchConstraints?.resourceRules ?? []).some(
    (rule) =>
      holds(rule.apiGroups, type.group) &&
      holds(rule.apiVersions, type.version) &&
      holds(rule.operations, operation) &&
      (rule.resources ?? []).some((value) => value === resource || wildcards.includes(value)),
  );
}

function requestValue({ user, operation, type, subresource, namespace, name }: AdmissionRequest): unknown {
  return {
    operation,
    name,
    namespace,
    subResource: subresource,
    kind: { group: type.group, version: type.version, kind: type.kind },
    resource: { group: type.group, version: type.version, resource: type.resource },
    userInfo: {
      username: user.username,
      groups: [...user.groups],
      ...(user.uid === undefined ? {} : { uid: user.uid }),
    },
  };
}

/** As the plugin writes it: the text of a Forbidden, with the code and the reason of the validation. */
function denial(policy: Policy, binding: Binding, request: AdmissionRequest, reason: string, why: string): StatusError {
  const { name: policyName } = policy.metadata;
  const { name: bindingName } = binding.metadata;
  const message = `ValidatingAdmissionPolicy '${policyName}' with binding '${bindingName}' denied request: ${why}`;
  const name = request.name || (request.object?.metadata.name ?? '');
  const { status } = forbidden(request.type, name, message);
  const details = { ...status.details, causes: [{ message }] };
  return new StatusError(CODES[reason] ?? 422, reason, status.message ?? message, details);
}

function refuse(spec: object, fields: readonly string[], prefix: string): void {
  const used = Object.entries(spec).find(([field, value]) => fields.includes(field) && !isEmpty(value));
  if (used) throw notImplemented(`${prefix}${used[0]}`);
}

/** An API server fills in empty selectors, and clients send them back. */
function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}
