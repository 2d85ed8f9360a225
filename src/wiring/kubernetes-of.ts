import { kubernetesCredentials } from '../aws/kubernetes-credentials.ts';
import { type KubernetesConnection, openCluster } from '../kubernetes/open-cluster.ts';
import type { RegisteredCluster } from './registered-cluster.ts';

/** Opens the API of a registered cluster. Does no I/O: the credential is fetched with the first request, from the cluster's own account. */
export function kubernetesOf({ cluster, aws }: RegisteredCluster, now: () => Date): KubernetesConnection {
  return openCluster(cluster.kubernetes, kubernetesCredentials(cluster.kubernetes.auth, aws), now);
}
