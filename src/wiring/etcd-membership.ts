import { etcdInstances } from '../aws/etcd-instances.ts';
import type { Environment } from '../runtime/settings.ts';
import { type EtcdDoors, etcdDoors } from './etcd-members.ts';
import { describedEtcd } from './etcd-of.ts';

/**
 * What changing the members of a cluster's etcd works with: its members, and the instances that carry them.
 * @throws ClusterNotFound, ClusterMisconfigured, EtcdNotDescribed, SecretUnusable, SettingMissing, and what AWS throws
 */
export async function etcdMembership(name: string, environment: Environment) {
  const { registered } = await describedEtcd(name, environment);
  return { doors: await etcdDoors(registered), directory: etcdInstances(registered.aws, name) };
}

/** Works with members and closes all connections, however it ends: a function that is frozen keeps none alive. */
export async function thenDoorsClosed<T>(doors: EtcdDoors, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    doors.close();
  }
}
