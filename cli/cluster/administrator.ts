import type { AwsAccess } from '../../src/aws/aws-access.ts';
import { eksCluster } from '../../src/aws/eks-cluster.ts';
import { iamToken } from '../../src/aws/iam-token.ts';
import type { KubernetesEndpoint } from '../../src/clusters/ports.ts';
import { kubeconfigContext } from '../../src/kubernetes/kubeconfig-file.ts';
import { type KubernetesConnection, openCluster } from '../../src/kubernetes/open-cluster.ts';
import type { Environment } from '../../src/runtime/settings.ts';
import { EksClusterNotFound } from '../errors.ts';

/** How somebody is an administrator of a cluster: by a kubeconfig, or on EKS as whoever he is to AWS. */
export interface Administrator {
  readonly kubeconfig: string;
  readonly context?: string;
  readonly eks: boolean;
}

/** A presigned request is honoured for so long at least. */
const TOKEN_MS = 10 * 60_000;

/**
 * The API of a cluster as its administrator.
 * @throws UnusableKubeconfig, EksClusterNotFound, and what EKS throws
 */
export async function administratorOf(
  { kubeconfig, context, eks }: Administrator,
  name: string,
  { home, environment, now }: { readonly home: AwsAccess; readonly environment: Environment; readonly now: () => Date },
): Promise<{ readonly endpoint: KubernetesEndpoint; readonly connection: KubernetesConnection }> {
  if (!eks) {
    const { endpoint, credential } = kubeconfigContext(kubeconfig, context);
    return { endpoint, connection: openCluster(endpoint, credential, now) };
  }
  const endpoint = await eksCluster(home, name, environment.AWS_ENDPOINT_URL_EKS ?? environment.AWS_ENDPOINT_URL);
  if (!endpoint) throw new EksClusterNotFound(name, home.region);
  const credential = async (at: Date) => ({
    token: await iamToken(home, name, at),
    goodUntil: new Date(at.getTime() + TOKEN_MS),
  });
  return { endpoint, connection: openCluster(endpoint, credential, now) };
}
