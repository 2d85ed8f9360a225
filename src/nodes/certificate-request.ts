import { createHash } from 'node:crypto';
import { CertificationRequest } from '@peculiar/asn1-csr';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Extensions, id_ce_subjectAltName, type Name, SubjectAlternativeName } from '@peculiar/asn1-x509';

/** What a PKCS#10 request asks for, in plain data. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** Anything in the subject besides CN and O, by OID. */
  readonly otherSubject: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** E-mail addresses, URIs and other names: a kubelet never asks for one. */
  readonly otherNames: number;
  /** SHA-256 of the public key, hex: two requests with the same one come from whoever holds the key. */
  readonly publicKeyHash: string;
}

const commonNameOid = '2.5.4.3';
const organizationOid = '2.5.4.10';
/** PKCS#9 extensionRequest, RFC 2985 5.4.2. */
const extensionRequestOid = '1.2.840.113549.1.9.14';

/** Reads a PEM request; undefined when it is not a PKCS#10 request. The signature is the signer's to check. */
export function readCertificateRequest(pem: string): CertificateRequest | undefined {
  try {
    const der = Buffer.from(pem.replace(/-----[^-]+-----/g, '').replace(/\s+/g, ''), 'base64');
    const info = AsnConvert.parse(der, CertificationRequest).certificationRequestInfo;
    return {
      ...readSubject(info.subject),
      ...readAlternativeNames(info.attributes),
      publicKeyHash: createHash('sha256')
        .update(Buffer.from(AsnConvert.serialize(info.subjectPKInfo)))
        .digest('hex'),
    };
  } catch {
    // What cannot be parsed is judged as such, by name, by whoever asked: it is an outcome, not a failure of ours.
    return undefined;
  }
}

function readSubject(subject: Name): Pick<CertificateRequest, 'commonName' | 'organizations' | 'otherSubject'> {
  const attributes = subject.flatMap((relative) => [...relative]);
  const values = (oid: string) => attributes.filter((a) => a.type === oid).map((a) => a.value.toString());
  const commonNames = values(commonNameOid);
  return {
    commonName: commonNames.length === 1 ? (commonNames[0] ?? '') : '',
    organizations: values(organizationOid),
    otherSubject: attributes.filter((a) => a.type !== commonNameOid && a.type !== organizationOid).map((a) => a.type),
  };
}

function readAlternativeNames(
  attributes: CertificationRequest['certificationRequestInfo']['attributes'],
): Pick<CertificateRequest, 'dnsNames' | 'ipAddresses' | 'otherNames'> {
  const names = attributes
    .filter((attribute) => attribute.type === extensionRequestOid)
    .flatMap((attribute) => attribute.values.flatMap((value) => [...AsnConvert.parse(value, Extensions)]))
    .filter((extension) => extension.extnID === id_ce_subjectAltName)
    .flatMap((extension) => [...AsnConvert.parse(extension.extnValue.buffer, SubjectAlternativeName)]);
  return {
    dnsNames: names.flatMap((name) => name.dNSName ?? []),
    ipAddresses: names.flatMap((name) => name.iPAddress ?? []),
    otherNames: names.filter((name) => name.dNSName === undefined && name.iPAddress === undefined).length,
  };
}
