import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeLifecycleHooksCommand,
  type LifecycleHook,
  paginateDescribeAutoScalingGroups,
} from '@aws-sdk/client-auto-scaling';
import { clusterTag } from '../doctor/names.ts';
import type { GroupFacts, HookFacts } from '../doctor/ports.ts';
import { pickFromPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { batches } from './batches.ts';
import { awsCall } from './errors.ts';
import { inspectedTemplate } from './inspected-template.ts';
import { refreshesUnderWay } from './instance-refreshes.ts';

/** Which groups are looked at. */
export type GroupsWanted =
  | { readonly cluster: string }
  | { readonly names: readonly string[] }
  | { readonly tagKey: string; readonly values?: readonly string[] };

/** DescribeAutoScalingGroups takes at most 100 names. */
const NAMES = 100;

/** Auto Scaling groups with their hooks and what they launch from, as whoever judges or adopts a cluster sees them. In the order of their names. */
export async function inspectedGroups(aws: AwsAccess, wanted: GroupsWanted): Promise<readonly GroupFacts[]> {
  const client = aws.client(AutoScalingClient);
  const groups = (await Promise.all(queriesOf(wanted).map((query) => found(client, query)))).flat();
  const facts = await Promise.all(groups.map((group) => factsOf(group, client, aws)));
  return facts.sort((one, other) => one.name.localeCompare(other.name));
}

/** The cluster that each tagged group names, by the group's name: all groups of the account and region that carry our tag. */
export async function claimedGroups(aws: AwsAccess): Promise<ReadonlyMap<string, string>> {
  const groups = await found(aws.client(AutoScalingClient), { Filters: [{ Name: 'tag-key', Values: [clusterTag] }] });
  return new Map(
    groups.map(({ AutoScalingGroupName = '', Tags = [] }) => [
      AutoScalingGroupName,
      Tags.find(({ Key }) => Key === clusterTag)?.Value ?? '',
    ]),
  );
}

type Query = Parameters<typeof paginateDescribeAutoScalingGroups>[1];

function queriesOf(wanted: GroupsWanted): readonly Query[] {
  if ('names' in wanted) return batches(wanted.names, NAMES).map((names) => ({ AutoScalingGroupNames: [...names] }));
  if ('cluster' in wanted) return [{ Filters: [{ Name: `tag:${clusterTag}`, Values: [wanted.cluster] }] }];
  const { tagKey, values } = wanted;
  const filter = values ? { Name: `tag:${tagKey}`, Values: [...values] } : { Name: 'tag-key', Values: [tagKey] };
  return [{ Filters: [filter] }];
}

function found(client: AutoScalingClient, query: Query): Promise<readonly AutoScalingGroup[]> {
  return pickFromPages(
    paginateDescribeAutoScalingGroups({ client }, query),
    ({ AutoScalingGroups = [] }) => AutoScalingGroups,
  );
}

async function factsOf(group: AutoScalingGroup, client: AutoScalingClient, aws: AwsAccess): Promise<GroupFacts> {
  const name = group.AutoScalingGroupName ?? '';
  const specification = group.LaunchTemplate ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
  const [hooks, refreshes, template] = await Promise.all([
    awsCall(client.send(new DescribeLifecycleHooksCommand({ AutoScalingGroupName: name }))),
    refreshesUnderWay(client, name),
    specification ? inspectedTemplate(aws, specification) : null,
  ]);
  return {
    name,
    arn: group.AutoScalingGroupARN ?? '',
    tags: Object.fromEntries(
      (group.Tags ?? []).map(({ Key = '', Value = '', PropagateAtLaunch = false }) => [
        Key,
        { value: Value, propagated: PropagateAtLaunch },
      ]),
    ),
    min: group.MinSize ?? 0,
    desired: group.DesiredCapacity ?? 0,
    max: group.MaxSize ?? 0,
    zones: group.AvailabilityZones ?? [],
    subnets: (group.VPCZoneIdentifier ?? '').split(',').filter(Boolean),
    hooks: (hooks.LifecycleHooks ?? []).map(hookOf),
    template,
    suspended: (group.SuspendedProcesses ?? []).map(({ ProcessName = '' }) => ProcessName),
    capacityRebalance: group.CapacityRebalance ?? false,
    maxInstanceLifetimeSeconds: group.MaxInstanceLifetime ?? 0,
    refreshing: refreshes > 0,
    attachedTargetGroups: [
      ...(group.TargetGroupARNs ?? []),
      ...(group.TrafficSources ?? []).map(({ Identifier = '' }) => Identifier),
    ].filter((id) => id.includes(':targetgroup/')),
    attached: [group.TargetGroupARNs, group.TrafficSources, group.LoadBalancerNames].some((all = []) => all.length > 0),
    healthCheckTypes: (group.HealthCheckType ?? 'EC2').split(','),
    instanceIds: (group.Instances ?? []).map(({ InstanceId = '' }) => InstanceId),
  };
}

function hookOf(hook: LifecycleHook): HookFacts {
  return {
    name: hook.LifecycleHookName ?? '',
    transition: hook.LifecycleTransition === 'autoscaling:EC2_INSTANCE_LAUNCHING' ? 'launching' : 'terminating',
    heartbeatSeconds: hook.HeartbeatTimeout ?? 3600,
    defaultResult: hook.DefaultResult ?? 'ABANDON',
    notifies: hook.NotificationTargetARN ?? '',
  };
}
