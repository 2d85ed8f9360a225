import type { CertificateSigningRequest, ClusterNode, Condition } from '../api/objects.ts';
import { conditionOf, timeText } from '../api/objects.ts';
import type { Authorizer } from '../auth/authorization.ts';
import { type CertificateAuthority, type ParsedRequest, parseCertificateRequest } from '../pki/certificates.ts';
import type { ControllerContext } from './controller-context.ts';
import { WorkQueue } from './work-queue.ts';

const REQUESTS = 'certificatesigningrequests.certificates.k8s.io';
export const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet';
export const SERVING_SIGNER = 'kubernetes.io/kubelet-serving';
const GENERIC_CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';

/** `--cluster-signing-duration` of the controller-manager. */
const YEAR_SECONDS = 365 * 24 * 3600;
/** How long the csrcleaner keeps requests: approved or denied an hour, pending a day (its defaults). */
const KEEP_MS = { Approved: 3_600_000, Denied: 3_600_000, Pending: 86_400_000 };

const CLIENT_USAGES = [
  ['digital signature', 'client auth'],
  ['key encipherment', 'digital signature', 'client auth'],
];
const SERVING_USAGES = [
  ['digital signature', 'server auth'],
  ['key encipherment', 'digital signature', 'server auth'],
];

function usagesAre(usages: readonly string[], accepted: readonly (readonly string[])[]): boolean {
  return accepted.some((set) => set.length === usages.length && set.every((usage) => usages.includes(usage)));
}

