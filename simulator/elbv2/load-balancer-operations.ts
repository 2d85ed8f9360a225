import type * as Elbv2 from '@aws-sdk/client-elastic-load-balancing-v2';
import { pageOf } from '../cloud/pages.ts';
import type { Operations } from '../cloud/service.ts';
import { AwsError } from '../cloud/service.ts';
import { requestTagContext } from '../cloud/tag-context.ts';
import type { Network } from '../ec2/network.ts';
import type { LoadBalancing } from './load-balancing.ts';
import type { ListenerRecord, LoadBalancerRecord } from './records.ts';
import { resourceAccess, tagsOfResource } from './tagged-access.ts';

// The API takes at most this many ARNs in DescribeTags.
const MOST_TAGGED = 20;

/** The operations on load balancers, listeners and tags. */
export function loadBalancerOperations(loadBalancing: LoadBalancing, network: Network): Operations<typeof Elbv2> {
  const balancer = (arn: string | undefined) => {
    const found = loadBalancing.loadBalancers.get(arn ?? '');
    if (!found) throw new AwsError('LoadBalancerNotFound', `Load balancer '${arn ?? ''}' not found`);
    return found;
  };
  const listener = (arn: string | undefined) => {
    const found = loadBalancing.listener(arn ?? '');
    if (!found) throw new AwsError('ListenerNotFound', `One or more listeners not found`);
    return found;
  };
  const onTags = (action: string) => (input: { ResourceArns?: string[] | undefined; Tags?: Elbv2.Tag[] | undefined }) =>
    (input.ResourceArns ?? []).flatMap((arn) =>
      resourceAccess(loadBalancing, action, arn, requestTagContext(input.Tags)),
    );
  return {
    CreateLoadBalancer: {
      access: (input) => [
        {
          action: 'elasticloadbalancing:CreateLoadBalancer',
          resource: loadBalancing.arn(`loadbalancer/${input.Type === 'network' ? 'net' : 'app'}/${input.Name ?? ''}/*`),
          context: requestTagContext(input.Tags),
        },
      ],
      run: (input) => ({
        LoadBalancers: [
          describeBalancer(loadBalancing.createLoadBalancer(input.Name ?? '', settingsOf(input, network))),
        ],
      }),
    },
    DeleteLoadBalancer: {
      access: (input) => resourceAccess(loadBalancing, 'DeleteLoadBalancer', input.LoadBalancerArn),
      run: (input) => {
        const found = loadBalancing.loadBalancers.get(input.LoadBalancerArn ?? '');
        if (found) loadBalancing.deleteLoadBalancer(found);
        return {};
      },
    },
    DescribeLoadBalancers: {
      run: (input) => {
        const found = [...loadBalancing.loadBalancers.values()].filter(
          (lb) =>
            (!input.LoadBalancerArns?.length || input.LoadBalancerArns.includes(lb.arn)) &&
            (!input.Names?.length || input.Names.includes(lb.name)),
        );
        const named = [...(input.LoadBalancerArns ?? []), ...(input.Names ?? [])];
        const missing = named.find((name) => !found.some((lb) => lb.arn === name || lb.name === name));
        if (missing) throw new AwsError('LoadBalancerNotFound', `Load balancers '[${missing}]' not found`);
        const page = pageOf(found, input.PageSize, input.Marker);
        return { LoadBalancers: page.items.map(describeBalancer), ...(page.next ? { NextMarker: page.next } : {}) };
      },
    },
    DescribeLoadBalancerAttributes: {
      run: (input) => ({ Attributes: attributesOf(balancer(input.LoadBalancerArn)) }),
    },
    ModifyLoadBalancerAttributes: {
      access: (input) => resourceAccess(loadBalancing, 'ModifyLoadBalancerAttributes', input.LoadBalancerArn),
      run: (input) => {
        const found = balancer(input.LoadBalancerArn);
        for (const { Key = '', Value = '' } of input.Attributes ?? []) found.attributes.set(Key, Value);
        return { Attributes: attributesOf(found) };
      },
    },
    CreateListener: {
      access: (input) =>
        resourceAccess(loadBalancing, 'CreateListener', input.LoadBalancerArn, requestTagContext(input.Tags)),
      run: (input) => {
        const tags = new Map((input.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));
        const created = loadBalancing.createListener(
          balancer(input.LoadBalancerArn),
          input.Port ?? 80,
          input.Protocol ?? 'TCP',
          input.DefaultActions ?? [],
          tags,
        );
        return { Listeners: [describeListener(created)] };
      },
    },
    ModifyListener: {
      access: (input) => resourceAccess(loadBalancing, 'ModifyListener', input.ListenerArn),
      run: (input) => {
        const found = listener(input.ListenerArn);
        if (input.Port !== undefined || input.Protocol !== undefined) {
          throw new AwsError('NotImplemented', 'ModifyListener supports DefaultActions.', { status: 501 });
        }
        if (input.DefaultActions) loadBalancing.redirectListener(found, input.DefaultActions);
        return { Listeners: [describeListener(found)] };
      },
    },
    DeleteListener: {
      access: (input) => resourceAccess(loadBalancing, 'DeleteListener', input.ListenerArn),
      run: (input) => {
        loadBalancing.deleteListener(listener(input.ListenerArn));
        return {};
      },
    },
    DescribeListeners: {
      run: (input) => {
        const found = input.ListenerArns?.length
          ? input.ListenerArns.map((arn) => listener(arn))
          : [...balancer(input.LoadBalancerArn).listeners.values()];
        const page = pageOf(found, input.PageSize, input.Marker);
        return { Listeners: page.items.map(describeListener), ...(page.next ? { NextMarker: page.next } : {}) };
      },
    },
    DescribeRules: {
      run: (input) => {
        if (!input.ListenerArn)
          throw new AwsError('NotImplemented', 'DescribeRules by RuleArns is not supported.', { status: 501 });
        const found = listener(input.ListenerArn);
        const RuleArn = `${found.arn.replace(':listener/', ':listener-rule/')}/default`;
        return {
          Rules: [{ RuleArn, Priority: 'default', Conditions: [], Actions: [...found.actions], IsDefault: true }],
        };
      },
    },
    AddTags: {
      access: onTags('AddTags'),
      run: (input) => {
        for (const arn of input.ResourceArns ?? []) {
          const tags = requireTags(loadBalancing, arn);
          for (const tag of input.Tags ?? []) tags.set(tag.Key ?? '', tag.Value ?? '');
        }
        return {};
      },
    },
    RemoveTags: {
      access: (input) =>
        (input.ResourceArns ?? []).flatMap((arn) =>
          resourceAccess(loadBalancing, 'RemoveTags', arn, { 'aws:TagKeys': input.TagKeys ?? [] }),
        ),
      run: (input) => {
        for (const arn of input.ResourceArns ?? []) {
          const tags = requireTags(loadBalancing, arn);
          for (const key of input.TagKeys ?? []) tags.delete(key);
        }
        return {};
      },
    },
    DescribeTags: {
      run: (input) => {
        const arns = input.ResourceArns ?? [];
        if (arns.length > MOST_TAGGED) {
          throw new AwsError(
            'ValidationError',
            `1 validation error detected: Value at 'resourceArns' failed to satisfy constraint: Member must have length less than or equal to ${MOST_TAGGED}`,
          );
        }
        return {
          TagDescriptions: arns.map((ResourceArn) => ({
            ResourceArn,
            Tags: [...requireTags(loadBalancing, ResourceArn)].map(([Key, Value]) => ({ Key, Value })),
          })),
        };
      },
    },
  };
}

