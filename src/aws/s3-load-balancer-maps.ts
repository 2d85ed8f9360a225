import * as z from 'zod/mini';
import { loadBalancerMapKey } from '../loadbalancers/names.ts';
import type { LoadBalancerMaps } from '../loadbalancers/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { StateObjectUnreadable } from './errors.ts';
import { putJson, s3JsonObjects } from './s3-json-objects.ts';

const MapObject = z.object({
  targetGroups: z.array(
    z.object({
      arn: z.string(),
      targetType: z.enum(['instance', 'ip', 'lambda', 'alb']),
      port: z.number(),
      protocol: z.string(),
      controllerOwned: z.boolean(),
      clusterTagged: z.optional(z.boolean()),
    }),
  ),
  classicLoadBalancers: z.array(
    z.object({ name: z.string(), controllerOwned: z.boolean(), clusterTagged: z.optional(z.boolean()) }),
  ),
  addresses: z.optional(z.record(z.string(), z.string())),
  attached: z.optional(
    z.record(z.string(), z.object({ targetGroupArns: z.array(z.string()), classicLoadBalancers: z.array(z.string()) })),
  ),
  at: z.iso.datetime(),
});

/** Maps of clusters' load balancers, as objects in the state bucket. Whoever writes last is right: both have just looked. */
export function s3LoadBalancerMaps(aws: AwsAccess, bucket: string): LoadBalancerMaps {
  const objects = s3JsonObjects(aws, bucket, MapObject);
  return {
    async read(cluster) {
      try {
        return (await objects.read(loadBalancerMapKey(cluster)))?.value;
      } catch (error) {
        // It is only a copy of what AWS knows.
        if (error instanceof StateObjectUnreadable) return undefined;
        throw error;
      }
    },
    async write(cluster, map) {
      await putJson(aws, bucket, loadBalancerMapKey(cluster), map);
    },
  };
}
