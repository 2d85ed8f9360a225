import { classicLoadBalancers } from '../aws/classic-load-balancers.ts';
import { s3LoadBalancerMaps } from '../aws/s3-load-balancer-maps.ts';
import { targetGroups } from '../aws/target-groups.ts';
import type { UnhealthyTargets } from '../health/observations.ts';
import type { WatchedTargets } from '../health/ports.ts';
import { inParallel } from '../loadbalancers/in-parallel.ts';
import type { RegisteredCluster } from './registered-cluster.ts';

/** What load balancers say of a cluster's nodes: those of the registry, and those of the map that load-balancer-sync keeps (S22). */
export function watchedTargets({ cluster, aws, home }: RegisteredCluster, bucket: string): WatchedTargets {
  const maps = s3LoadBalancerMaps(home, bucket);
  const groups = targetGroups(aws);
  const classic = classicLoadBalancers(aws);
  const roles = Object.values(cluster.roles);
  return {
    async unhealthy(name) {
      const map = await maps.read(name);
      const idOf = (target: string) => map?.addresses?.[target] ?? target;
      const arns = [...roles.flatMap((role) => role.targetGroups), ...(map?.targetGroups ?? [])].map(({ arn }) => arn);
      const names = [...roles.flatMap((role) => role.classicLoadBalancers), ...(map?.classicLoadBalancers ?? [])];
      const ofGroups = await inParallel([...new Set(arns)], async (arn): Promise<UnhealthyTargets> => {
        const targets = (await groups.targets(arn)) ?? [];
        const sick = targets.filter(({ state }) => state === 'unhealthy');
        const left = targets.filter(({ shiftedAway }) => shiftedAway);
        return {
          name: nameOf(arn),
          registered: targets.length,
          unhealthy: sick.map(({ id }) => idOf(id)),
          shiftedAway: left.map(({ id }) => idOf(id)),
        };
      });
      const ofClassic = await inParallel(
        [...new Set(names.map((one) => one.name))],
        async (balancer): Promise<UnhealthyTargets> => {
          const instances = (await classic.instances(balancer)) ?? [];
          const sick = instances.filter(({ inService, leaving }) => !inService && !leaving);
          return { name: balancer, registered: instances.length, unhealthy: sick.map(({ instanceId }) => instanceId) };
        },
      );
      return [...ofGroups, ...ofClassic];
    },
  };
}

// arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/<name>/<id>
function nameOf(arn: string): string {
  return arn.split('/').at(-2) ?? arn;
}
