import {
  constants,
  createCipheriv,
  createHash,
  createPublicKey,
  pbkdf2Sync,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { CertificateAuthority, serviceAccountKeys } from '../../../rehearsal/processes/certificate-authority.ts';
import type { PkiBackup } from '../../../src/etcd/pki-ports.ts';

/** What kubeadm keeps in /etc/kubernetes/pki, by name. */
export async function clusterPki(): Promise<ReadonlyMap<string, string>> {
  const authorities = await Promise.all(
    ['ca', 'front-proxy-ca', 'etcd/ca'].map(async (name) => {
      const { certificate, key } = await CertificateAuthority.create(name);
      return [
        [`${name}.crt`, certificate],
        [`${name}.key`, key],
      ] as const;
    }),
  );
  const { publicKey, privateKey } = serviceAccountKeys();
  return new Map([...authorities.flat(), ['sa.pub', publicKey], ['sa.key', privateKey]]);
}

/** What a cluster with this PKI has in etcd of it, by key. */
export function pkiInEtcd(files: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const configMap = (name: string, data: object) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'kube-system', uid: name },
      data,
    });
  const folder = '/registry/configmaps/kube-system';
  return new Map([
    [`${folder}/kube-root-ca.crt`, configMap('kube-root-ca.crt', { 'ca.crt': files.get('ca.crt') })],
    [
      `${folder}/extension-apiserver-authentication`,
      configMap('extension-apiserver-authentication', {
        'client-ca-file': files.get('ca.crt'),
        'requestheader-client-ca-file': files.get('front-proxy-ca.crt'),
      }),
    ],
  ]);
}

/** An EncryptionConfiguration with one key of aescbc: 32 bytes of this. */
export function encryptionConfiguration(keyName: string, byte = 7): string {
  const secret = Buffer.alloc(32, byte).toString('base64');
  return `kind: EncryptionConfiguration
apiVersion: apiserver.config.k8s.io/v1
resources:
  - resources: [secrets]
    providers:
      - aescbc: { keys: [{ name: ${keyName}, secret: ${secret} }] }
      - identity: {}
`;
}

/** A Secret as an API server with {@link encryptionConfiguration} stores it. */
export function encryptedSecret(name: string, keyName: string, byte = 7): Uint8Array {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default', uid: name }, data: {} };
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', Buffer.alloc(32, byte), iv);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(secret)), cipher.final()]);
  return Buffer.concat([Buffer.from(`k8s:enc:aescbc:v1:${keyName}:`), iv, sealed]);
}

/** A PKI as a node has encrypted it for a public key, DER. */
export function sealedPki(
  files: ReadonlyMap<string, string>,
  publicKey: Uint8Array,
): Pick<PkiBackup, 'fingerprint' | 'files' | 'absent' | 'key' | 'data'> {
  const lines = [...files].map(([name, text]) => `${name} ${Buffer.from(text).toString('base64')}\n`);
  const plain = Buffer.from(lines.join(''));
  const fingerprint = createHash('sha256').update(plain).digest('hex');
  const password = randomBytes(32).toString('hex');
  const salt = randomBytes(8);
  const derived = pbkdf2Sync(password, salt, 10_000, 48, 'sha256');
  const cipher = createCipheriv('aes-256-ctr', derived.subarray(0, 32), derived.subarray(32));
  const data = Buffer.concat([Buffer.from('Salted__'), salt, cipher.update(gzipSync(plain)), cipher.final()]);
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const wrapped = publicEncrypt({ key, ...padding }, Buffer.from(`${password}\n${fingerprint}\n`));
  const text = { key: wrapped.toString('base64'), data: data.toString('base64') };
  return { fingerprint, files: [...files.keys()], absent: [], ...text };
}
