import 'reflect-metadata';
import { generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;

/** A certificate with its private key, both PEM. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateSubject {
  readonly commonName: string;
  /** Kubernetes reads them as groups. */
  readonly organizations?: readonly string[];
  /** With any of them it is a server's certificate, otherwise a client's. */
  readonly ipAddresses?: readonly string[];
  readonly dnsNames?: readonly string[];
  /** A server that is also a client of its peers, as members of etcd are. */
  readonly isPeer?: boolean;
}

/** A throw-away authority that lives a day; what kubeadm keeps in `/etc/kubernetes/pki`. */
export class CertificateAuthority implements KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #name: string;

  private constructor(keys: webcrypto.CryptoKeyPair, certificate: string, key: string, name: string) {
    this.#keys = keys;
    this.certificate = certificate;
    this.key = key;
    this.#name = name;
  }

  static async create(commonName: string): Promise<CertificateAuthority> {
    const keys = await generateKeys();
    const name = x509Name({ commonName });
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serialNumber(),
      name,
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + dayMs),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      ],
    });
    return new CertificateAuthority(keys, certificate.toString('pem'), await pem(keys.privateKey), certificate.subject);
  }

  /** Issues a certificate with a fresh key. */
  async issue(subject: CertificateSubject): Promise<KeyedCertificate> {
    const keys = await generateKeys();
    const names: x509.JsonGeneralNames = [
      ...(subject.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
      ...(subject.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ];
    const usages = [
      ...(names.length > 0 ? [x509.ExtendedKeyUsage.serverAuth] : []),
      ...(names.length === 0 || subject.isPeer ? [x509.ExtendedKeyUsage.clientAuth] : []),
    ];
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: x509Name(subject),
      issuer: this.#name,
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + dayMs),
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension(usages),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ],
    });
    return { certificate: certificate.toString('pem'), key: await pem(keys.privateKey) };
  }
}

/** A certificate request as a kubelet makes it, PEM. SANs only for serving certificates: a client request must have none. */
export async function certificateRequest(subject: CertificateSubject): Promise<string> {
  const names: x509.JsonGeneralNames = [
    ...(subject.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(subject.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: x509Name(subject),
    keys: await generateKeys(),
    signingAlgorithm: algorithm,
    extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
  });
  return request.toString('pem');
}

/** What a certificate says about whom it identifies: the subject (`O=…, CN=…`) and its names. */
export function describeCertificate(certificate: string): {
  readonly subject: string;
  readonly issuer: string;
  readonly names: string[];
} {
  const parsed = new x509.X509Certificate(certificate);
  const extension = parsed.getExtension(x509.SubjectAlternativeNameExtension);
  return {
    subject: parsed.subject,
    issuer: parsed.issuer,
    names: (extension?.names.toJSON() ?? []).map(({ value }) => value),
  };
}

/** A key pair that signs service account tokens, PEM. */
export function serviceAccountKeys(): { readonly publicKey: string; readonly privateKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
}

function x509Name(subject: CertificateSubject): x509.JsonName {
  return [...(subject.organizations ?? []).map((group) => ({ O: [group] })), { CN: [subject.commonName] }];
}

/** Positive and unique; a leading bit of 1 would make it negative. */
function serialNumber(): string {
  return `01${randomBytes(15).toString('hex')}`;
}

async function pem(key: webcrypto.CryptoKey): Promise<string> {
  const body = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${body.replaceAll(/(.{64})/g, '$1\n')}\n-----END PRIVATE KEY-----\n`;
}
