import type { CertificateSigningRequest, ClusterNode, KubeObject, Lease, Pod } from '../api/objects.ts';
import { sameJson } from '../api/patch.ts';
import type { ResourceType } from '../api/resources.ts';
import { forbidden } from '../api/status-error.ts';
import type { Store } from '../api/store.ts';
import { parseCertificateRequest } from '../pki/certificates.ts';
import { nodeNameOf } from './authorization.ts';
import type { User } from './user.ts';

/** One write, as admission sees it. */
export interface AdmissionRequest {
  readonly user: User;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly type: ResourceType;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly object?: KubeObject;
  readonly oldObject?: KubeObject;
}

/** Labels that a kubelet may set on its own Node although their domain is reserved (component-helpers' well-known list). */
const KUBELET_LABELS = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'node.kubernetes.io/windows-build',
]);

function domainIs(key: string, domain: string): boolean {
  const namespace = key.includes('/') ? (key.split('/')[0] ?? '') : '';
  return namespace === domain || namespace.endsWith(`.${domain}`);
}

function reservedFor(key: string): boolean {
  if (domainIs(key, 'node-restriction.kubernetes.io')) return true;
  if (KUBELET_LABELS.has(key)) return false;
  if (domainIs(key, 'kubelet.kubernetes.io') || domainIs(key, 'node.kubernetes.io')) return false;
  return domainIs(key, 'kubernetes.io') || domainIs(key, 'k8s.io');
}

function changedLabels(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => before[key] !== after[key]).sort();
}

function nodeProblem(nodeName: string, { operation, name, object, oldObject }: AdmissionRequest): string | undefined {
  const node = object as ClusterNode | undefined;
  const old = oldObject as ClusterNode | undefined;
  if (operation === 'CREATE' && node) {
    const reserved = changedLabels({}, node.metadata.labels ?? {}).filter(reservedFor);
    if (reserved.length > 0)
      return `node "${nodeName}" is not allowed to set the following labels: ${reserved.join(', ')}`;
  }
  const requested = name || node?.metadata.name || '';
  if (requested !== nodeName) return `node "${nodeName}" is not allowed to modify node "${requested}"`;
  if (operation === 'UPDATE' && node && old) {
    if (!sameJson(node.spec?.taints ?? [], old.spec?.taints ?? []))
      return `node "${nodeName}" is not allowed to modify taints`;
    const reserved = changedLabels(old.metadata.labels ?? {}, node.metadata.labels ?? {}).filter(reservedFor);
    if (reserved.length > 0) return `is not allowed to modify labels: ${reserved.join(', ')}`;
  }
  return undefined;
}

function podProblem(nodeName: string, request: AdmissionRequest, store: Store): string | undefined {
  const pod = request.object as Pod | undefined;
  if (request.subresource === 'eviction' || request.operation === 'DELETE' || request.subresource === 'status') {
    const existing = store.find<Pod>('pods', request.name, request.namespace);
    if (existing && existing.spec.nodeName !== nodeName) {
      const verb =
        request.operation === 'DELETE' ? 'delete' : request.subresource === 'status' ? 'update status for' : 'evict';
      return request.operation === 'DELETE'
        ? `node "${nodeName}" can only delete pods with spec.nodeName set to itself`
        : `node "${nodeName}" can only ${verb} pods with spec.nodeName set to itself`;
    }
    return undefined;
  }
  if (request.operation !== 'CREATE' || request.subresource !== '' || !pod) return undefined;
  if (pod.metadata.annotations?.['kubernetes.io/config.mirror'] === undefined)
    return `pod does not have "kubernetes.io/config.mirror" annotation, node "${nodeName}" can only create mirror pods`;
  if (pod.spec.nodeName !== nodeName) return `node "${nodeName}" can only create pods with spec.nodeName set to itself`;
  return undefined;
}

function leaseProblem(nodeName: string, request: AdmissionRequest): string | undefined {
  if (request.operation !== 'CREATE') return undefined;
  const lease = request.object as Lease | undefined;
  if (lease?.metadata.name === nodeName) return undefined;
  return 'can only access node lease with the same name as the requesting node';
}

const NODE_SIGNERS = ['kubernetes.io/kube-apiserver-client-kubelet', 'kubernetes.io/kubelet-serving'];

/** A node asks for certificates of its own name only (since Kubernetes 1.32). */
function requestProblem(nodeName: string, { operation, object }: AdmissionRequest): string | undefined {
  const request = object as CertificateSigningRequest | undefined;
  if (operation !== 'CREATE' || !request || !NODE_SIGNERS.includes(request.spec.signerName)) return undefined;
  const { subject } = parseCertificateRequest(Buffer.from(request.spec.request, 'base64').toString('utf8'));
  if (subject.commonName === `system:node:${nodeName}`) return undefined;
  return `can only create a node CSR with CN=system:node:${nodeName}`;
}

/** The admission plugin NodeRestriction. @throws StatusError Forbidden. */
export function restrictNode(request: AdmissionRequest, store: Store): void {
  const nodeName = nodeNameOf(request.user);
  if (nodeName === undefined) return;
  const key = request.type.key;
  let problem: string | undefined;
  if (key === 'nodes') problem = nodeProblem(nodeName, request);
  else if (key === 'pods') problem = podProblem(nodeName, request, store);
  else if (key === 'leases.coordination.k8s.io') problem = leaseProblem(nodeName, request);
  else if (key === 'certificatesigningrequests.certificates.k8s.io') problem = requestProblem(nodeName, request);
  const name = request.name || (request.object?.metadata.name ?? '');
  if (problem !== undefined) throw forbidden(request.type, name, problem);
}
