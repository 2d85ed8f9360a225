import { kubernetesCredentials } from '../aws/kubernetes-credentials.ts';
import type { KubernetesVersion } from '../etcd/ports.ts';
import { serverVersion } from '../kubernetes/server-version.ts';
import type { RegisteredCluster } from './registered-cluster.ts';

/** What version the API server of a registered cluster is; what hinders that hinders nothing else. Does no I/O. */
export function kubernetesVersionOf({ cluster, aws }: RegisteredCluster, now: () => Date): KubernetesVersion {
  const credential = kubernetesCredentials(cluster.kubernetes.auth, aws);
  return {
    async version() {
      try {
        return await serverVersion(cluster.kubernetes, await credential(now()));
      } catch {
        return undefined;
      }
    },
  };
}
