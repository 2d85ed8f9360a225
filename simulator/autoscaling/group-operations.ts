import type * as AutoScaling from '@aws-sdk/client-auto-scaling';
import { pageOf } from '../cloud/pages.ts';
import type { Operations } from '../cloud/service.ts';
import { AwsError } from '../cloud/service.ts';
import { requestTagContext } from '../cloud/tag-context.ts';
import { groupAccess } from './group-access.ts';
import { describeMember, type GroupRecord, isWarm, type TrafficSource } from './group-record.ts';
import { type Groups, processTypes, trafficSource } from './groups.ts';
import { describeWarmPool } from './member-operations.ts';

const DEFAULT_PAGE = 50;

/** The operations on groups, their tags, load balancers and processes. */
export function groupOperations(groups: Groups): Operations<typeof AutoScaling> {
  const onGroup = (action: string) => (input: { AutoScalingGroupName?: string | undefined }) =>
    groupAccess(groups, action, input.AutoScalingGroupName);
  return {
    CreateAutoScalingGroup: {
      access: (input) =>
        groupAccess(groups, 'CreateAutoScalingGroup', input.AutoScalingGroupName, requestTagContext(input.Tags)),
      run: (input) => {
        groups.create(input);
        return {};
      },
    },
    UpdateAutoScalingGroup: {
      access: onGroup('UpdateAutoScalingGroup'),
      run: (input) => {
        groups.update(input);
        return {};
      },
    },
    DeleteAutoScalingGroup: {
      access: onGroup('DeleteAutoScalingGroup'),
      run: (input) => {
        groups.delete(input.AutoScalingGroupName, input.ForceDelete ?? false);
        return {};
      },
    },
    SetDesiredCapacity: {
      access: onGroup('SetDesiredCapacity'),
      run: (input) => {
        groups.setDesired(input.AutoScalingGroupName, input.DesiredCapacity ?? 0);
        return {};
      },
    },
    DescribeAutoScalingGroups: {
      run: (input) => {
        const names = input.AutoScalingGroupNames ?? [];
        const found = [...groups.all.values()]
          .filter((group) => names.length === 0 || names.includes(group.name))
          .filter((group) => groups.fits(group, input.Filters ?? []));
        const page = pageOf(found, input.MaxRecords ?? DEFAULT_PAGE, input.NextToken);
        const withInstances = input.IncludeInstances !== false;
        return {
          AutoScalingGroups: page.items.map((group) => describeGroup(groups, group, withInstances)),
          ...(page.next ? { NextToken: page.next } : {}),
        };
      },
    },
    CreateOrUpdateTags: {
      access: (input) =>
        [...new Set(input.Tags?.map((tag) => tag.ResourceId))].flatMap((name) =>
          groupAccess(
            groups,
            'CreateOrUpdateTags',
            name,
            requestTagContext(input.Tags?.filter((tag) => tag.ResourceId === name)),
          ),
        ),
      run: (input) => {
        for (const tag of input.Tags ?? []) groups.tag(groups.group(tag.ResourceId), [tag]);
        return {};
      },
    },
    DeleteTags: {
      access: (input) =>
        [...new Set(input.Tags?.map((tag) => tag.ResourceId))].flatMap((name) =>
          groupAccess(
            groups,
            'DeleteTags',
            name,
            requestTagContext(input.Tags?.filter((tag) => tag.ResourceId === name)),
          ),
        ),
      run: (input) => {
        for (const tag of input.Tags ?? []) groups.group(tag.ResourceId).tags.delete(tag.Key ?? '');
        return {};
      },
    },
    DescribeTags: {
      run: (input) => {
        const all = [...groups.all.values()].flatMap((group) => describeTags(group));
        const found = all.filter((tag) => (input.Filters ?? []).every((filter) => tagFits(tag, filter)));
        const page = pageOf(found, input.MaxRecords ?? DEFAULT_PAGE, input.NextToken);
        return { Tags: page.items, ...(page.next ? { NextToken: page.next } : {}) };
      },
    },
    SuspendProcesses: {
      access: onGroup('SuspendProcesses'),
      run: (input) => {
        groups.suspend(input.AutoScalingGroupName, input.ScalingProcesses);
        return {};
      },
    },
    ResumeProcesses: {
      access: onGroup('ResumeProcesses'),
      run: (input) => {
        groups.resume(input.AutoScalingGroupName, input.ScalingProcesses);
        return {};
      },
    },
    DescribeScalingProcessTypes: { run: () => ({ Processes: processTypes.map((ProcessName) => ({ ProcessName })) }) },
    ...trafficOperations(groups),
  };
}

