import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCertificateRequest } from '../../../src/nodes/certificate-request.ts';
import { type CsrOwner, judgeClientCsr, judgeServingCsr, type Verdict } from '../../../src/nodes/judge-csr.ts';
import type { PendingCsr } from '../../../src/nodes/ports.ts';
import {
  type AlternativeName,
  certificateRequest,
  clientCsr,
  kubeletSubject,
  newKeys,
  type RequestParts,
  servingCsr,
} from '../../support/nodes/certificate-request-builder.ts';
import { anInstance, privateDnsName } from '../../support/nodes/healthy.ts';

const owner: CsrOwner = { instance: anInstance(), nodeName: privateDnsName, tokenId: 'abc123' };
const dns = (value: string): AlternativeName => ({ type: 'dns', value });
const ip = (value: string): AlternativeName => ({ type: 'ip', value });
const approved = 'approved';

function said(verdict: Verdict): string {
  return verdict.approve ? approved : verdict.reasons.join('; ');
}

describe('readCertificateRequest', () => {
  it('reads subject and alternative names of a real request', async () => {
    const pem = await certificateRequest({
      names: [dns(privateDnsName), ip('10.0.1.23'), ip('2600:1f18:12:ab00::17')],
    });
    expect(readCertificateRequest(pem)).toMatchObject({
      commonName: `system:node:${privateDnsName}`,
      organizations: ['system:nodes'],
      otherSubject: [],
      dnsNames: [privateDnsName],
      ipAddresses: ['10.0.1.23', expect.stringMatching(/^2600:1f18:/)],
      otherNames: 0,
    });
  });

  it('tells keys apart, and knows one again', async () => {
    const [keys, others] = await Promise.all([newKeys(), newKeys()]);
    const hashes = await Promise.all(
      [keys, keys, others].map(
        async (pair) => readCertificateRequest(await certificateRequest({ keys: pair }))?.publicKeyHash,
      ),
    );
    expect(hashes[0]).toBe(hashes[1]);
    expect(hashes[0]).not.toBe(hashes[2]);
  });

  it.each(['', 'nonsense', '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----'])(
    'knows that %j is no request',
    (text) => expect(readCertificateRequest(text)).toBeUndefined(),
  );
});

describe('judgeClientCsr', () => {
  const node = 'ip-10-0-9-99.ec2.internal';
  const twoNames = [...kubeletSubject(privateDnsName), { CN: [`system:node:${node}`] }];
  const cases: readonly (readonly [string, RequestParts, Partial<PendingCsr>, Partial<CsrOwner>, string])[] = [
    ['its own', {}, {}, {}, approved],
    [
      'with key encipherment, as RSA keys ask',
      {},
      { usages: ['key encipherment', 'digital signature', 'client auth'] },
      {},
      approved,
    ],
    ['another token', {}, { username: 'system:bootstrap:zzz999' }, {}, 'asked for as system:bootstrap:zzz999'],
    ['a person', {}, { username: 'admin' }, {}, 'asked for as admin'],
    ['the node itself', {}, { username: `system:node:${privateDnsName}` }, {}, 'asked for as system:node:'],
    ['a spent token', {}, {}, { tokenId: undefined }, 'Tender minted no token for this instance, or it is spent'],
    ['another node name', { subject: kubeletSubject(node) }, {}, {}, `common name system:node:${node} is not`],
    ['another case of its name', { subject: kubeletSubject(privateDnsName.toUpperCase()) }, {}, {}, 'common name'],
    ['two common names', { subject: twoNames }, {}, {}, 'common name (none)'],
    ['no common name', { subject: [{ O: ['system:nodes'] }] }, {}, {}, 'common name (none)'],
    ['no organization', { subject: [{ CN: [`system:node:${privateDnsName}`] }] }, {}, {}, 'organization (none)'],
    [
      'masters besides nodes',
      { subject: [...kubeletSubject(privateDnsName), { O: ['system:masters'] }] },
      {},
      {},
      'organization system:nodes, system:masters',
    ],
    [
      'masters instead',
      { subject: [{ O: ['system:masters'] }, { CN: [`system:node:${privateDnsName}`] }] },
      {},
      {},
      'organization system:masters',
    ],
    [
      'an organizational unit',
      { subject: [...kubeletSubject(privateDnsName), { OU: ['x'] }] },
      {},
      {},
      'more than a common name',
    ],
    ['a DNS name', { names: [dns(privateDnsName)] }, {}, {}, 'carries no alternative names'],
    ['an address', { names: [ip('10.0.1.23')] }, {}, {}, 'carries no alternative names'],
    [
      'an e-mail address',
      { names: [{ type: 'email', value: 'a@example.com' }] },
      {},
      {},
      'carries no alternative names',
    ],
    ['server auth besides', {}, { usages: ['client auth', 'server auth'] }, {}, "are not a kubelet client's"],
    ['no client auth', {}, { usages: ['digital signature'] }, {}, "are not a kubelet client's"],
    ['signing certificates', {}, { usages: ['client auth', 'cert sign'] }, {}, "are not a kubelet client's"],
    ['no usage', {}, { usages: [] }, {}, "are not a kubelet client's"],
    ['nonsense', {}, { request: 'nonsense' }, {}, 'not a PKCS#10 request'],
  ];

  it.each(cases)('%s', async (_what, parts, changes, other, expected) => {
    const verdict = judgeClientCsr(await clientCsr('abc123', parts, changes), { ...owner, ...other });
    expect(said(verdict)).toEqual(expected === approved ? approved : expect.stringContaining(expected));
  });

  it('names every reason at once', async () => {
    const csr = await clientCsr(
      'abc123',
      { subject: [{ O: ['system:masters'] }, { CN: ['admin'] }] },
      { username: 'eve', usages: [] },
    );
    const verdict = judgeClientCsr(csr, owner);
    expect(verdict.approve ? [] : verdict.reasons).toHaveLength(4);
  });
});

