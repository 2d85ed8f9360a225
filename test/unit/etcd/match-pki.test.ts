import { beforeAll, describe, expect, it } from 'vitest';
import { encryptionOf } from '../../../src/etcd/encryption-of.ts';
import { matchPki } from '../../../src/etcd/match-pki.ts';
import { scratchEncryption } from '../../../src/etcd/scratch-encryption.ts';
import { clusterPki, encryptionConfiguration, pkiInEtcd } from '../../support/etcd/cluster-pki.ts';

let own: ReadonlyMap<string, string>;
let other: ReadonlyMap<string, string>;
beforeAll(async () => {
  [own, other] = await Promise.all([clusterPki(), clusterPki()]);
});

const bytes = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text));
/** The etcd of a cluster with this PKI, whose last Secret is stored so. */
function etcdOf(files: ReadonlyMap<string, string>, secret?: string) {
  const objects = pkiInEtcd(files);
  return { read: async (key: string) => bytes(objects.get(key)), lastWritten: async () => bytes(secret) };
}
const without = (...names: string[]) => new Map([...own].filter(([name]) => !names.includes(name)));
const withOthers = (...names: string[]) => new Map([...own, ...[...other].filter(([name]) => names.includes(name))]);

describe('matchPki', () => {
  it('finds the authorities that the cluster’s own objects name', async () => {
    expect(await matchPki(own, etcdOf(own))).toEqual({ evidence: ['ca', 'front-proxy-ca'], problems: [] });
    expect(await matchPki(without('ca.key'), etcdOf(own))).toMatchObject({ problems: [] });
  });

  it('does not take the PKI of another cluster, nor one whose authority nothing names', async () => {
    expect((await matchPki(other, etcdOf(own))).problems[0]).toContain('kube-root-ca.crt names another authority');
    const empty = { read: async () => undefined, lastWritten: async () => undefined };
    expect((await matchPki(own, empty)).problems).toEqual([expect.stringContaining('is not there to compare with')]);
  });

  it('does not take keys that are not those of their certificates, nor a PKI without the service accounts’ key', async () => {
    expect((await matchPki(withOthers('ca.key'), etcdOf(own))).problems).toEqual(['ca.key is not the key of ca.crt']);
    expect((await matchPki(withOthers('sa.key'), etcdOf(own))).problems).toEqual(['sa.key is not the key of sa.pub']);
    expect((await matchPki(without('sa.key'), etcdOf(own))).problems).toEqual(['sa.key is not in it']);
  });

  it('wants the key by which Secrets are encrypted to be in the configuration', async () => {
    const encrypted = etcdOf(own, 'k8s:enc:aescbc:v1:key2:…');
    const configured = (key: string) =>
      new Map([...own, ['encryption-configuration.yaml', encryptionConfiguration(key)]]);

    expect((await matchPki(own, encrypted)).problems[0]).toContain('encrypted by aescbc key2');
    expect((await matchPki(configured('key1'), encrypted)).problems[0]).toContain('encrypted by aescbc key2');
    expect(await matchPki(configured('key2'), encrypted)).toMatchObject({
      evidence: expect.arrayContaining(['encryption']),
      problems: [],
    });
  });
});

describe('encryptionOf', () => {
  it('reads provider and key of what an API server has stored', () => {
    expect(encryptionOf(bytes('k8s:enc:kms:v2:my-plugin:abc'))).toBe('kms my-plugin');
    expect(encryptionOf(bytes('k8s\0\n…'))).toBe('identity');
    expect(encryptionOf(undefined)).toBeUndefined();
  });
});

describe('scratchEncryption', () => {
  it('keeps what a drill can decrypt, and says which resources only a plugin of KMS can', () => {
    const configuration = encryptionConfiguration('key1').replace(
      'providers:',
      'providers:\n      - kms: { name: plugin }',
    );
    const { configuration: kept = '', elsewhere } = scratchEncryption(
      new Map([['encryption-configuration.yaml', configuration]]),
    );

    expect(elsewhere).toEqual(['secrets']);
    expect(kept).toContain('aescbc');
    expect(kept).not.toContain('kms');
    expect(scratchEncryption(new Map())).toEqual({ elsewhere: [] });
  });
});
