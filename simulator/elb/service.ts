import * as sdk from '@aws-sdk/client-elastic-load-balancing';
import { pageOf } from '../cloud/pages.ts';
import { type Access, AwsError, defineService, type Service } from '../cloud/service.ts';
import { requestTagContext, resourceTagContext } from '../cloud/tag-context.ts';
import type { Network } from '../ec2/network.ts';
import type { ClassicLoadBalancerRecord, ClassicLoadBalancers } from './classic-load-balancers.ts';

/** Where the service is, for its ARNs. */
export interface ClassicPlace {
  readonly region: string;
  readonly account: string;
}

/** Elastic Load Balancing v1: classic load balancers. */
export function elbService(balancers: ClassicLoadBalancers, network: Network, place: ClassicPlace): Service {
  const access =
    (action: string) =>
    (input: { LoadBalancerName?: string | undefined; Tags?: sdk.Tag[] | undefined }): Access[] =>
      onBalancer(balancers, place, action, input.LoadBalancerName, input.Tags);
  const onMany =
    (action: string) =>
    (input: { LoadBalancerNames?: string[] | undefined; Tags?: sdk.Tag[] | undefined }): Access[] =>
      (input.LoadBalancerNames ?? []).flatMap((name) => onBalancer(balancers, place, action, name, input.Tags));
  const instancesOf = (balancer: ClassicLoadBalancerRecord) =>
    [...balancer.instances.values()]
      .filter((i) => i.drainsUntil === undefined)
      .map((i) => ({ InstanceId: i.instanceId }));
  return defineService('elasticloadbalancing', sdk, {
    CreateLoadBalancer: {
      access: access('CreateLoadBalancer'),
      run: (input) => ({ DNSName: balancers.create(settingsOf(input, network)).dnsName }),
    },
    DeleteLoadBalancer: {
      access: access('DeleteLoadBalancer'),
      run: (input) => {
        balancers.delete(input.LoadBalancerName);
        return {};
      },
    },
    DescribeLoadBalancers: {
      run: (input) => {
        const named = input.LoadBalancerNames?.length
          ? input.LoadBalancerNames.map((name) => balancers.balancer(name))
          : [...balancers.all.values()];
        const page = pageOf(named, input.PageSize ?? 400, input.Marker);
        return { LoadBalancerDescriptions: page.items.map(describe), ...(page.next ? { NextMarker: page.next } : {}) };
      },
    },
    RegisterInstancesWithLoadBalancer: {
      access: access('RegisterInstancesWithLoadBalancer'),
      run: (input) => {
        balancers.register(
          input.LoadBalancerName,
          (input.Instances ?? []).map((i) => i.InstanceId ?? ''),
        );
        return { Instances: instancesOf(balancers.balancer(input.LoadBalancerName)) };
      },
    },
    DeregisterInstancesFromLoadBalancer: {
      access: access('DeregisterInstancesFromLoadBalancer'),
      run: (input) => {
        balancers.deregister(
          input.LoadBalancerName,
          (input.Instances ?? []).map((i) => i.InstanceId ?? ''),
        );
        return { Instances: instancesOf(balancers.balancer(input.LoadBalancerName)) };
      },
    },
    DescribeInstanceHealth: {
      run: (input) => ({
        InstanceStates: instanceStates(balancers, balancers.balancer(input.LoadBalancerName), input.Instances),
      }),
    },
    ConfigureHealthCheck: {
      access: access('ConfigureHealthCheck'),
      run: (input) => {
        const balancer = balancers.balancer(input.LoadBalancerName);
        if (input.HealthCheck) balancers.configureHealthCheck(balancer, input.HealthCheck);
        return { HealthCheck: balancer.healthCheck };
      },
    },
    DescribeLoadBalancerAttributes: {
      run: (input) => ({ LoadBalancerAttributes: attributesOf(balancers.balancer(input.LoadBalancerName)) }),
    },
    ModifyLoadBalancerAttributes: {
      access: access('ModifyLoadBalancerAttributes'),
      run: (input) => {
        const balancer = balancers.balancer(input.LoadBalancerName);
        applyAttributes(balancer, input.LoadBalancerAttributes ?? {});
        return { LoadBalancerName: balancer.name, LoadBalancerAttributes: attributesOf(balancer) };
      },
    },
    AddTags: {
      access: onMany('AddTags'),
      run: (input) => {
        for (const name of input.LoadBalancerNames ?? []) {
          for (const tag of input.Tags ?? []) balancers.balancer(name).tags.set(tag.Key ?? '', tag.Value ?? '');
        }
        return {};
      },
    },
    RemoveTags: {
      access: (input) =>
        (input.LoadBalancerNames ?? []).flatMap((name) => onBalancer(balancers, place, 'RemoveTags', name, undefined)),
      run: (input) => {
        for (const name of input.LoadBalancerNames ?? []) {
          for (const tag of input.Tags ?? []) balancers.balancer(name).tags.delete(tag.Key ?? '');
        }
        return {};
      },
    },
    DescribeTags: {
      run: (input) => ({
        TagDescriptions: (input.LoadBalancerNames ?? []).map((name) => ({
          LoadBalancerName: name,
          Tags: [...balancers.balancer(name).tags].map(([Key, Value]) => ({ Key, Value })),
        })),
      }),
    },
  });
}

