import {
  AutoScalingClient,
  type AutoScalingGroup,
  paginateDescribeAutoScalingGroups,
} from '@aws-sdk/client-auto-scaling';
import { EC2Client, paginateDescribeLaunchTemplates } from '@aws-sdk/client-ec2';
import { pausedTag } from '../health/names.ts';
import type { ObservedGroup, ObservedMember, WatchedGroups } from '../health/ports.ts';
import {
  clusterTag,
  defaultLaunchHook,
  defaultTerminateHook,
  launchHookTag,
  roleTag,
  terminateHookTag,
} from '../nodes/names.ts';
import { allPages } from './all-pages.ts';
import { autoScalingGroups } from './auto-scaling-groups.ts';
import type { AwsAccess } from './aws-access.ts';
import { refreshesUnderWay } from './instance-refreshes.ts';

/** Auto Scaling groups as health passes see them. */
export function watchedGroups(aws: AwsAccess): WatchedGroups {
  const client = aws.client(AutoScalingClient);
  return {
    async ofCluster(cluster) {
      const query = { Filters: [{ Name: `tag:${clusterTag}`, Values: [cluster] }] };
      const pages = await allPages(paginateDescribeAutoScalingGroups({ client }, query));
      const groups = pages.flatMap((page) => page.AutoScalingGroups ?? []);
      const refreshes = groups.map(({ AutoScalingGroupName = '' }) => refreshesUnderWay(client, AutoScalingGroupName));
      const [underWay, versions] = await Promise.all([Promise.all(refreshes), versionsOf(groups, aws)]);
      return groups.map((group, index) => groupOf(group, underWay[index] !== 0, versions));
    },
    async hooksOfTender(groupName) {
      const scaling = autoScalingGroups(aws);
      const [hooks, tags = {}] = await Promise.all([scaling.hooks(groupName), scaling.tags(groupName)]);
      const ours = {
        launching: tags[launchHookTag] ?? defaultLaunchHook,
        terminating: tags[terminateHookTag] ?? defaultTerminateHook,
      };
      // All hooks of a transition run side by side: where another one is, nobody can tell by the state which of them still waits.
      const alone = hooks.filter(({ transition }) => hooks.filter((one) => one.transition === transition).length === 1);
      return new Set(alone.filter(({ name, transition }) => name === ours[transition]).map((one) => one.transition));
    },
  };
}

/** What `$Latest` and `$Default` of a launch template are now, by its id. */
type Versions = ReadonlyMap<string, Readonly<Record<string, number | undefined>>>;

/** Asked only where a group follows one of them. */
async function versionsOf(groups: readonly AutoScalingGroup[], aws: AwsAccess): Promise<Versions> {
  const ids = groups.map(templateOf).flatMap(({ id, version }) => (id !== '' && version.startsWith('$') ? [id] : []));
  if (ids.length === 0) return new Map();
  const query = { LaunchTemplateIds: [...new Set(ids)] };
  const pages = await allPages(paginateDescribeLaunchTemplates({ client: aws.client(EC2Client) }, query));
  return new Map(
    pages
      .flatMap(({ LaunchTemplates = [] }) => LaunchTemplates)
      .map((one) => [
        one.LaunchTemplateId ?? '',
        { $Latest: one.LatestVersionNumber, $Default: one.DefaultVersionNumber },
      ]),
  );
}

// A group with a mixed instances policy has its launch template in there.
function templateOf({ LaunchTemplate, MixedInstancesPolicy }: AutoScalingGroup): {
  readonly id: string;
  readonly version: string;
} {
  const template = LaunchTemplate ?? MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
  return { id: template?.LaunchTemplateId ?? '', version: template?.Version ?? '$Default' };
}

function launchTemplateOf(group: AutoScalingGroup, versions: Versions): string {
  const { id, version } = templateOf(group);
  const number = /^\d+$/.test(version) ? version : versions.get(id)?.[version];
  return id === '' || number === undefined ? '' : `${id}:${number}`;
}

function groupOf(group: AutoScalingGroup, refreshing: boolean, versions: Versions): ObservedGroup {
  const tag = (key: string) => group.Tags?.find(({ Key }) => Key === key)?.Value;
  const nodeGroup = tag('eks:nodegroup-name');
  return {
    name: group.AutoScalingGroupName ?? '',
    role: roleOf(tag(roleTag)),
    min: group.MinSize ?? 0,
    desired: group.DesiredCapacity ?? 0,
    max: group.MaxSize ?? 0,
    paused: tag(pausedTag) ?? null,
    ...(nodeGroup !== undefined && { managedBy: `EKS node group ${nodeGroup}` }),
    refreshing,
    launchTemplate: launchTemplateOf(group, versions),
    suspended: (group.SuspendedProcesses ?? []).map(({ ProcessName = '' }) => ProcessName),
    members: membersOf(group).filter(({ lifecycleState }) => !lifecycleState.startsWith('Warmed')),
  };
}

function membersOf({ Instances = [] }: AutoScalingGroup): readonly ObservedMember[] {
  return Instances.map((one) => ({
    instanceId: one.InstanceId ?? '',
    lifecycleState: one.LifecycleState ?? '',
    healthy: one.HealthStatus !== 'Unhealthy',
    zone: one.AvailabilityZone ?? '',
    launchTemplate: one.LaunchTemplate ? `${one.LaunchTemplate.LaunchTemplateId}:${one.LaunchTemplate.Version}` : '',
  }));
}

// Whoever tags nothing else has workers.
function roleOf(tag: string | undefined): ObservedGroup['role'] {
  return tag === 'control-plane' || tag === 'etcd' ? tag : 'worker';
}
