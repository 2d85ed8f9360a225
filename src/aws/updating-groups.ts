import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { clusterTag, roleTag } from '../updates/names.ts';
import type { DescribedGroup, UpdatingGroups, UpdatingMember } from '../updates/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { batches } from './batches.ts';
import { awsCall } from './errors.ts';
import { refreshesUnderWay } from './instance-refreshes.ts';

/** A filter takes so many values. By ids, EC2 would refuse all when it does not know one (yet). */
const IDS = 200;

/** Auto Scaling groups as updates see and change them. @param cluster only groups that are tagged for it are there */
export function updatingGroups(aws: AwsAccess, cluster: string): UpdatingGroups {
  const client = aws.client(AutoScalingClient);
  const read = async (groupName: string): Promise<AutoScalingGroup | undefined> => {
    const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [groupName] });
    const group = (await awsCall(client.send(command))).AutoScalingGroups?.[0];
    return group && tagsOf(group)[clusterTag] === cluster ? group : undefined;
  };
  const setDesired = async (AutoScalingGroupName: string, DesiredCapacity: number) => {
    const input = { AutoScalingGroupName, DesiredCapacity, HonorCooldown: false };
    await awsCall(client.send(new SetDesiredCapacityCommand(input)));
  };
  const suspend = async (AutoScalingGroupName: string, processes: readonly string[]) => {
    await awsCall(client.send(new SuspendProcessesCommand({ AutoScalingGroupName, ScalingProcesses: [...processes] })));
  };
  const resume = async (AutoScalingGroupName: string, processes: readonly string[]) => {
    await awsCall(client.send(new ResumeProcessesCommand({ AutoScalingGroupName, ScalingProcesses: [...processes] })));
  };
  return {
    suspend,
    resume,
    async describe(groupName, withLaunchTimes) {
      const group = await read(groupName);
      if (!group) return undefined;
      const [instanceRefreshes, launchedAt] = await Promise.all([
        refreshesUnderWay(client, groupName).catch(() => 'unknown' as const),
        withLaunchTimes ? launchTimes(aws, group) : new Map<string, string>(),
      ]);
      return describedGroup(group, instanceRefreshes, launchedAt);
    },
    async pin(groupName, launchTemplateId, version) {
      const group = await read(groupName);
      const template = { LaunchTemplateId: launchTemplateId, Version: version };
      const Overrides = group?.MixedInstancesPolicy?.LaunchTemplate?.Overrides;
      // The overrides are given back as they are: without them instance types would be the template's alone.
      const what = group?.MixedInstancesPolicy
        ? {
            MixedInstancesPolicy: {
              LaunchTemplate: { LaunchTemplateSpecification: template, ...(Overrides && { Overrides }) },
            },
          }
        : { LaunchTemplate: template };
      await awsCall(client.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: groupName, ...what })));
    },
    async raise(groupName, to) {
      const group = await read(groupName);
      if (group && (group.DesiredCapacity ?? 0) < to) await setDesired(groupName, to);
    },
    async lower(groupName, by, isLaunchOurs) {
      if (isLaunchOurs) await suspend(groupName, ['Launch']);
      try {
        const group = await read(groupName);
        const desired = group?.DesiredCapacity ?? 0;
        const to = Math.max(desired - by, group?.Instances?.length ?? 0);
        if (group && to < desired) await setDesired(groupName, to);
      } finally {
        if (isLaunchOurs) await resume(groupName, ['Launch']);
      }
    },
    async drop(groupName, instanceId) {
      const member = (await read(groupName))?.Instances?.find(({ InstanceId }) => InstanceId === instanceId);
      if (!member?.LifecycleState?.startsWith('Pending')) return;
      const input = { InstanceId: instanceId, ShouldDecrementDesiredCapacity: true };
      await awsCall(client.send(new TerminateInstanceInAutoScalingGroupCommand(input)));
    },
  };
}

async function launchTimes(aws: AwsAccess, { Instances = [] }: AutoScalingGroup): Promise<ReadonlyMap<string, string>> {
  const client = aws.client(EC2Client);
  const instanceIds = Instances.flatMap(({ InstanceId }) => InstanceId ?? []);
  const pages = await Promise.all(
    batches(instanceIds, IDS).map((ids) =>
      awsCall(client.send(new DescribeInstancesCommand({ Filters: [{ Name: 'instance-id', Values: [...ids] }] }))),
    ),
  );
  const found = pages.flatMap(({ Reservations = [] }) => Reservations.flatMap(({ Instances: some = [] }) => some));
  return new Map(found.map(({ InstanceId = '', LaunchTime }) => [InstanceId, LaunchTime?.toISOString() ?? '']));
}

function tagsOf({ Tags = [] }: AutoScalingGroup): Readonly<Record<string, string>> {
  return Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}

function describedGroup(
  group: AutoScalingGroup,
  instanceRefreshes: DescribedGroup['instanceRefreshes'],
  launchedAt: ReadonlyMap<string, string>,
): DescribedGroup {
  const mixed = group.MixedInstancesPolicy?.LaunchTemplate;
  const template = group.LaunchTemplate ?? mixed?.LaunchTemplateSpecification;
  const tags = tagsOf(group);
  const role = tags[roleTag];
  return {
    name: group.AutoScalingGroupName ?? '',
    role: role === 'control-plane' || role === 'etcd' ? role : 'worker',
    min: group.MinSize ?? 0,
    max: group.MaxSize ?? 0,
    desired: group.DesiredCapacity ?? 0,
    launchTemplateId: template?.LaunchTemplateId ?? '',
    version: template?.Version ?? '$Default',
    suspended: (group.SuspendedProcesses ?? []).map(({ ProcessName = '' }) => ProcessName),
    members: membersOf(group, launchedAt),
    tags,
    hasOwnTemplates: mixed?.Overrides?.some((one) => one.LaunchTemplateSpecification !== undefined) === true,
    instanceRefreshes,
  };
}

function membersOf(
  { Instances = [] }: AutoScalingGroup,
  launchedAt: ReadonlyMap<string, string>,
): readonly UpdatingMember[] {
  return Instances.map((one) => ({
    instanceId: one.InstanceId ?? '',
    lifecycleState: one.LifecycleState ?? '',
    healthy: one.HealthStatus !== 'Unhealthy',
    zone: one.AvailabilityZone ?? '',
    launchTemplateId: one.LaunchTemplate?.LaunchTemplateId ?? '',
    version: one.LaunchTemplate?.Version ?? '',
    launchedAt: launchedAt.get(one.InstanceId ?? '') ?? '',
  })).filter(({ lifecycleState }) => !lifecycleState.startsWith('Warmed'));
}
