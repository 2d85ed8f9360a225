import type { Access } from '../cloud/service.ts';
import { resourceTagContext } from '../cloud/tag-context.ts';
import type { LoadBalancing } from './load-balancing.ts';

/** The tags of a load balancer, listener or target group. */
export function tagsOfResource(loadBalancing: LoadBalancing, arn: string): Map<string, string> | undefined {
  const found = loadBalancing.targetGroups.get(arn) ?? loadBalancing.loadBalancers.get(arn);
  return (found ?? loadBalancing.listener(arn))?.tags;
}

/** What a call on one resource must be allowed, with its tags as conditions (Service Authorization Reference, ELB v2). */
export function resourceAccess(
  loadBalancing: LoadBalancing,
  action: string,
  arn: string | undefined,
  more: Access['context'] = {},
): Access[] {
  const tags = tagsOfResource(loadBalancing, arn ?? '') ?? new Map<string, string>();
  const context = { ...resourceTagContext('elasticloadbalancing', tags), ...more };
  return [{ action: `elasticloadbalancing:${action}`, resource: arn ?? '*', context }];
}
