import 'reflect-metadata';
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
} from '@peculiar/x509';
import { bitString, children, ECDSA_SHA256, EXTENSION_REQUEST, element, integer, sequence, time } from './der.ts';

/** Who a certificate is for, in Kubernetes' reading: CN is the user, each O a group. */
export interface CertificateSubject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

/** What a certificate or a request says. */
interface CertificateContent {
  readonly subject: CertificateSubject;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
}

/** A private key and what belongs to it. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function newKeyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

export function privateKeyPem(pair: KeyPair): string {
  return pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Wraps DER into PEM lines of 64 characters. */
function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

function nameDer({ commonName, organizations = [] }: CertificateSubject): Buffer {
  const parts = [...organizations.map((o) => ({ O: [o] })), { CN: [commonName] }];
  return Buffer.from(new Name(parts).toArrayBuffer());
}

function spkiDer(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

function keyIdOf(key: KeyObject): string {
  return createHash('sha1').update(spkiDer(key)).digest('hex');
}

function extensionsDer(extensions: readonly Extension[]): Buffer {
  return sequence(...extensions.map((extension) => Buffer.from(extension.rawData)));
}

function alternativeNames(dnsNames: readonly string[], ipAddresses: readonly string[]): Extension[] {
  const names: JsonGeneralName[] = [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  return names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)];
}

const USAGES: Readonly<Record<string, string>> = {
  'client auth': ExtendedKeyUsage.clientAuth,
  'server auth': ExtendedKeyUsage.serverAuth,
};

/** What a CA puts into a certificate. */
export interface CertificateRequestToIssue {
  readonly subject: CertificateSubject;
  readonly publicKey: KeyObject;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  /** Of the API's usages: `client auth`, `server auth`; the others go into the key usage and are always the same. */
  readonly usages: readonly string[];
  readonly notBefore: number;
  readonly notAfter: number;
}

function signed(tbs: Buffer, key: KeyObject): Buffer {
  return sequence(tbs, ECDSA_SHA256, bitString(sign('sha256', tbs, key)));
}

/**
 * The CA of one cluster: real X.509 on P-256, made synchronously, so that a simulation stays in order.
 * Serial numbers count up.
 */
export class CertificateAuthority {
  readonly commonName: string;
  readonly certificate: string;
  readonly keyPair: KeyPair = newKeyPair();
  #serial = 1;

  /** Valid for 30 years from `notBefore`, epoch milliseconds. */
  constructor(commonName: string, notBefore: number) {
    this.commonName = commonName;
    this.certificate = this.#write({ commonName }, this.keyPair.publicKey, notBefore, notBefore + 30 * 31_557_600_000, [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(
        KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment | KeyUsageFlags.keyCertSign,
        true,
      ),
      new SubjectKeyIdentifierExtension(keyIdOf(this.keyPair.publicKey)),
    ]);
  }

  /** What kubeadm pins: `sha256:` and the hash of the CA's SubjectPublicKeyInfo. */
  get hash(): string {
    return certificateHash(this.certificate);
  }

  /** A certificate of this CA, PEM. */
  issue(request: CertificateRequestToIssue): string {
    const extended = request.usages.flatMap((usage) => USAGES[usage] ?? []);
    return this.#write(request.subject, request.publicKey, request.notBefore, request.notAfter, [
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
      new ExtendedKeyUsageExtension(extended),
      new BasicConstraintsExtension(false, undefined, true),
      new AuthorityKeyIdentifierExtension(keyIdOf(this.keyPair.publicKey)),
      ...alternativeNames(request.dnsNames ?? [], request.ipAddresses ?? []),
    ]);
  }

  #write(
    subject: CertificateSubject,
    publicKey: KeyObject,
    notBefore: number,
    notAfter: number,
    extensions: readonly Extension[],
  ): string {
    const serial = Buffer.alloc(8);
    serial.writeBigUInt64BE(BigInt(this.#serial++));
    const tbs = sequence(
      element(0xa0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([0x01]), serial])),
      ECDSA_SHA256,
      nameDer({ commonName: this.commonName }),
      sequence(time(notBefore), time(notAfter)),
      nameDer(subject),
      spkiDer(publicKey),
      element(0xa3, extensionsDer(extensions)),
    );
    return pem('CERTIFICATE', signed(tbs, this.keyPair.privateKey));
  }
}

/** `sha256:<hex>` over the SubjectPublicKeyInfo of a certificate, as kubeadm's caCertHashes pin it. */
export function certificateHash(certificatePem: string): string {
  const spki = spkiDer(createPublicKey(certificatePem));
  return `sha256:${createHash('sha256').update(spki).digest('hex')}`;
}

/** A certificate signing request, PEM, signed with the key it is for. */
export function newCertificateRequest(
  pair: KeyPair,
  subject: CertificateSubject,
  dnsNames: readonly string[] = [],
  ipAddresses: readonly string[] = [],
): string {
  const extensions = alternativeNames(dnsNames, ipAddresses);
  const attributes =
    extensions.length === 0 ? [] : [sequence(EXTENSION_REQUEST, element(0x31, extensionsDer(extensions)))];
  const info = sequence(
    integer(Buffer.from([0])),
    nameDer(subject),
    spkiDer(pair.publicKey),
    element(0xa0, ...attributes),
  );
  return pem('CERTIFICATE REQUEST', signed(info, pair.privateKey));
}

/** A request as the API server and the signers read it. */
export interface ParsedRequest extends CertificateContent {
  readonly publicKey: KeyObject;
  /** Whether the request is signed with the key that it carries. */
  readonly signatureValid: boolean;
}

function namesIn(extension: SubjectAlternativeNameExtension | null, type: string): string[] {
  return (extension?.names.items ?? []).filter((name) => name.type === type).map((name) => name.value);
}

/** Reads a PEM request. @throws Error when it is none. */
export function parseCertificateRequest(text: string): ParsedRequest {
  if (!/^\s*-----BEGIN (NEW )?CERTIFICATE REQUEST-----/m.test(text))
    throw new Error('PEM block type must be CERTIFICATE REQUEST');
  const request = new Pkcs10CertificateRequest(text);
  const publicKey = createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' });
  const extension = request.getExtension('2.5.29.17');
  const alternative = extension instanceof SubjectAlternativeNameExtension ? extension : null;
  return {
    subject: subjectOf(request.subjectName),
    dnsNames: namesIn(alternative, 'dns'),
    ipAddresses: namesIn(alternative, 'ip'),
    emailAddresses: namesIn(alternative, 'email'),
    uris: namesIn(alternative, 'url'),
    publicKey,
    signatureValid: signatureHolds(Buffer.from(request.rawData), publicKey),
  };
}

function signatureHolds(der: Buffer, publicKey: KeyObject): boolean {
  const [info, , signature] = children(der);
  return info !== undefined && signature !== undefined && verify('sha256', info, publicKey, bitsOf(signature));
}

/** The bytes of a BIT STRING without its count of unused bits. */
function bitsOf(bits: Buffer): Buffer {
  const header = (bits[1] ?? 0) < 0x80 ? 2 : 2 + ((bits[1] ?? 0) & 0x7f);
  return bits.subarray(header + 1);
}

/** CN and O of a name. */
export function subjectOf(name: Name): { commonName: string; organizations: string[] } {
  return { commonName: name.getField('CN')[0] ?? '', organizations: name.getField('O') };
}
