import { ec2Instances } from '../aws/ec2-instances.ts';
import { clusterMembers } from '../aws/group-attachments.ts';
import { kmsPkiKey } from '../aws/kms-pki-key.ts';
import { s3PkiShelf, s3PkiStore } from '../aws/s3-pki-store.ts';
import type { ControlPlaneInstances } from '../etcd/pki-ports.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import { homeAws, type RegisteredCluster } from './registered-cluster.ts';

/**
 * Backups of PKI of this deployment, and the key that they are encrypted for. Does no I/O.
 * @throws SettingMissing
 */
export function pkiOf(environment: Environment) {
  const home = homeAws(environment);
  return {
    store: s3PkiStore(home, setting(environment, 'SNAPSHOT_BUCKET')),
    key: kmsPkiKey(home, setting(environment, 'PKI_KEY_ARN')),
  };
}

/** Backups of PKI of this deployment as what is pruned. Does no I/O. @throws SettingMissing */
export function pkiShelfOf(environment: Environment) {
  return s3PkiShelf(homeAws(environment), setting(environment, 'SNAPSHOT_BUCKET'));
}

/** The control-plane instances of a cluster that take commands of this deployment, by id: those that run in its own account and region. */
export function controlPlaneOf({ cluster, home }: RegisteredCluster): ControlPlaneInstances {
  return {
    async running() {
      const members = await clusterMembers(home).membersOf(cluster.name);
      const ids = members.flatMap(({ role, instanceId }) => (role === 'control-plane' ? [instanceId] : []));
      if (ids.length === 0) return [];
      const instances = await ec2Instances(home).describe(ids);
      return [...instances.values()]
        .flatMap(({ state, instanceId }) => (state === 'running' ? [instanceId] : []))
        .sort();
    },
  };
}
