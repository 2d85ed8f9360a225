import { describe, expect, it } from 'vitest';
import { ValidatingPolicies } from '../../../../../simulator/kubernetes/admission/validating-policies.ts';
import { resourceOf } from '../../../../../simulator/kubernetes/api/resources.ts';
import { StatusError } from '../../../../../simulator/kubernetes/api/status-error.ts';
import { Store } from '../../../../../simulator/kubernetes/api/store.ts';
import type { AdmissionRequest } from '../../../../../simulator/kubernetes/auth/node-restriction.ts';
import { World } from '../../../../../simulator/world/world.ts';

const GROUP = 'admissionregistration.k8s.io';
const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] };

function policies(spec: Readonly<Record<string, unknown>>, actions: readonly string[] = ['Deny']): ValidatingPolicies {
  const store = new Store(new World({ seed: 1 }), 'policies');
  const metadata = { name: 'rules' };
  const policySpec = { matchConstraints: { resourceRules: [rule] }, ...spec };
  const bindingSpec = { policyName: 'rules', validationActions: actions };
  store.create(`validatingadmissionpolicies.${GROUP}`, object('ValidatingAdmissionPolicy', metadata, policySpec));
  store.create(
    `validatingadmissionpolicybindings.${GROUP}`,
    object('ValidatingAdmissionPolicyBinding', metadata, bindingSpec),
  );
  return new ValidatingPolicies(store);
}

function object(kind: string, metadata: { name: string }, spec: unknown) {
  return { apiVersion: `${GROUP}/v1`, kind, metadata, spec };
}

function creating(data: Readonly<Record<string, unknown>>, type = 'configmaps'): AdmissionRequest {
  const created = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, ...data };
  const user = { username: 'tender', groups: ['tender:controllers'] };
  return {
    user,
    operation: 'CREATE',
    type: resourceOf(type),
    subresource: '',
    namespace: 'default',
    name: 'settings',
    object: created,
  };
}

function refusal(admission: ValidatingPolicies, request: AdmissionRequest): StatusError | undefined {
  try {
    admission.admit(request);
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
}

describe('ValidatingPolicies', () => {
  it('lets pass what satisfies every validation', () => {
    const admission = policies({ validations: [{ expression: "object.data.size == 'small'" }] });
    expect(refusal(admission, creating({ data: { size: 'small' } }))).toBeUndefined();
  });

  it('refuses with the reason and message of the first validation that does not hold', () => {
    const admission = policies({
      validations: [
        { expression: 'true' },
        { expression: 'false', message: 'never', reason: 'Forbidden' },
        { expression: 'false' },
      ],
    });
    const status = refusal(admission, creating({}))?.status;
    expect(status).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message: `configmaps "settings" is forbidden: ValidatingAdmissionPolicy 'rules' with binding 'rules' denied request: never`,
    });
  });

  it('says the expression where no message was written, and calls it invalid', () => {
    const status = refusal(policies({ validations: [{ expression: '1 == 2' }] }), creating({}))?.status;
    expect(status).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(status?.message).toContain('failed expression: 1 == 2');
  });

  it('leaves alone what its constraints or conditions do not match, and what it is only to warn of', () => {
    const never = { validations: [{ expression: 'false' }] };
    const elsewhere = {
      ...never,
      matchConditions: [{ name: 'other', expression: "request.userInfo.username == 'other'" }],
    };
    expect(refusal(policies(never), creating({}, 'secrets'))).toBeUndefined();
    expect(refusal(policies(elsewhere), creating({}))).toBeUndefined();
    expect(refusal(policies(never, ['Warn']), creating({}))).toBeUndefined();
  });

  it('refuses when an expression cannot be evaluated, unless failures are to be ignored', () => {
    const validations = [{ expression: "object.data.missing == 'x'" }];
    expect(refusal(policies({ validations }), creating({ data: {} }))?.message).toContain('resulted in error');
    expect(refusal(policies({ validations, failurePolicy: 'Ignore' }), creating({ data: {} }))).toBeUndefined();
  });

  it('computes a variable only when it is asked for', () => {
    const variables = [{ name: 'broken', expression: 'object.data.missing' }];
    expect(
      refusal(policies({ variables, validations: [{ expression: 'true' }] }), creating({ data: {} })),
    ).toBeUndefined();
    const asks = [{ expression: "variables.broken == 'x'" }];
    expect(refusal(policies({ variables, validations: asks }), creating({ data: {} }))).toBeDefined();
  });

  it('sees whole numbers as int, and a new object as it will be stamped', () => {
    const expression =
      "object.count % 2 == 1 && timestamp(object.metadata.creationTimestamp) == timestamp('2026-03-02T09:00:00Z')";
    expect(refusal(policies({ validations: [{ expression }] }), creating({ count: 3 }))).toBeUndefined();
  });

  it('refuses a policy that it could not evaluate as it is meant', () => {
    const define = (spec: Readonly<Record<string, unknown>>): AdmissionRequest => ({
      ...creating({}, `validatingadmissionpolicies.${GROUP}`),
      object: object('ValidatingAdmissionPolicy', { name: 'new' }, spec) as never,
    });
    const admission = policies({});
    expect(refusal(admission, define({ paramKind: { kind: 'ConfigMap' } }))?.status).toMatchObject({ code: 501 });
    expect(refusal(admission, define({ validations: [{ expression: 'this is (not CEL' }] }))?.status).toMatchObject({
      code: 422,
      details: { causes: [{ field: 'spec.validations[0].expression' }] },
    });
  });
});