function onBalancer(
  balancers: ClassicLoadBalancers,
  place: ClassicPlace,
  action: string,
  name: string | undefined,
  tags: sdk.Tag[] | undefined,
): Access[] {
  const resource = `arn:aws:elasticloadbalancing:${place.region}:${place.account}:loadbalancer/${name ?? ''}`;
  const own = balancers.all.get(name ?? '')?.tags ?? new Map<string, string>();
  const context = { ...resourceTagContext('elasticloadbalancing', own), ...requestTagContext(tags) };
  return [{ action: `elasticloadbalancing:${action}`, resource, context }];
}

function settingsOf(
  input: sdk.CreateAccessPointInput,
  network: Network,
): Parameters<ClassicLoadBalancers['create']>[0] {
  const subnets = (input.Subnets ?? []).map((id) => {
    const subnet = network.subnets.get(id);
    if (!subnet) throw new AwsError('SubnetNotFound', `The subnet ID '${id}' does not exist`);
    return subnet;
  });
  const zones = subnets.length > 0 ? subnets.map((subnet) => subnet.availabilityZone) : (input.AvailabilityZones ?? []);
  if (zones.length === 0)
    throw new AwsError('ValidationError', 'Either AvailabilityZones or SubnetIds must be specified');
  return {
    name: input.LoadBalancerName ?? '',
    scheme: input.Scheme ?? 'internet-facing',
    subnetIds: input.Subnets ?? [],
    zones,
    vpcId: subnets[0]?.vpcId,
    securityGroups: input.SecurityGroups ?? [],
    listeners: input.Listeners ?? [],
    tags: new Map((input.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
  };
}

function instanceStates(
  balancers: ClassicLoadBalancers,
  balancer: ClassicLoadBalancerRecord,
  asked: readonly sdk.Instance[] | undefined,
): sdk.InstanceState[] {
  const ids = asked?.length ? asked.map((i) => i.InstanceId ?? '') : [...balancer.instances.keys()];
  return ids.flatMap((InstanceId) => {
    const health = balancers.healthOf(balancer, InstanceId);
    return health
      ? { InstanceId, State: health.state, ReasonCode: health.reasonCode, Description: health.description }
      : [];
  });
}

function attributesOf(balancer: ClassicLoadBalancerRecord): sdk.LoadBalancerAttributes {
  return {
    CrossZoneLoadBalancing: { Enabled: balancer.crossZone },
    AccessLog: { Enabled: false },
    ConnectionDraining: {
      Enabled: balancer.connectionDraining.enabled,
      Timeout: balancer.connectionDraining.timeoutSeconds,
    },
    ConnectionSettings: { IdleTimeout: balancer.idleTimeoutSeconds },
  };
}

function applyAttributes(balancer: ClassicLoadBalancerRecord, attributes: sdk.LoadBalancerAttributes): void {
  const { ConnectionDraining, CrossZoneLoadBalancing, ConnectionSettings } = attributes;
  if (ConnectionDraining) {
    const timeoutSeconds = ConnectionDraining.Timeout ?? balancer.connectionDraining.timeoutSeconds;
    balancer.connectionDraining = { enabled: ConnectionDraining.Enabled ?? false, timeoutSeconds };
  }
  if (CrossZoneLoadBalancing) balancer.crossZone = CrossZoneLoadBalancing.Enabled ?? false;
  if (ConnectionSettings) balancer.idleTimeoutSeconds = ConnectionSettings.IdleTimeout ?? balancer.idleTimeoutSeconds;
}

function describe(balancer: ClassicLoadBalancerRecord): sdk.LoadBalancerDescription {
  return {
    LoadBalancerName: balancer.name,
    DNSName: balancer.dnsName,
    ListenerDescriptions: balancer.listeners.map((Listener) => ({ Listener, PolicyNames: [] })),
    AvailabilityZones: [...balancer.zones],
    Subnets: [...balancer.subnetIds],
    ...(balancer.vpcId ? { VPCId: balancer.vpcId } : {}),
    Instances: [...balancer.instances.values()]
      .filter((registered) => registered.drainsUntil === undefined)
      .map((registered) => ({ InstanceId: registered.instanceId })),
    HealthCheck: balancer.healthCheck,
    SecurityGroups: [...balancer.securityGroups],
    CreatedTime: balancer.createdAt,
    Scheme: balancer.scheme,
  };
}