function trafficOperations(groups: Groups): Operations<typeof AutoScaling> {
  const onGroup = (action: string) => (input: { AutoScalingGroupName?: string | undefined }) =>
    groupAccess(groups, action, input.AutoScalingGroupName);
  const targetGroups = (arns: readonly string[] | undefined) =>
    (arns ?? []).map((Identifier) => trafficSource({ Identifier, Type: 'elbv2' }));
  const classic = (names: readonly string[] | undefined) =>
    (names ?? []).map((Identifier) => trafficSource({ Identifier, Type: 'elb' }));
  const sourcesOf = (name: string | undefined, type?: string) =>
    [...groups.group(name).sources.values()].filter((source) => type === undefined || source.Type === type);
  const change = (how: 'attach' | 'detach', name: string | undefined, sources: readonly TrafficSource[]) => {
    groups[how](name, sources);
    return {};
  };
  return {
    AttachLoadBalancerTargetGroups: {
      access: onGroup('AttachLoadBalancerTargetGroups'),
      run: (input) => change('attach', input.AutoScalingGroupName, targetGroups(input.TargetGroupARNs)),
    },
    DetachLoadBalancerTargetGroups: {
      access: onGroup('DetachLoadBalancerTargetGroups'),
      run: (input) => change('detach', input.AutoScalingGroupName, targetGroups(input.TargetGroupARNs)),
    },
    AttachLoadBalancers: {
      access: onGroup('AttachLoadBalancers'),
      run: (input) => change('attach', input.AutoScalingGroupName, classic(input.LoadBalancerNames)),
    },
    DetachLoadBalancers: {
      access: onGroup('DetachLoadBalancers'),
      run: (input) => change('detach', input.AutoScalingGroupName, classic(input.LoadBalancerNames)),
    },
    AttachTrafficSources: {
      access: onGroup('AttachTrafficSources'),
      run: (input) => change('attach', input.AutoScalingGroupName, (input.TrafficSources ?? []).map(trafficSource)),
    },
    DetachTrafficSources: {
      access: onGroup('DetachTrafficSources'),
      run: (input) => change('detach', input.AutoScalingGroupName, (input.TrafficSources ?? []).map(trafficSource)),
    },
    DescribeLoadBalancerTargetGroups: {
      run: (input) => ({
        LoadBalancerTargetGroups: sourcesOf(input.AutoScalingGroupName, 'elbv2').map((source) => ({
          LoadBalancerTargetGroupARN: source.Identifier,
          State: 'InService',
        })),
      }),
    },
    DescribeLoadBalancers: {
      run: (input) => ({
        LoadBalancers: sourcesOf(input.AutoScalingGroupName, 'elb').map((source) => ({
          LoadBalancerName: source.Identifier,
          State: 'InService',
        })),
      }),
    },
    DescribeTrafficSources: {
      run: (input) => ({
        TrafficSources: sourcesOf(input.AutoScalingGroupName, input.TrafficSourceType).map(({ Identifier, Type }) => ({
          Identifier,
          Type,
          State: 'InService',
        })),
      }),
    },
  };
}

function describeGroup(groups: Groups, group: GroupRecord, withInstances: boolean): AutoScaling.AutoScalingGroup {
  const members = [...group.members.values()];
  const sources = [...group.sources.values()];
  const warmPool = describeWarmPool(group);
  return {
    ...group.settings,
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    MinSize: group.minSize,
    MaxSize: group.maxSize,
    DesiredCapacity: group.desired,
    DefaultCooldown: group.settings.DefaultCooldown ?? 300,
    AvailabilityZones: groups.zonesOf(group),
    LoadBalancerNames: sources.filter((source) => source.Type === 'elb').map((source) => source.Identifier),
    TargetGroupARNs: sources.filter((source) => source.Type === 'elbv2').map((source) => source.Identifier),
    HealthCheckType: group.settings.HealthCheckType ?? 'EC2',
    HealthCheckGracePeriod: group.settings.HealthCheckGracePeriod ?? 0,
    ...(withInstances ? { Instances: members.filter((member) => !isWarm(member)).map(describeMember) } : {}),
    CreatedTime: group.createdAt,
    SuspendedProcesses: [...group.suspended].map(([ProcessName, SuspensionReason]) => ({
      ProcessName,
      SuspensionReason,
    })),
    VPCZoneIdentifier: group.subnetIds.join(','),
    EnabledMetrics: [],
    Tags: describeTags(group),
    TerminationPolicies: group.settings.TerminationPolicies ?? ['Default'],
    NewInstancesProtectedFromScaleIn: group.settings.NewInstancesProtectedFromScaleIn ?? false,
    ServiceLinkedRoleARN: group.settings.ServiceLinkedRoleARN ?? groups.serviceLinkedRoleArn,
    TrafficSources: sources,
    ...(warmPool ? { WarmPoolConfiguration: warmPool, WarmPoolSize: members.filter(isWarm).length } : {}),
    ...(group.deleting ? { Status: 'Delete in progress' } : {}),
  };
}

function describeTags(group: GroupRecord): AutoScaling.TagDescription[] {
  return [...group.tags].map(([Key, tag]) => ({
    ResourceId: group.name,
    ResourceType: 'auto-scaling-group',
    Key,
    Value: tag.value,
    PropagateAtLaunch: tag.propagateAtLaunch,
  }));
}

function tagFits(tag: AutoScaling.TagDescription, { Name, Values = [] }: AutoScaling.Filter): boolean {
  switch (Name) {
    case 'auto-scaling-group':
      return Values.includes(tag.ResourceId ?? '');
    case 'key':
      return Values.includes(tag.Key ?? '');
    case 'value':
      return Values.includes(tag.Value ?? '');
    case 'propagate-at-launch':
      return Values.includes(String(tag.PropagateAtLaunch));
    default:
      throw new AwsError(
        'ValidationError',
        `Filter type ${Name ?? ''} is not correct. Allowed Filter types are: auto-scaling-group key value propagate-at-launch`,
      );
  }
}
