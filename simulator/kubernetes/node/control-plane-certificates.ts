import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import type { Machine } from '../../instances/machine.ts';
import type { Secret } from '../api/objects.ts';
import type { SimulatedCluster } from '../simulated-cluster.ts';
import type { ApiClient } from './api-client.ts';

/** What `kubeadm init phase upload-certs` was run with, left by the shell for the machine's program. */
export const UPLOAD_FILE = '/var/lib/kubeadm/upload-certs.yaml';
const NAME = 'kubeadm-certs';
const NAMESPACE = 'kube-system';
const CA_KEY = '/etc/kubernetes/pki/ca.key';
const CIPHER = 'aes-256-gcm';

/** Files by which a script knows a control-plane node of kubeadm. */
export function layOutControlPlane(machine: Machine, caKey: string): void {
  machine.writeFile('/etc/kubernetes/manifests/kube-apiserver.yaml', 'kind: Pod\n');
  machine.writeFile(CA_KEY, caKey);
}

/** Puts the certificates into the Secret kubeadm-certs, encrypted with the key of the configuration, in place of those that were there. */
export function uploadCertificates(machine: Machine, cluster: SimulatedCluster, configuration: string): void {
  const key = Buffer.from(/^certificateKey: ([0-9a-f]{64})$/m.exec(configuration)?.[1] ?? '', 'hex');
  const cipher = createCipheriv(CIPHER, key, nonceOf(key));
  const text = Buffer.concat([cipher.update(machine.files.get(CA_KEY) ?? ''), cipher.final(), cipher.getAuthTag()]);
  cluster.store.remove('secrets', NAME, NAMESPACE);
  cluster.store.create<Secret>('secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: NAME, namespace: NAMESPACE },
    type: 'Opaque',
    data: { 'ca.key': text.toString('base64') },
  });
}

/**
 * The key of the cluster's authority, as `kubeadm join --control-plane` downloads and decrypts it.
 * @throws Error with what kubeadm would print.
 */
export async function downloadCertificates(api: ApiClient, certificateKey: string): Promise<string> {
  const secret = await api.get<Secret>(`/api/v1/namespaces/${NAMESPACE}/secrets/${NAME}`);
  const data = Buffer.from(secret.data?.['ca.key'] ?? '', 'base64');
  const key = Buffer.from(certificateKey, 'hex');
  try {
    const decipher = createDecipheriv(CIPHER, key, nonceOf(key));
    decipher.setAuthTag(data.subarray(-16));
    return Buffer.concat([decipher.update(data.subarray(0, -16)), decipher.final()]).toString('utf8');
  } catch {
    throw new Error('error downloading certs: error decrypting certificates with the provided certificate key');
  }
}

/** The real one is drawn; here the same seed gives the same history. */
function nonceOf(key: Buffer): Buffer {
  return createHash('sha256').update(key).digest().subarray(0, 12);
}
