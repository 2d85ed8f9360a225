import { CertificatesV1Api, type V1CertificateSigningRequest } from '@kubernetes/client-node';
import type { AskedCsr, CertificateRequests, PendingCsr } from '../nodes/ports.ts';
import { ConflictingWrite, kubernetesCall, kubernetesCallUnless } from './errors.ts';
import { listAll } from './list-all.ts';
import type { KubernetesConnection } from './open-cluster.ts';

/** Who signs certificates of kubelets (kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests). */
const KUBELET_SIGNERS = ['kubernetes.io/kube-apiserver-client-kubelet', 'kubernetes.io/kubelet-serving'];

type Decision = 'Approved' | 'Denied';

/** The certificate signing requests of a cluster's kubelets. */
export function kubernetesCertificateRequests(connection: KubernetesConnection): CertificateRequests {
  const certificates = connection.api(CertificatesV1Api);
  return {
    async pending() {
      return (await kubeletRequests(certificates))
        .filter((request) => conditionsOf(request).length === 0)
        .map(pendingOf);
    },
    async askedBy(usernames) {
      // The API server selects by signer and name only.
      return (await kubeletRequests(certificates)).map(askedOf).filter(({ username }) => usernames.includes(username));
    },
    approve: (name, message) => decide(certificates, name, 'Approved', message),
    deny: (name, message) => decide(certificates, name, 'Denied', message),
  };
}

async function kubeletRequests(certificates: CertificatesV1Api): Promise<V1CertificateSigningRequest[]> {
  const lists = KUBELET_SIGNERS.map((signer) => {
    const fieldSelector = `spec.signerName=${signer}`;
    return listAll((page) => certificates.listCertificateSigningRequest({ fieldSelector, ...page }));
  });
  return (await Promise.all(lists)).flat();
}

/**
 * Adds a decision to a request. One that was made before is fine, and so is a request that is gone: the controller manager
 * removes old ones, and a kubelet that still wants its certificate asks again.
 */
async function decide(certificates: CertificatesV1Api, name: string, type: Decision, message: string): Promise<void> {
  const request = await kubernetesCallUnless([404], certificates.readCertificateSigningRequest({ name }));
  if (!request || conditionsOf(request).some((condition) => condition.type === type)) return;
  const condition = { type, status: 'True', reason: `Tender${type}`, message };
  const body = { ...request, status: { ...request.status, conditions: [...conditionsOf(request), condition] } };
  const replaced = certificates.replaceCertificateSigningRequestApproval({ name, body });
  await kubernetesCall(replaced).catch((error: unknown) => {
    // Somebody wrote it meanwhile; what they wrote decides whether anything is left to do.
    if (error instanceof ConflictingWrite) return decide(certificates, name, type, message);
    throw error;
  });
}

function conditionsOf(request: V1CertificateSigningRequest) {
  return request.status?.conditions ?? [];
}

function pendingOf({ metadata, spec }: V1CertificateSigningRequest): PendingCsr {
  return {
    name: metadata?.name ?? '',
    signerName: spec.signerName,
    username: spec.username ?? '',
    groups: spec.groups ?? [],
    usages: spec.usages ?? [],
    request: Buffer.from(spec.request, 'base64').toString('utf8'),
  };
}

function askedOf(request: V1CertificateSigningRequest): AskedCsr {
  const types = conditionsOf(request).map(({ type }) => type);
  const decision = types.includes('Approved') ? 'approved' : types.includes('Denied') ? 'denied' : undefined;
  return { ...pendingOf(request), decision };
}
