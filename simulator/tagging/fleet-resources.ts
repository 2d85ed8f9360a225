import type { Fleet } from '../instances/fleet.ts';
import type { TaggableResource } from './service.ts';

/** Load balancers, target groups and instances of a fleet, as the tagging API lists them. */
export function* fleetResources(
  { loadBalancing, classic, instances }: Fleet,
  { region, account }: { readonly region: string; readonly account: string },
): Iterable<TaggableResource> {
  for (const { arn, tags } of loadBalancing.targetGroups.values()) {
    yield { arn, type: 'elasticloadbalancing:targetgroup', tags };
  }
  for (const { arn, tags } of loadBalancing.loadBalancers.values()) {
    yield { arn, type: 'elasticloadbalancing:loadbalancer', tags };
  }
  for (const { name, tags } of classic.all.values()) {
    const arn = `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/${name}`;
    yield { arn, type: 'elasticloadbalancing:loadbalancer', tags };
  }
  for (const { instanceId, tags } of instances.all.values()) {
    yield { arn: `arn:aws:ec2:${region}:${account}:instance/${instanceId}`, type: 'ec2:instance', tags };
  }
}