function settingsOf(
  input: Elbv2.CreateLoadBalancerInput,
  network: Network,
): Pick<LoadBalancerRecord, 'type' | 'scheme' | 'vpcId' | 'zones' | 'securityGroups' | 'tags'> {
  if (input.Type === 'gateway')
    throw new AwsError('NotImplemented', 'Gateway load balancers are not supported.', { status: 501 });
  const subnets = [...(input.Subnets ?? []), ...(input.SubnetMappings ?? []).map((m) => m.SubnetId ?? '')].map((id) => {
    const subnet = network.subnets.get(id);
    if (!subnet) throw new AwsError('SubnetNotFound', `The subnet ID '${id}' does not exist`);
    return subnet;
  });
  if (subnets.length === 0) throw new AwsError('ValidationError', 'You must specify subnets or an Availability Zone');
  return {
    type: input.Type === 'network' ? 'network' : 'application',
    scheme: input.Scheme === 'internal' ? 'internal' : 'internet-facing',
    vpcId: subnets[0]?.vpcId ?? '',
    zones: new Map(subnets.map((subnet) => [subnet.availabilityZone, subnet.subnetId])),
    securityGroups: input.SecurityGroups ?? [],
    tags: new Map((input.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
  };
}

function requireTags(loadBalancing: LoadBalancing, arn: string): Map<string, string> {
  const tags = tagsOfResource(loadBalancing, arn);
  if (tags) return tags;
  const kind = arn.includes(':targetgroup/') ? 'TargetGroup' : arn.includes(':listener/') ? 'Listener' : 'LoadBalancer';
  const words = { TargetGroup: 'Target groups', Listener: 'Listeners', LoadBalancer: 'Load balancers' }[kind];
  throw new AwsError(`${kind}NotFound`, `${words} '${arn}' not found`);
}

function attributesOf(balancer: LoadBalancerRecord) {
  return [...balancer.attributes].map(([Key, Value]) => ({ Key, Value }));
}

function describeBalancer(balancer: LoadBalancerRecord): Elbv2.LoadBalancer {
  return {
    LoadBalancerArn: balancer.arn,
    DNSName: balancer.dnsName,
    CreatedTime: balancer.createdAt,
    LoadBalancerName: balancer.name,
    Scheme: balancer.scheme,
    VpcId: balancer.vpcId,
    State: { Code: 'active' },
    Type: balancer.type,
    AvailabilityZones: [...balancer.zones].map(([ZoneName, SubnetId]) => ({
      ZoneName,
      SubnetId,
      LoadBalancerAddresses: [],
    })),
    SecurityGroups: [...balancer.securityGroups],
    IpAddressType: 'ipv4',
  };
}

function describeListener(listener: ListenerRecord): Elbv2.Listener {
  return {
    ListenerArn: listener.arn,
    LoadBalancerArn: listener.loadBalancer.arn,
    Port: listener.port,
    Protocol: listener.protocol as NonNullable<Elbv2.Listener['Protocol']>,
    DefaultActions: [...listener.actions],
  };
}
