import { ec2Instances } from '../aws/ec2-instances.ts';
import { etcdCertificates } from '../aws/etcd-certificates.ts';
import { clusterMembers } from '../aws/group-attachments.ts';
import { s3SnapshotStore } from '../aws/s3-snapshot-store.ts';
import { EtcdNotDescribed } from '../etcd/errors.ts';
import { EtcdEndpoint } from '../etcd-client/etcd-endpoint.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import { homeAws, type RegisteredCluster, registeredCluster } from './registered-cluster.ts';

/** Where etcd listens for clients, unless the registry entry says otherwise. */
const CLIENT_PORT = 2379;

/**
 * The snapshots of this deployment. Does no I/O.
 * @throws SettingMissing
 */
export function snapshotStoreOf(environment: Environment) {
  const bucket = setting(environment, 'SNAPSHOT_BUCKET');
  return s3SnapshotStore(homeAws(environment), bucket, setting(environment, 'SNAPSHOT_KEY_ARN'));
}

/**
 * What the registry says of a cluster's etcd, and of its snapshots.
 * @throws ClusterNotFound, ClusterMisconfigured, EtcdNotDescribed, SettingMissing
 */
export async function describedEtcd(name: string, environment: Environment) {
  const registered = await registeredCluster(name, environment);
  const { etcd, schedules } = registered.cluster;
  if (!etcd) throw new EtcdNotDescribed(name);
  return { registered, etcd, everyMinutes: schedules.etcdSnapshotMinutes };
}

/**
 * The members of a registered cluster's etcd, each with its own connection, which opens when something is asked, and is
 * opened again after it was closed.
 * @throws ClusterNotFound, ClusterMisconfigured, EtcdNotDescribed, SecretUnusable, SettingMissing
 */
export async function etcdMembersOf(name: string, environment: Environment): Promise<readonly EtcdEndpoint[]> {
  const { registered, etcd } = await describedEtcd(name, environment);
  const [certificates, urls] = await Promise.all([
    etcdCertificates(registered.aws, etcd.secretArn),
    etcd.endpoints ?? instanceUrls(registered),
  ]);
  return urls.map((url) => new EtcdEndpoint({ url, serverName: etcd.tlsServerName, ...certificates }));
}

// Members on machines of their own come before those beside the API server: a cluster has one or the other.
async function instanceUrls({ cluster, aws }: RegisteredCluster): Promise<readonly string[]> {
  const all = await clusterMembers(aws).membersOf(cluster.name);
  const etcd = all.filter(({ role }) => role === 'etcd');
  const members = etcd.length > 0 ? etcd : all.filter(({ role }) => role === 'control-plane');
  const instances = await ec2Instances(aws).describe(members.map(({ instanceId }) => instanceId));
  const running = [...instances.values()].filter(({ state }) => state === 'running');
  if (running.length === 0) throw new EtcdNotDescribed(cluster.name);
  return running.map(({ privateIpAddress }) => `https://${privateIpAddress}:${CLIENT_PORT}`).sort();
}
