import { s3SnapshotStore } from '../aws/s3-snapshot-store.ts';
import { EtcdNotDescribed } from '../etcd/errors.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import { homeAws, registeredCluster } from './registered-cluster.ts';

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
