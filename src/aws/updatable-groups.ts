import {
  AutoScalingClient,
  type AutoScalingGroup,
  paginateDescribeAutoScalingGroups,
} from '@aws-sdk/client-auto-scaling';
import { clusterTag, eksClusterTag, karpenterTag, nodeGroupTag, pausedTag, roleTag } from '../images/names.ts';
import type { UpdatableGroup, UpdatableGroups } from '../images/ports.ts';
import { pickFromPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';

/** Auto Scaling groups as the watch for new images sees them. */
export function updatableGroups(aws: AwsAccess): UpdatableGroups {
  const client = aws.client(AutoScalingClient);
  const tagged = (filter: { readonly Name: string; readonly Values: string[] }) =>
    pickFromPages(
      paginateDescribeAutoScalingGroups({ client }, { Filters: [filter] }),
      ({ AutoScalingGroups = [] }) => AutoScalingGroups,
    );
  return {
    ofCluster: async (cluster) => (await tagged({ Name: `tag:${clusterTag}`, Values: [cluster] })).map(groupOf),
    async followersOf(templateId) {
      const groups = await tagged({ Name: 'tag-key', Values: [clusterTag] });
      return groups
        .filter((group) => templatesOf(group).some(({ id, version }) => id === templateId && version === '$Latest'))
        .map(({ AutoScalingGroupName = '' }) => AutoScalingGroupName);
    },
  };
}

/** That of the group, and those of its overrides. A group that says no version has `$Default`. */
function templatesOf({ LaunchTemplate, MixedInstancesPolicy }: AutoScalingGroup) {
  const { LaunchTemplateSpecification: ofPolicy, Overrides = [] } = MixedInstancesPolicy?.LaunchTemplate ?? {};
  const own = Overrides.map(({ LaunchTemplateSpecification }) => LaunchTemplateSpecification);
  return [LaunchTemplate ?? ofPolicy, ...own].flatMap((one) =>
    one?.LaunchTemplateId ? [{ id: one.LaunchTemplateId, version: one.Version ?? '$Default' }] : [],
  );
}

function groupOf(group: AutoScalingGroup): UpdatableGroup {
  const tag = (key: string) => group.Tags?.find(({ Key }) => Key === key)?.Value;
  const templates = templatesOf(group);
  const overrides = group.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? [];
  return {
    name: group.AutoScalingGroupName ?? '',
    role: roleOf(tag(roleTag)),
    owner: tag(karpenterTag) === undefined ? '' : 'Karpenter',
    managed: managedOf(tag(nodeGroupTag), tag(eksClusterTag)),
    paused: tag(pausedTag) ?? null,
    template: templates[0] ?? null,
    ownTemplates: overrides.some(({ LaunchTemplateSpecification }) => LaunchTemplateSpecification !== undefined),
    instanceIds: (group.Instances ?? [])
      .filter(({ LifecycleState = '' }) => !/^(Warmed|Terminat)/.test(LifecycleState))
      .map(({ InstanceId = '' }) => InstanceId),
  };
}

function managedOf(nodeGroup: string | undefined, clusterName = ''): UpdatableGroup['managed'] {
  return nodeGroup === undefined ? null : { clusterName, nodeGroup };
}

// Whoever tags nothing else has workers.
function roleOf(tag: string | undefined): UpdatableGroup['role'] {
  return tag === 'control-plane' || tag === 'etcd' ? tag : 'worker';
}
