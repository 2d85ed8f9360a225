import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  cryptoProvider,
  type Extension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
} from '@peculiar/x509';
import type { PendingCsr } from '../../../src/nodes/ports.ts';
import { privateDnsName } from './healthy.ts';

cryptoProvider.set(webcrypto);

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A fresh P-256 key pair, as a kubelet makes. */
export async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
}

/** Alternative names, by kind. */
export type AlternativeName = { readonly type: 'dns' | 'ip' | 'email' | 'url'; readonly value: string };

/** What a request is made of. */
export interface RequestParts {
  readonly subject?: JsonName;
  readonly names?: readonly AlternativeName[];
  readonly keys?: webcrypto.CryptoKeyPair;
}

/** The subject that a node's kubelet asks for. */
export function kubeletSubject(nodeName: string): JsonName {
  return [{ O: ['system:nodes'] }, { CN: [`system:node:${nodeName}`] }];
}

/** A real PKCS#10 request, signed, as PEM. By default what the worker's kubelet asks for to be a client. */
export async function certificateRequest(parts: RequestParts = {}): Promise<string> {
  const names = parts.names ?? [];
  const extensions: Extension[] = [new KeyUsagesExtension(KeyUsageFlags.digitalSignature)];
  if (names.length > 0) extensions.push(new SubjectAlternativeNameExtension([...names]));
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: parts.subject ?? kubeletSubject(privateDnsName),
    keys: parts.keys ?? (await newKeys()),
    signingAlgorithm: algorithm,
    extensions,
  });
  return request.toString('pem');
}

/** The first request of a kubelet that has our token. */
export async function clientCsr(
  tokenId: string,
  parts: RequestParts = {},
  changes: Partial<PendingCsr> = {},
): Promise<PendingCsr> {
  return {
    name: 'node-csr-1',
    signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
    username: `system:bootstrap:${tokenId}`,
    groups: ['system:bootstrappers', 'system:bootstrappers:tender', 'system:authenticated'],
    usages: ['digital signature', 'client auth'],
    request: await certificateRequest(parts),
    ...changes,
  };
}

/** The request of the worker's kubelet for a serving certificate with its name and address. */
export async function servingCsr(parts: RequestParts = {}, changes: Partial<PendingCsr> = {}): Promise<PendingCsr> {
  const names = parts.names ?? [
    { type: 'dns', value: privateDnsName },
    { type: 'ip', value: '10.0.1.23' },
  ];
  return {
    name: 'csr-serving-1',
    signerName: 'kubernetes.io/kubelet-serving',
    username: `system:node:${privateDnsName}`,
    groups: ['system:nodes', 'system:authenticated'],
    usages: ['digital signature', 'server auth'],
    request: await certificateRequest({ ...parts, names }),
    ...changes,
  };
}