/** Why a request is no kubelet client certificate; the checks of k8s.io/kubernetes/pkg/apis/certificates. */
function clientProblem(request: CertificateSigningRequest, parsed: ParsedRequest): string | undefined {
  const { organizations = [], commonName } = parsed.subject;
  if (organizations.length !== 1 || organizations[0] !== 'system:nodes')
    return 'subject organization is not system:nodes';
  if (parsed.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed';
  if (parsed.emailAddresses.length > 0) return 'Email subjectAltNames are not allowed';
  if (parsed.ipAddresses.length > 0) return 'IP subjectAltNames are not allowed';
  if (parsed.uris.length > 0) return 'URI subjectAltNames are not allowed';
  if (!commonName.startsWith('system:node:')) return 'subject common name does not begin with system:node:';
  if (!usagesAre(request.spec.usages, CLIENT_USAGES)) return 'usages did not match';
  return undefined;
}

/** Why a request is no kubelet serving certificate. */
function servingProblem(request: CertificateSigningRequest, parsed: ParsedRequest): string | undefined {
  const { organizations = [], commonName } = parsed.subject;
  if (organizations.length !== 1 || organizations[0] !== 'system:nodes')
    return 'subject organization is not system:nodes';
  if (parsed.dnsNames.length + parsed.ipAddresses.length === 0) return 'DNS or IP subjectAltName is required';
  if (parsed.emailAddresses.length > 0) return 'Email subjectAltNames are not allowed';
  if (parsed.uris.length > 0) return 'URI subjectAltNames are not allowed';
  if (!commonName.startsWith('system:node:')) return 'subject common name does not begin with system:node:';
  if (!usagesAre(request.spec.usages, SERVING_USAGES)) return 'usages did not match';
  if (request.spec.username !== commonName) return 'subject common name is not the requester';
  return undefined;
}

function parsedOf(request: CertificateSigningRequest): ParsedRequest {
  return parseCertificateRequest(Buffer.from(request.spec.request, 'base64').toString('utf8'));
}

function stateOf(request: CertificateSigningRequest): 'Approved' | 'Denied' | 'Pending' {
  if (conditionOf(request, 'Denied')) return 'Denied';
  return conditionOf(request, 'Approved') ? 'Approved' : 'Pending';
}

/**
 * What the controller-manager does with certificate requests: approves kubelet client requests of those whom RBAC
 * permits it (`nodeclient`, `selfnodeclient`) whatever name they ask for, signs what is approved, forgets the old.
 * A kubelet-serving request is never approved by it.
 */
export class CertificateRequestControllers {
  readonly #context: ControllerContext;
  readonly #authorizer: Authorizer;
  readonly #authority: CertificateAuthority;
  readonly #approvesServing: boolean;
  readonly #approver: WorkQueue;
  readonly #signer: WorkQueue;

  /** `approvesServing`: whether kubelet-serving requests are approved too, as on EKS. */
  constructor(
    context: ControllerContext,
    authorizer: Authorizer,
    authority: CertificateAuthority,
    approvesServing = false,
  ) {
    this.#approvesServing = approvesServing;
    this.#context = context;
    this.#authorizer = authorizer;
    this.#authority = authority;
    this.#approver = new WorkQueue(context.world, 'csrapproving', 40, (name) => this.#approve(name));
    this.#signer = new WorkQueue(context.world, 'csrsigning', 60, (name) => this.#sign(name));
    context.store.listen(REQUESTS, ({ type, object, previous }) => {
      if (type === 'DELETED') return;
      const request = object as CertificateSigningRequest;
      this.#tell(request, previous as CertificateSigningRequest | undefined);
      const state = stateOf(request);
      if (state === 'Pending') this.#approver.add(request.metadata.name);
      if (state === 'Approved' && !request.status?.certificate) this.#signer.add(request.metadata.name);
      if (type === 'ADDED') this.#cleanLater(request.metadata.name, KEEP_MS.Pending);
      else if (previous && stateOf(previous as CertificateSigningRequest) === 'Pending' && state !== 'Pending')
        this.#cleanLater(request.metadata.name, KEEP_MS[state]);
    });
  }

  #tell(request: CertificateSigningRequest, previous: CertificateSigningRequest | undefined): void {
    const { name } = request.metadata;
    const { signerName, username } = request.spec;
    const before = previous ? stateOf(previous) : undefined;
    const now = stateOf(request);
    const condition = request.status?.conditions?.at(-1);
    if (!previous) this.#context.log('CsrCreated', { csr: name, signerName, username });
    if (before !== 'Approved' && now === 'Approved')
      this.#context.log('CsrApproved', { csr: name, signerName, reason: condition?.reason ?? '' });
    if (before !== 'Denied' && now === 'Denied')
      this.#context.log('CsrDenied', { csr: name, signerName, reason: condition?.reason ?? '' });
    if (request.status?.certificate && !previous?.status?.certificate)
      this.#context.log('CertificateIssued', { csr: name, signerName, username });
  }

  #approve(name: string): void {
    const request = this.#context.store.find<CertificateSigningRequest>(REQUESTS, name);
    if (!request || stateOf(request) !== 'Pending') return;
    if (request.spec.signerName === SERVING_SIGNER && this.#approvesServing) this.#approveServing(request);
    if (request.spec.signerName !== CLIENT_SIGNER) return;
    const parsed = parsedOf(request);
    if (clientProblem(request, parsed) !== undefined) return;
    const self = request.spec.username === parsed.subject.commonName;
    if (self && this.#permits(request, 'selfnodeclient'))
      this.#addCondition(
        name,
        'Approved',
        'AutoApproved',
        'Auto approving self kubelet client certificate after SubjectAccessReview.',
      );
    else if (this.#permits(request, 'nodeclient'))
      this.#addCondition(
        name,
        'Approved',
        'AutoApproved',
        'Auto approving kubelet client certificate after SubjectAccessReview.',
      );
  }

  #approveServing(request: CertificateSigningRequest): void {
    const parsed = parsedOf(request);
    const name = parsed.subject.commonName.slice('system:node:'.length);
    const addresses = this.#context.store.find<ClusterNode>('nodes', name)?.status?.addresses ?? [];
    const own = new Set([name, ...addresses.map(({ address }) => address)]);
    const foreign = [...parsed.dnsNames, ...parsed.ipAddresses].some((entry) => !own.has(entry));
    if (foreign || servingProblem(request, parsed) !== undefined) return;
    this.#addCondition(
      request.metadata.name,
      'Approved',
      'AutoApproved',
      'Auto approving kubelet serving certificate.',
    );
  }

  #permits({ spec }: CertificateSigningRequest, subresource: string): boolean {
    return this.#authorizer.authorize({
      user: { username: spec.username ?? '', groups: spec.groups ?? [] },
      verb: 'create',
      group: 'certificates.k8s.io',
      resource: 'certificatesigningrequests',
      subresource,
      namespace: '',
      name: '',
      path: '',
    }).allowed;
  }

  #sign(name: string): void {
    const request = this.#context.store.find<CertificateSigningRequest>(REQUESTS, name);
    if (!request || stateOf(request) !== 'Approved' || request.status?.certificate) return;
    if (conditionOf(request, 'Failed')) return;
    const check = this.#checkFor(request.spec.signerName);
    if (!check) return;
    const parsed = parsedOf(request);
    const problem = parsed.signatureValid ? check(request, parsed) : 'the request is not signed with its own key';
    if (problem !== undefined) {
      this.#addCondition(name, 'Failed', 'SignerValidationFailure', problem);
      return;
    }
    const certificate = Buffer.from(this.#certificate(request, parsed)).toString('base64');
    this.#context.store.change<CertificateSigningRequest>(REQUESTS, name, undefined, (draft) => {
      draft.status = { ...draft.status, certificate };
    });
  }

  #checkFor(
    signerName: string,
  ): ((request: CertificateSigningRequest, parsed: ParsedRequest) => string | undefined) | undefined {
    if (signerName === CLIENT_SIGNER) return clientProblem;
    if (signerName === SERVING_SIGNER) return servingProblem;
    if (signerName !== GENERIC_CLIENT_SIGNER) return undefined;
    return ({ spec }) => (spec.usages.includes('client auth') ? undefined : 'usages did not match');
  }

  /** Five minutes are granted for clocks that differ; `expirationSeconds` shortens, never lengthens. */
  #certificate({ spec }: CertificateSigningRequest, parsed: ParsedRequest): string {
    const now = this.#context.world.now();
    const seconds = Math.min(spec.expirationSeconds ?? YEAR_SECONDS, YEAR_SECONDS);
    return this.#authority.issue({
      subject: parsed.subject,
      publicKey: parsed.publicKey,
      dnsNames: parsed.dnsNames,
      ipAddresses: parsed.ipAddresses,
      usages: spec.usages,
      notBefore: now - 300_000,
      notAfter: now + seconds * 1000,
    });
  }

  #addCondition(name: string, type: string, reason: string, message: string): void {
    const now = timeText(this.#context.world.now());
    const condition: Condition = {
      type,
      status: 'True',
      reason,
      message,
      lastUpdateTime: now,
      lastTransitionTime: now,
    };
    this.#context.store.change<CertificateSigningRequest>(REQUESTS, name, undefined, (draft) => {
      draft.status = { ...draft.status, conditions: [...(draft.status?.conditions ?? []), condition] };
    });
  }

  #cleanLater(name: string, keepMs: number): void {
    this.#context.world.afterInBackground(keepMs, `csrcleaner ${name}`, () => {
      const request = this.#context.store.find<CertificateSigningRequest>(REQUESTS, name);
      if (!request) return;
      const since = request.status?.conditions?.at(-1)?.lastUpdateTime ?? request.metadata.creationTimestamp ?? '';
      if (this.#context.world.now() - Date.parse(since) >= KEEP_MS[stateOf(request)] - 1000)
        this.#context.store.remove(REQUESTS, name);
    });
  }
}