describe('judgeServingCsr', () => {
  const id = owner.instance.instanceId;
  const cases: readonly (readonly [string, RequestParts, Partial<PendingCsr>, string])[] = [
    ['its own', {}, {}, approved],
    ['its address alone', { names: [ip('10.0.1.23')] }, {}, approved],
    ['its name alone', { names: [dns(privateDnsName)] }, {}, approved],
    ['its resource name', { names: [dns(`${id}.ec2.internal`)] }, {}, approved],
    ['its IPv6 address', { names: [ip('2600:1f18:12:ab00::17')] }, {}, approved],
    ['its IPv6 address in another spelling', { names: [ip('2600:1F18:0012:AB00:0:0:0:0017')] }, {}, approved],
    [
      'a foreign address',
      { names: [dns(privateDnsName), ip('10.0.1.24')] },
      {},
      "IP address 10.0.1.24 is not the instance's",
    ],
    [
      'a secondary address',
      { names: [ip('10.0.1.23'), ip('10.0.1.77')] },
      {},
      "IP address 10.0.1.77 is not the instance's",
    ],
    ['a foreign IPv6 address', { names: [ip('2600:1f18:12:ab00::18')] }, {}, "is not the instance's"],
    ['its IPv4 address dressed as IPv6', { names: [ip('::ffff:10.0.1.23')] }, {}, "is not the instance's"],
    ['the API service address', { names: [ip('10.0.1.23'), ip('10.96.0.1')] }, {}, 'IP address 10.96.0.1'],
    ['loopback', { names: [ip('127.0.0.1')] }, {}, 'IP address 127.0.0.1'],
    [
      'a foreign name',
      { names: [dns(privateDnsName), dns('kubernetes.default.svc')] },
      {},
      'DNS name kubernetes.default.svc',
    ],
    ['a wildcard', { names: [dns('*.ec2.internal')] }, {}, 'DNS name *.ec2.internal'],
    [
      'an e-mail address',
      { names: [ip('10.0.1.23'), { type: 'email', value: 'a@example.com' }] },
      {},
      'e-mail, URI or other',
    ],
    ['a URI', { names: [ip('10.0.1.23'), { type: 'url', value: 'spiffe://demo/node' }] }, {}, 'e-mail, URI or other'],
    ['no name at all', { names: [] }, {}, 'it asks for no name and no address'],
    ['another node', {}, { username: 'system:node:other' }, 'asked for as system:node:other'],
    ['a bootstrap token', {}, { username: 'system:bootstrap:abc123' }, 'asked for as system:bootstrap:abc123'],
    ['somebody outside system:nodes', {}, { groups: ['system:authenticated'] }, 'not in group system:nodes'],
    ['another common name', { subject: kubeletSubject('other') }, {}, 'common name system:node:other'],
    ['two common names', { subject: [...kubeletSubject(privateDnsName), { CN: ['x'] }] }, {}, 'common name (none)'],
    [
      'an extra organization',
      { subject: [...kubeletSubject(privateDnsName), { O: ['system:masters'] }] },
      {},
      'organization',
    ],
    ['client auth besides', {}, { usages: ['server auth', 'client auth'] }, "are not a kubelet server's"],
    ['client auth instead', {}, { usages: ['digital signature', 'client auth'] }, "are not a kubelet server's"],
    ['nonsense', {}, { request: 'nonsense' }, 'not a PKCS#10 request'],
  ];

  it.each(cases)('%s', async (_what, parts, changes, expected) => {
    const verdict = judgeServingCsr(await servingCsr(parts, changes), owner);
    expect(said(verdict)).toEqual(expected === approved ? approved : expect.stringContaining(expected));
  });

  describe('with names that nobody foresaw', () => {
    const own = [dns(privateDnsName), ip('10.0.1.23'), ip('2600:1f18:12:ab00::17')];
    let keys: Awaited<ReturnType<typeof newKeys>>;
    beforeAll(async () => {
      keys = await newKeys();
    });

    it('never approves a request with one foreign name among its own', async () => {
      const known = new Set([...owner.instance.addresses, ...owner.instance.dnsNames, privateDnsName]);
      const foreign = fc
        .oneof(
          fc.domain().map(dns),
          fc.ipV4().map(ip),
          fc.ipV6().map(ip),
          fc.emailAddress().map((value) => ({ type: 'email' as const, value })),
        )
        // The builder cannot encode IPv6 with a dotted end.
        .filter(({ value }) => !known.has(value) && !/:.*\./.test(value));
      await fc.assert(
        fc.asyncProperty(foreign, fc.subarray(own), async (stranger, others) => {
          const csr = await servingCsr({ keys, names: [...others, stranger] });
          expect(judgeServingCsr(csr, owner).approve).toBe(false);
        }),
        { numRuns: 60 },
      );
    });
  });
});
