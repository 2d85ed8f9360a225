import type { DrainGroups } from '../drains/ports.ts';
import { InstanceNotManaged } from '../nodes/errors.ts';
import { clusterTag } from '../nodes/names.ts';
import { autoScalingGroups } from './auto-scaling-groups.ts';
import type { AwsAccess } from './aws-access.ts';

/** The Auto Scaling groups of instances that are drained by hand: a group's own tag says whose they are, whatever its instances carry. */
export function drainGroups(aws: AwsAccess): DrainGroups {
  const groups = autoScalingGroups(aws);
  return {
    async assertOf(cluster, { instanceId, groupName }) {
      if (groupName === '') throw new InstanceNotManaged(instanceId, cluster, 'it is in no Auto Scaling group');
      const tags = await groups.tags(groupName);
      if (!tags) throw new InstanceNotManaged(instanceId, cluster, `its group ${groupName} is gone`);
      const named = tags[clusterTag];
      if (named === cluster) return;
      const whose = named === undefined ? '' : `, so it is cluster ${named}'s: is the input's "cluster" the right one?`;
      throw new InstanceNotManaged(
        instanceId,
        cluster,
        `group ${groupName} has ${clusterTag}=${named ?? '(none)'}${whose}`,
      );
    },
  };
}
