import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  CertificateAuthority,
  certificateHash,
  newCertificateRequest,
  newKeyPair,
  parseCertificateRequest,
} from '../../../../../simulator/kubernetes/pki/certificates.ts';

describe('certificates', () => {
  const authority = new CertificateAuthority('kubernetes', Date.UTC(2020, 0, 1));

  it('issues what node:crypto verifies, with names, addresses and times as asked', () => {
    const pair = newKeyPair();
    const pem = authority.issue({
      subject: { commonName: 'system:node:a', organizations: ['system:nodes'] },
      publicKey: pair.publicKey,
      dnsNames: ['a.example.com'],
      ipAddresses: ['10.0.0.1'],
      usages: ['server auth'],
      notBefore: Date.UTC(2026, 0, 1),
      notAfter: Date.UTC(2051, 0, 1),
    });
    const certificate = new X509Certificate(pem);
    expect(certificate.verify(authority.keyPair.publicKey)).toBe(true);
    expect(certificate.checkIssued(new X509Certificate(authority.certificate))).toBe(true);
    expect(certificate.subject).toBe('O=system:nodes\nCN=system:node:a');
    expect(certificate.subjectAltName).toBe('DNS:a.example.com, IP Address:10.0.0.1');
    expect(Date.parse(certificate.validTo)).toBe(Date.UTC(2051, 0, 1));
    expect(certificate.checkPrivateKey(pair.privateKey)).toBe(true);
  });

  it('reads back what a request says, and that it is signed with its own key', () => {
    const pem = newCertificateRequest(
      newKeyPair(),
      { commonName: 'system:node:a', organizations: ['system:nodes'] },
      ['a'],
      ['10.0.0.1'],
    );
    expect(parseCertificateRequest(pem)).toMatchObject({
      subject: { commonName: 'system:node:a', organizations: ['system:nodes'] },
      dnsNames: ['a'],
      ipAddresses: ['10.0.0.1'],
      signatureValid: true,
    });
  });

  it('sees a signature that does not belong to the request', () => {
    const der = Buffer.from(
      newCertificateRequest(newKeyPair(), { commonName: 'a' }).replaceAll(/-----[^-]+-----|\n/g, ''),
      'base64',
    );
    der.writeUInt8((der.at(-1) ?? 0) ^ 1, der.length - 1);
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    expect(parseCertificateRequest(pem).signatureValid).toBe(false);
  });

  it('pins an authority as kubeadm does', () => {
    expect(authority.hash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(certificateHash(authority.certificate)).toBe(authority.hash);
  });
});
