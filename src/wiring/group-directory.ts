import { autoScalingGroups } from '../aws/auto-scaling-groups.ts';
import type { AwsAccess } from '../aws/aws-access.ts';
import type { Cluster } from '../clusters/cluster.ts';
import type { Environment } from '../runtime/settings.ts';
import type { GroupDirectory, GroupEntry, Origin } from '../signals/ports.ts';
import { inItsAccount, openRegistry } from './registered-cluster.ts';

/**
 * Finds groups in this deployment's own account and region, and in those of registered clusters, as their roles.
 *
 * An event of another account is believed only where a registered cluster lives in that account and region, and only if the group's
 * tag names one of those clusters: whoever may forward events to our bus must not speak for other clusters.
 */
export function groupDirectory(home: AwsAccess, ownAccount: string, environment: Environment): GroupDirectory {
  const own = autoScalingGroups(home);
  const registry = openRegistry(home, environment);
  return {
    async find(groupName, origin) {
      if (isHome(origin, ownAccount, home.region)) {
        const tags = await own.tags(groupName);
        return tags && { tags, elsewhere: false };
      }
      const { clusters } = await registry.all();
      const there = clusters.filter((cluster) => livesThere(cluster, origin, ownAccount, home.region));
      for (const cluster of there) {
        const found = await findAs(cluster, groupName, there, home, environment);
        if (found) return found;
      }
      return undefined;
    },
  };
}

function isHome({ account, region }: Origin, ownAccount: string, ownRegion: string): boolean {
  return (account ?? ownAccount) === ownAccount && (region ?? ownRegion) === ownRegion;
}

function livesThere({ aws }: Cluster, { account, region }: Origin, ownAccount: string, ownRegion: string): boolean {
  return (
    (aws.accountId ?? ownAccount) === (account ?? ownAccount) && (aws.region ?? ownRegion) === (region ?? ownRegion)
  );
}

async function findAs(
  cluster: Cluster,
  groupName: string,
  there: readonly Cluster[],
  home: AwsAccess,
  environment: Environment,
): Promise<GroupEntry | undefined> {
  const tags = await autoScalingGroups(inItsAccount(cluster, home, environment)).tags(groupName);
  const believed = tags !== undefined && there.some(({ name }) => name === tags['tender:cluster']);
  return believed ? { tags, elsewhere: true } : undefined;
}
