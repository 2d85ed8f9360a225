import { isIPv6 } from 'node:net';
import { bootstrapUser } from './bootstrap-token.ts';
import { type CertificateRequest, readCertificateRequest } from './certificate-request.ts';
import type { Instance, PendingCsr } from './ports.ts';

export const clientSigner = 'kubernetes.io/kube-apiserver-client-kubelet';
export const servingSigner = 'kubernetes.io/kubelet-serving';

/** Usages that a kubelet asks for; anything else is not a kubelet's request. */
const clientUsages = new Set(['key encipherment', 'digital signature', 'client auth']);
const servingUsages = new Set(['key encipherment', 'digital signature', 'server auth']);

/** Whom a request may be from: one instance and the name and token that belong to it. */
export interface CsrOwner {
  readonly instance: Instance;
  readonly nodeName: string;
  /** The token minted for it; undefined when it joins without one of ours, or the token is spent. */
  readonly tokenId?: string | undefined;
}

/** `approve`, or every reason not to: each a clause that a person understands. */
export type Verdict = { readonly approve: true } | { readonly approve: false; readonly reasons: readonly string[] };

/**
 * Whether the kubelet's client request of a joining instance is approved: token, instance, and name must be one (S38).
 */
export function judgeClientCsr(csr: PendingCsr, owner: CsrOwner): Verdict {
  const request = readCertificateRequest(csr.request);
  if (!request) return refused(['the request is not a PKCS#10 request']);
  return verdict([
    [owner.tokenId === undefined, 'Tender minted no token for this instance, or it is spent'],
    [
      owner.tokenId !== undefined && csr.username !== bootstrapUser(owner.tokenId),
      `it was asked for as ${csr.username}, not with this instance's token`,
    ],
    ...subjectProblems(request, owner.nodeName),
    [
      request.dnsNames.length + request.ipAddresses.length + request.otherNames > 0,
      'a client certificate carries no alternative names',
    ],
    [!usagesFit(csr, clientUsages, 'client auth'), `usages ${csr.usages.join(', ')} are not a kubelet client's`],
  ]);
}

/**
 * Whether a kubelet-serving request is approved: the node asks for itself, and each name and address is its instance's own (S39).
 * Whether the instance is in a managed group is the caller's to know.
 */
export function judgeServingCsr(csr: PendingCsr, owner: CsrOwner): Verdict {
  const request = readCertificateRequest(csr.request);
  if (!request) return refused(['the request is not a PKCS#10 request']);
  const names = new Set([owner.nodeName, ...owner.instance.dnsNames]);
  const addresses = new Set(owner.instance.addresses.map(canonicalAddress));
  return verdict([
    [
      csr.username !== `system:node:${owner.nodeName}`,
      `it was asked for as ${csr.username}, not as system:node:${owner.nodeName}`,
    ],
    [!csr.groups.includes('system:nodes'), 'who asked is not in group system:nodes'],
    ...subjectProblems(request, owner.nodeName),
    ...request.dnsNames
      .filter((name) => !names.has(name))
      .map((name): Problem => [true, `DNS name ${name} is not the instance's`]),
    ...request.ipAddresses
      .filter((ip) => !addresses.has(canonicalAddress(ip)))
      .map((ip): Problem => [true, `IP address ${ip} is not the instance's`]),
    [request.otherNames > 0, 'it asks for e-mail, URI or other names'],
    [request.dnsNames.length + request.ipAddresses.length === 0, 'it asks for no name and no address'],
    [!usagesFit(csr, servingUsages, 'server auth'), `usages ${csr.usages.join(', ')} are not a kubelet server's`],
  ]);
}

/** A serving certificate is for an instance that waits at its launch hook, or is in service (S39, S40). */
export function mayServe(lifecycleState: string): boolean {
  return lifecycleState === 'Pending:Wait' || lifecycleState === 'InService';
}

type Problem = readonly [boolean, string];

function subjectProblems(request: CertificateRequest, nodeName: string): Problem[] {
  return [
    [
      request.commonName !== `system:node:${nodeName}`,
      `common name ${request.commonName || '(none)'} is not system:node:${nodeName}`,
    ],
    [
      request.organizations.length !== 1 || request.organizations[0] !== 'system:nodes',
      `organization ${request.organizations.join(', ') || '(none)'} is not system:nodes`,
    ],
    [request.otherSubject.length > 0, 'its subject has more than a common name and an organization'],
  ];
}

function usagesFit(csr: PendingCsr, allowed: ReadonlySet<string>, required: string): boolean {
  return csr.usages.includes(required) && csr.usages.every((usage) => allowed.has(usage));
}

/** IPv6 in the one shortest form, so that two spellings of an address compare as equal. */
function canonicalAddress(address: string): string {
  return isIPv6(address) ? new URL(`http://[${address}]`).hostname : address;
}

function verdict(problems: readonly Problem[]): Verdict {
  const reasons = problems.filter(([holds]) => holds).map(([, reason]) => reason);
  return reasons.length === 0 ? { approve: true } : refused(reasons);
}

function refused(reasons: readonly string[]): Verdict {
  return { approve: false, reasons };
}
