import type * as Elbv2 from '@aws-sdk/client-elastic-load-balancing-v2';
import { pageOf } from '../cloud/pages.ts';
import type { Operations } from '../cloud/service.ts';
import { AwsError } from '../cloud/service.ts';
import { requestTagContext } from '../cloud/tag-context.ts';
import type { LoadBalancing } from './load-balancing.ts';
import { type TargetGroupRecord, targetKey } from './records.ts';
import { resourceAccess } from './tagged-access.ts';

const HEALTH_CHECK_KEYS = [
  'HealthCheckProtocol',
  'HealthCheckPort',
  'HealthCheckPath',
  'HealthCheckIntervalSeconds',
  'HealthCheckTimeoutSeconds',
  'HealthyThresholdCount',
  'UnhealthyThresholdCount',
  'Matcher',
] as const;

/** The operations on target groups and their targets. */
export function targetGroupOperations(loadBalancing: LoadBalancing): Operations<typeof Elbv2> {
  const onGroup = (action: string) => (input: { TargetGroupArn?: string | undefined }) =>
    resourceAccess(loadBalancing, action, input.TargetGroupArn);
  return {
    CreateTargetGroup: {
      access: (input) => [
        {
          action: 'elasticloadbalancing:CreateTargetGroup',
          resource: loadBalancing.arn(`targetgroup/${input.Name ?? ''}/*`),
          context: requestTagContext(input.Tags),
        },
      ],
      run: (input) => ({ TargetGroups: [describeTargetGroup(loadBalancing, loadBalancing.createTargetGroup(input))] }),
    },
    ModifyTargetGroup: {
      access: onGroup('ModifyTargetGroup'),
      run: (input) => {
        const group = loadBalancing.targetGroup(input.TargetGroupArn);
        const given = HEALTH_CHECK_KEYS.filter((key) => input[key] !== undefined).map(
          (key) => [key, input[key]] as const,
        );
        group.healthCheck = {
          ...group.healthCheck,
          ...(Object.fromEntries(given) as Partial<TargetGroupRecord['healthCheck']>),
        };
        loadBalancing.reassess(group);
        return { TargetGroups: [describeTargetGroup(loadBalancing, group)] };
      },
    },
    DeleteTargetGroup: {
      access: onGroup('DeleteTargetGroup'),
      run: (input) => {
        const group = loadBalancing.targetGroups.get(input.TargetGroupArn ?? '');
        if (group) loadBalancing.deleteTargetGroup(group);
        return {};
      },
    },
    DescribeTargetGroups: {
      run: (input) => {
        const ofOthers = input.TargetGroupArns?.find((arn) => !arn.startsWith(loadBalancing.arn('targetgroup/')));
        if (ofOthers !== undefined)
          throw new AwsError('ValidationError', `'${ofOthers}' is not a valid target group ARN`);
        const found = [...loadBalancing.targetGroups.values()].filter(
          (group) =>
            (!input.TargetGroupArns?.length || input.TargetGroupArns.includes(group.arn)) &&
            (!input.Names?.length || input.Names.includes(group.name)) &&
            (!input.LoadBalancerArn ||
              loadBalancing.loadBalancersOf(group).some((lb) => lb.arn === input.LoadBalancerArn)),
        );
        const named = [...(input.TargetGroupArns ?? []), ...(input.Names ?? [])];
        const missing = named.filter((name) => !found.some((group) => group.arn === name || group.name === name));
        if (missing.length > 0) throw new AwsError('TargetGroupNotFound', 'One or more target groups not found');
        const page = pageOf(found, input.PageSize, input.Marker);
        return {
          TargetGroups: page.items.map((group) => describeTargetGroup(loadBalancing, group)),
          ...(page.next ? { NextMarker: page.next } : {}),
        };
      },
    },
    RegisterTargets: {
      access: onGroup('RegisterTargets'),
      run: (input) => {
        loadBalancing.register(loadBalancing.targetGroup(input.TargetGroupArn), input.Targets ?? []);
        return {};
      },
    },
    DeregisterTargets: {
      access: onGroup('DeregisterTargets'),
      run: (input) => {
        loadBalancing.deregister(loadBalancing.targetGroup(input.TargetGroupArn), input.Targets ?? []);
        return {};
      },
    },
    DescribeTargetHealth: {
      run: (input) => {
        const group = loadBalancing.targetGroup(input.TargetGroupArn);
        const asked = input.Targets?.length
          ? input.Targets
          : [...group.targets.values()].map((target) => ({ Id: target.id, Port: target.port }));
        return { TargetHealthDescriptions: asked.map((target) => describeHealth(loadBalancing, group, target)) };
      },
    },
    ModifyTargetGroupAttributes: {
      access: onGroup('ModifyTargetGroupAttributes'),
      run: (input) => {
        const group = loadBalancing.targetGroup(input.TargetGroupArn);
        for (const { Key = '', Value = '' } of input.Attributes ?? []) group.attributes.set(Key, Value);
        return { Attributes: [...group.attributes].map(([Key, Value]) => ({ Key, Value })) };
      },
    },
    DescribeTargetGroupAttributes: {
      run: (input) => {
        const group = loadBalancing.targetGroup(input.TargetGroupArn);
        return { Attributes: [...group.attributes].map(([Key, Value]) => ({ Key, Value })) };
      },
    },
  };
}

function describeTargetGroup(loadBalancing: LoadBalancing, group: TargetGroupRecord): Elbv2.TargetGroup {
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: group.protocol as NonNullable<Elbv2.TargetGroup['Protocol']>,
    Port: group.port,
    VpcId: group.vpcId,
    HealthCheckEnabled: true,
    ...group.healthCheck,
    LoadBalancerArns: loadBalancing.loadBalancersOf(group).map((lb) => lb.arn),
    TargetType: group.targetType,
    IpAddressType: 'ipv4',
  };
}

function describeHealth(
  loadBalancing: LoadBalancing,
  group: TargetGroupRecord,
  asked: Elbv2.TargetDescription,
): Elbv2.TargetHealthDescription {
  const target = group.targets.get(targetKey(asked, group));
  const port = asked.Port ?? group.port;
  if (!target) {
    loadBalancing.requireKnown(group, asked);
    return {
      Target: { Id: asked.Id, Port: port },
      TargetHealth: {
        State: 'unused',
        Reason: 'Target.NotRegistered',
        Description: 'Target is not registered to the target group',
      },
    };
  }
  const health = loadBalancing.healthOf(group, target);
  const { HealthCheckPort } = group.healthCheck;
  return {
    Target: {
      Id: target.id,
      Port: target.port,
      ...(target.availabilityZone === undefined ? {} : { AvailabilityZone: target.availabilityZone }),
    },
    HealthCheckPort: HealthCheckPort === 'traffic-port' ? String(target.port) : HealthCheckPort,
    TargetHealth: {
      State: health.state,
      ...(health.reason ? { Reason: health.reason } : {}),
      ...(health.description ? { Description: health.description } : {}),
    },
    AdministrativeOverride: loadBalancing.shifts.overrideOf(
      loadBalancing.zoneOf(group, target),
      loadBalancing.loadBalancersOf(group),
    ),
  };
}
