import type { KubeObject } from '../../simulator/kubernetes/api/objects.ts';
import { RESOURCES } from '../../simulator/kubernetes/api/resources.ts';
import { privateKeyPem } from '../../simulator/kubernetes/pki/certificates.ts';
import type { SimulatedCluster } from '../../simulator/kubernetes/simulated-cluster.ts';
import type { EtcdDoor } from './etcd-door.ts';

/** So many requests at once. */
const AT_ONCE = 8;

/** What a kubeadm of this cluster keeps of its authority in /etc/kubernetes/pki, by name. */
export function clusterPkiOf({ authority }: SimulatedCluster): Readonly<Record<string, string>> {
  return { 'ca.crt': authority.certificate, 'ca.key': privateKeyPem(authority.keyPair) };
}

/**
 * Puts every object of a simulated cluster into a real etcd, below `/registry` as an API server does, in JSON; the local API server keeps its own,
 * so that this is what they were at the moment. Gives how many there are.
 */
export async function mirrorObjects(kubernetes: SimulatedCluster, door: EtcdDoor): Promise<number> {
  const entries = new Map([...storedIn(kubernetes), ...madeByControllers(kubernetes)]);
  const left = [...entries];
  const put = async (): Promise<void> => {
    for (let next = left.pop(); next; next = left.pop()) await door.put(next[0], JSON.stringify(next[1]));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, put));
  return entries.size;
}

function storedIn({ store }: SimulatedCluster): (readonly [string, KubeObject])[] {
  const stored = RESOURCES.filter(({ review, key, storedAs }) => !review && key === storedAs);
  return stored.flatMap(({ key, resource }) =>
    store.list<KubeObject>(key).map((object) => {
      const { namespace, name } = object.metadata;
      return [['/registry', resource, ...(namespace ? [namespace] : []), name].join('/'), object] as const;
    }),
  );
}

/** What the local cluster does not keep as objects, and every real one has. */
function madeByControllers({ authority }: SimulatedCluster): (readonly [string, object])[] {
  const metadata = { name: 'kube-root-ca.crt', namespace: 'kube-system' };
  const rootCa = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': authority.certificate } };
  const namespaces = ['default', 'kube-system'].map(
    (name) => [`/registry/namespaces/${name}`, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }] as const,
  );
  return [['/registry/configmaps/kube-system/kube-root-ca.crt', rootCa], ...namespaces];
}
