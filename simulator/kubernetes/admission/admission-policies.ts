import type { CertificateSigningRequest } from '../api/objects.ts';
import { forbidden } from '../api/status-error.ts';
import type { Store } from '../api/store.ts';
import type { Authorizer } from '../auth/authorization.ts';
import type { AdmissionRequest } from '../auth/node-restriction.ts';
import { parseCertificateRequest } from '../pki/certificates.ts';
import { ValidatingPolicies } from './validating-policies.ts';

const REQUESTS = 'certificatesigningrequests.certificates.k8s.io';
const GENERIC_CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';

/** The admission plugins behind NodeRestriction that certificate requests meet, and ValidatingAdmissionPolicy. */
export class AdmissionPolicies {
  readonly #authorizer: Authorizer;
  readonly #validating: ValidatingPolicies;

  constructor(store: Store, authorizer: Authorizer) {
    this.#authorizer = authorizer;
    this.#validating = new ValidatingPolicies(store);
  }

  /** @throws StatusError Forbidden or Invalid. */
  admit(request: AdmissionRequest): void {
    if (request.type.key === REQUESTS) this.#certificateRequest(request);
    this.#validating.admit(request);
  }

  #certificateRequest(request: AdmissionRequest): void {
    const { operation, subresource, type, name } = request;
    const object = request.object as CertificateSigningRequest | undefined;
    if (!object) return;
    const { signerName } = object.spec;
    if (operation === 'CREATE' && signerName === GENERIC_CLIENT_SIGNER && asksForMasters(object))
      throw forbidden(
        type,
        object.metadata.name,
        `use of ${signerName} signer with system:masters group is not allowed`,
      );
    if (operation !== 'UPDATE') return;
    const old = request.oldObject as CertificateSigningRequest;
    if (subresource === 'approval' && !this.#may(request, 'approve', signerName))
      throw forbidden(type, name, `user not permitted to approve requests with signerName "${signerName}"`);
    const signs = subresource === 'status' && old.status?.certificate !== object.status?.certificate;
    if (signs && !this.#may(request, 'sign', signerName))
      throw forbidden(type, name, `user not permitted to sign requests with signerName "${signerName}"`);
  }

  /** Permission on the very signer, or on its whole domain (`kubernetes.io/*`). */
  #may({ user }: AdmissionRequest, verb: string, signerName: string): boolean {
    const wildcard = `${signerName.split('/')[0] ?? ''}/*`;
    return [signerName, wildcard].some(
      (name) =>
        this.#authorizer.authorize({
          user,
          verb,
          group: 'certificates.k8s.io',
          resource: 'signers',
          subresource: '',
          namespace: '',
          name,
          path: '',
        }).allowed,
    );
  }
}

function asksForMasters({ spec }: CertificateSigningRequest): boolean {
  const { subject } = parseCertificateRequest(Buffer.from(spec.request, 'base64').toString('utf8'));
  return (subject.organizations ?? []).includes('system:masters');
}
