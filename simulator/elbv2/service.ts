import * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { defineService, type Service } from '../cloud/service.ts';
import type { Network } from '../ec2/network.ts';
import { loadBalancerOperations } from './load-balancer-operations.ts';
import type { LoadBalancing } from './load-balancing.ts';
import { targetGroupOperations } from './target-group-operations.ts';

/** Elastic Load Balancing v2: network and application load balancers. */
export function elbv2Service(loadBalancing: LoadBalancing, network: Network): Service {
  return defineService('elasticloadbalancing', sdk, {
    ...loadBalancerOperations(loadBalancing, network),
    ...targetGroupOperations(loadBalancing),
  });
}
