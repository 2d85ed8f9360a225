import {
  DescribeLoadBalancersCommand as DescribeClassicCommand,
  ElasticLoadBalancingClient,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LoadBalancerFacts, TargetGroupFacts } from '../doctor/ports.ts';
import { controllerTag, kubernetesTagPrefix, serviceTag } from '../loadbalancers/names.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall, awsCallUnless } from './errors.ts';
import { NO_GROUP_HERE } from './target-groups.ts';

const NO_CLASSIC = ['AccessPointNotFoundException', 'LoadBalancerNotFound', 'LoadBalancerNotFoundException'];

/** The target groups and classic load balancers that a registry entry names, and which of them there are not. */
export async function inspectedLoadBalancers(
  aws: AwsAccess,
  targetGroups: readonly string[],
  classic: readonly string[],
): Promise<LoadBalancerFacts> {
  const elb = aws.client(ElasticLoadBalancingV2Client);
  const wanted = [...new Set(targetGroups)];
  const [groups, missingClassic] = await Promise.all([
    Promise.all(wanted.map((arn) => inspected(elb, arn))),
    Promise.all([...new Set(classic)].map((name) => missing(aws, name))),
  ]);
  return {
    targetGroups: groups.flatMap((group) => group ?? []),
    missingTargetGroups: wanted.filter((_arn, index) => groups[index] === undefined),
    missingClassic: missingClassic.flat(),
  };
}

async function missing(aws: AwsAccess, name: string): Promise<readonly string[]> {
  const command = new DescribeClassicCommand({ LoadBalancerNames: [name] });
  const answer = await awsCallUnless(NO_CLASSIC, aws.client(ElasticLoadBalancingClient).send(command));
  return answer ? [] : [name];
}

async function inspected(elb: ElasticLoadBalancingV2Client, arn: string): Promise<TargetGroupFacts | undefined> {
  const answer = await awsCallUnless(
    NO_GROUP_HERE,
    elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] })),
  );
  const [group] = answer?.TargetGroups ?? [];
  if (!group) return undefined;
  const [{ Attributes = [] }, { TagDescriptions = [] }, balancers] = await Promise.all([
    awsCall(elb.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: arn }))),
    awsCall(elb.send(new DescribeTagsCommand({ ResourceArns: [arn] }))),
    balancersOf(elb, group),
  ]);
  const tags = TagDescriptions.flatMap(({ Tags = [] }) => Tags.map(({ Key = '' }) => Key));
  return {
    arn,
    protocol: group.Protocol ?? '',
    port: group.Port ?? 0,
    targetType: group.TargetType ?? 'instance',
    ...balancers,
    healthCheck: healthCheckOf(group),
    preservesClientIp: Attributes.some((one) => one.Key === 'preserve_client_ip.enabled' && one.Value === 'true'),
    controller: tags.find((key) => key === controllerTag || key === serviceTag) ?? '',
    clusterTag: tags.find((key) => key.startsWith(kubernetesTagPrefix)) ?? '',
  };
}

function healthCheckOf(group: TargetGroup): TargetGroupFacts['healthCheck'] {
  return {
    enabled: group.HealthCheckEnabled ?? true,
    protocol: group.HealthCheckProtocol ?? '',
    port: group.HealthCheckPort ?? 'traffic-port',
    path: group.HealthCheckPath ?? '',
    secondsToHealthy: (group.HealthCheckIntervalSeconds ?? 30) * (group.HealthyThresholdCount ?? 5),
  };
}

/** A group that no listener and no rule sends to names no load balancer. */
async function balancersOf(
  elb: ElasticLoadBalancingV2Client,
  { LoadBalancerArns = [] }: TargetGroup,
): Promise<Pick<TargetGroupFacts, 'loadBalancers' | 'zones' | 'loadBalancerType'>> {
  if (LoadBalancerArns.length === 0) return { loadBalancers: [], zones: [], loadBalancerType: '' };
  const { LoadBalancers = [] } = await awsCall(elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns })));
  const listening = await Promise.all(
    LoadBalancerArns.map((LoadBalancerArn) => awsCall(elb.send(new DescribeListenersCommand({ LoadBalancerArn })))),
  );
  return {
    loadBalancers: LoadBalancerArns.filter((_arn, index) => (listening[index]?.Listeners ?? []).length > 0),
    zones: LoadBalancers.flatMap(({ AvailabilityZones = [] }) =>
      AvailabilityZones.map(({ ZoneName = '' }) => ZoneName),
    ),
    loadBalancerType: LoadBalancers[0]?.Type ?? '',
  };
}
