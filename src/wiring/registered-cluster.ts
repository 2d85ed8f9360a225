import { type AwsAccess, type AwsSettings, awsAccess } from '../aws/aws-access.ts';
import { parameterClusterEntries } from '../aws/parameter-cluster-entries.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { type ClusterRegistry, clusterRegistry } from '../clusters/registry.ts';
import { type Environment, setting } from '../runtime/settings.ts';

/** A cluster from the registry, with AWS as it is to be called on its behalf, and AWS as this deployment itself. */
export interface RegisteredCluster {
  readonly cluster: Cluster;
  /** In the cluster's account and region, as its role. */
  readonly aws: AwsAccess;
  /** In the deployment's own: state bucket, executions, topics. */
  readonly home: AwsAccess;
  /** Whether the cluster lies where the state machines' own SDK tasks do not reach (docs/adr/0006). */
  readonly elsewhere: boolean;
}

/**
 * AWS as this deployment itself. Does no I/O.
 * @throws SettingMissing without AWS_REGION: in a guessed region everything would look empty
 */
export function homeAws(environment: Environment): AwsAccess {
  return awsAccess({
    region: setting(environment, 'AWS_REGION'),
    ...asTheProcessIs(environment),
  });
}

/** The registry of this deployment. Does no I/O. */
export function openRegistry(home: AwsAccess, environment: Environment): ClusterRegistry {
  return clusterRegistry(parameterClusterEntries(home, environment.REGISTRY_PREFIX ?? '/tender/clusters'), Date.now);
}

/**
 * Reads a cluster from the registry and opens AWS for it.
 * @throws ClusterNotFound, ClusterMisconfigured, SettingMissing
 */
export async function registeredCluster(name: string, environment: Environment): Promise<RegisteredCluster> {
  const home = homeAws(environment);
  const cluster = await openRegistry(home, environment).get(name);
  const aws = inItsAccount(cluster, home, environment);
  return { cluster, home, aws, elsewhere: cluster.aws.roleArn !== undefined || aws.region !== home.region };
}

/** AWS in a cluster's account and region, as the role of its entry; this deployment's own where the entry says nothing. Does no I/O. */
export function inItsAccount({ aws }: Cluster, home: AwsAccess, environment: Environment): AwsAccess {
  if (aws.roleArn === undefined && aws.region === undefined) return home;
  return awsAccess({
    region: aws.region ?? home.region,
    roleArn: aws.roleArn,
    externalId: aws.externalId,
    ...asTheProcessIs(environment),
  });
}

/** What the environment says of all calls. `AWS_MAX_ATTEMPTS` is the SDK's own variable, and a number from 1 on as there. */
function asTheProcessIs({
  AWS_ENDPOINT_URL,
  AWS_MAX_ATTEMPTS,
}: Environment): Pick<AwsSettings, 'bucketsByPath' | 'attempts'> {
  return {
    // Local clouds and other stand-ins are addressed by one host.
    bucketsByPath: AWS_ENDPOINT_URL !== undefined,
    ...(/^[1-9]\d?$/.test(AWS_MAX_ATTEMPTS ?? '') && { attempts: Number(AWS_MAX_ATTEMPTS) }),
  };
}
