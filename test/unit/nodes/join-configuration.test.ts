import { execFileSync } from 'node:child_process';
import { load } from 'js-yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../../../rehearsal/processes/certificate-authority.ts';
import { caCertHash, joinConfiguration, tokenOf } from '../../../src/nodes/join-configuration.ts';
import type { JoinPolicy } from '../../../src/nodes/ports.ts';
import { anInstance, aPolicy, instanceId, privateDnsName } from '../../support/nodes/healthy.ts';

const token = { id: 'abc123', secret: '0123456789abcdef' };

describe('joinConfiguration', () => {
  let certificateAuthority: string;
  beforeAll(async () => {
    certificateAuthority = (await CertificateAuthority.create('kubernetes')).certificate;
  });
  const policyOf = (changes: Partial<JoinPolicy> = {}, endpoint = 'https://api.demo.example.com:6443') =>
    aPolicy({ kubernetes: { endpoint, certificateAuthority }, ...changes });
  const configuration = (policy: JoinPolicy) => load(joinConfiguration(policy, 'worker', anInstance(), token));
  const labels = (labels: Record<string, string>) =>
    policyOf({ roles: { worker: { labels, taints: [], nodeRoleLabel: true } } });

  it('is what kubeadm reads: API, CA, token, name, taints and kubelet arguments', () => {
    expect(configuration(policyOf())).toEqual({
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'JoinConfiguration',
      discovery: {
        bootstrapToken: {
          apiServerEndpoint: 'api.demo.example.com:6443',
          token: 'abc123.0123456789abcdef',
          caCertHashes: [caCertHash(certificateAuthority)],
        },
      },
      nodeRegistration: {
        name: privateDnsName,
        taints: [
          { key: 'tender.sh/joining', effect: 'NoSchedule' },
          { key: 'example.com/batch', value: 'yes', effect: 'NoSchedule' },
        ],
        kubeletExtraArgs: [
          { name: 'provider-id', value: `aws:///us-east-1a/${instanceId}` },
          { name: 'cloud-provider', value: 'external' },
          { name: 'node-labels', value: 'example.com/pool=general' },
        ],
      },
    });
  });

  it.each([
    ['https://api.demo.example.com', undefined, 'api.demo.example.com:443'],
    ['https://10.0.0.5:6443', undefined, '10.0.0.5:6443'],
    ['https://[2600:1f18::1]:6443', undefined, '[2600:1f18::1]:6443'],
    ['https://api.demo.example.com', 'inside.example.com:6443', 'inside.example.com:6443'],
  ])('reaches %s, or %s, at %s', (endpoint, apiServerEndpoint, expected) => {
    const policy = policyOf({ join: { ...aPolicy().join, apiServerEndpoint } }, endpoint);
    expect(configuration(policy)).toMatchObject({ discovery: { bootstrapToken: { apiServerEndpoint: expected } } });
  });

  it('is that of a control-plane node with a key: its address, and kubeadm’s own taint where the role has none', () => {
    const key = 'f'.repeat(64);
    const text = joinConfiguration(policyOf({ roles: {} }), 'control-plane', anInstance(), token, key);

    expect(load(text)).toMatchObject({
      controlPlane: { localAPIEndpoint: { advertiseAddress: anInstance().privateIpAddress }, certificateKey: key },
      nodeRegistration: {
        taints: [
          { key: 'tender.sh/joining', effect: 'NoSchedule' },
          { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
        ],
      },
    });
  });

  it('pins the CA as openssl computes it', () => {
    const publicKey = execFileSync('openssl', ['x509', '-pubkey', '-noout'], { input: certificateAuthority });
    const der = execFileSync('openssl', ['pkey', '-pubin', '-outform', 'der'], { input: publicKey });
    const digest = execFileSync('openssl', ['dgst', '-sha256', '-hex'], { input: der, encoding: 'utf8' });
    expect(caCertHash(certificateAuthority)).toBe(`sha256:${digest.trim().split('= ')[1]}`);
  });

  it('starts no kubelet with a label that a kubelet may not set on itself; Tender sets those', () => {
    const allowed = {
      'example.com/pool': 'a',
      'node.kubernetes.io/instance-type': 'b',
      'kubelet.kubernetes.io/c': 'c',
      'topology.kubernetes.io/zone': 'd',
      plain: 'e',
    };
    const forbidden = {
      'node-role.kubernetes.io/worker': '',
      'node-restriction.kubernetes.io/f': 'f',
      'kubernetes.io/g': 'g',
      'x.k8s.io/h': 'h',
      'topology.kubernetes.io/rack': 'i',
    };
    const value = Object.entries(allowed).map(([key, text]) => `${key}=${text}`);
    expect(configuration(labels({ ...forbidden, ...allowed }))).toMatchObject({
      nodeRegistration: {
        kubeletExtraArgs: expect.arrayContaining([{ name: 'node-labels', value: value.join(',') }]),
      },
    });
  });

  it('says nothing of what there is none of: labels, a cloud provider, the value of a taint', () => {
    const bare = {
      worker: {
        labels: {},
        taints: [{ key: 'a', value: undefined, effect: 'NoSchedule' as const }],
        nodeRoleLabel: true,
      },
    };
    const policy = policyOf({ roles: bare, join: { ...aPolicy().join, cloudProvider: 'none' } });
    expect(configuration(policy)).toMatchObject({
      nodeRegistration: {
        taints: [{ key: 'tender.sh/joining' }, { key: 'a', effect: 'NoSchedule' }],
        kubeletExtraArgs: [{ name: 'provider-id', value: expect.any(String) }],
      },
    });
  });

  it('gives its token back, and any other text gives none', () => {
    expect(tokenOf(joinConfiguration(policyOf(), 'worker', anInstance(), token))).toEqual(token);
    for (const text of ['', 'null', '- a', '{ no: yaml', 'discovery: { bootstrapToken: { token: short.token } }']) {
      expect(tokenOf(text)).toBeUndefined();
    }
  });
});
