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
 * The first cluster's role that AWS lets in answers for all of its account and region: one that is misconfigured does not stop the others.
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
      let problem: unknown;
      for (const cluster of there) {
        try {
          const tags = await autoScalingGroups(inItsAccount(cluster, home, environment)).tags(groupName);
          return tags && believed(tags, there);
        } catch (error) {
          problem ??= error;
        }
      }
      if (problem === undefined) return undefined;
      throw problem;
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

function believed(tags: GroupEntry['tags'], there: readonly Cluster[]): GroupEntry | undefined {
  return there.some(({ name }) => name === tags['tender:cluster']) ? { tags, elsewhere: true } : undefined;
}
