import { type AwsAccess, awsAccess } from '../src/aws/aws-access.ts';
import { kubernetesCredentials } from '../src/aws/kubernetes-credentials.ts';
import { parameterClusterEntries } from '../src/aws/parameter-cluster-entries.ts';
import type { Cluster } from '../src/clusters/cluster.ts';
import { type ClusterRegistry, clusterRegistry } from '../src/clusters/registry.ts';
import { type KubernetesConnection, openCluster } from '../src/kubernetes/open-cluster.ts';
import { setting } from '../src/runtime/settings.ts';

/** AWS as the function itself, in the account and region of the deployment. */
export function ownAws(): AwsAccess {
  return awsAccess({ region: setting(process.env, 'AWS_REGION'), bucketsByPath: bucketsByPath() });
}

/** The clusters that this deployment looks after. */
export function registry(aws: AwsAccess = ownAws()): ClusterRegistry {
  return clusterRegistry(parameterClusterEntries(aws, process.env.REGISTRY_PREFIX ?? '/tender/clusters'), () =>
    Date.now(),
  );
}

/** A cluster's registry entry, and AWS in the cluster's region as the role that its entry names. */
export interface ClusterInAws {
  readonly cluster: Cluster;
  /** In the cluster's account: its instances, groups, load balancers, join parameters. */
  readonly aws: AwsAccess;
  /** In the account of the deployment: the state bucket, state machines. */
  readonly own: AwsAccess;
}

/**
 * Finds a cluster by name.
 *
 * @throws ClusterNotFound, ClusterMisconfigured
 */
export async function findCluster(name: string): Promise<ClusterInAws> {
  const own = ownAws();
  const cluster = await registry(own).get(name);
  const { region = own.region, roleArn, externalId } = cluster.aws;
  const elsewhere = region !== own.region || roleArn !== undefined;
  const aws = elsewhere ? awsAccess({ region, roleArn, externalId, bucketsByPath: bucketsByPath() }) : own;
  return { cluster, aws, own };
}

/**
 * Finds a cluster by name and opens its Kubernetes API; nothing is sent to it yet.
 *
 * @throws ClusterNotFound, ClusterMisconfigured
 */
export async function findAndOpenCluster(
  name: string,
): Promise<ClusterInAws & { readonly kubernetes: KubernetesConnection }> {
  const found = await findCluster(name);
  const { kubernetes } = found.cluster;
  const credentials = kubernetesCredentials(kubernetes.auth, found.aws);
  return { ...found, kubernetes: openCluster(kubernetes, credentials, () => new Date()) };
}

// A server of one's own, as AWS_ENDPOINT_URL names it, has no DNS name per bucket.
function bucketsByPath(): boolean {
  return process.env.AWS_ENDPOINT_URL !== undefined;
}
