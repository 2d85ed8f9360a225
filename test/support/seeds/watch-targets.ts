import type { SeedWorld } from './seed-world.ts';
import type { Violations } from './violations.ts';

/**
 * Targets of others stay where they are, and a node that could stay is never taken out where it is the last that is healthy. Whose instance goes anyway
 * (a hook, a spot interruption, maintenance, stopped or terminated by somebody) is taken out all the same.
 */
export function watchTargets(seed: SeedWorld, violations: Violations): void {
  const health = new Map<string, Map<string, string>>();
  const goes = new Set<string>();
  const { fleet } = seed.deployment.cloud;
  for (const group of fleet.loadBalancing.targetGroups.values())
    health.set(group.name, new Map([...group.targets.values()].map(({ id, told }) => [id, told])));
  for (const balancer of fleet.classic.all.values())
    health.set(
      balancer.name,
      new Map([...balancer.instances.values()].map(({ instanceId, verdict }) => [instanceId, verdict ?? 'initial'])),
    );
  const left = (place: string, target: string) => {
    const was = health.get(place)?.get(target);
    health.get(place)?.delete(target);
    const instanceId = fleet.instances.byAddress(target)?.instanceId ?? target;
    if (instanceId === seed.guest)
      violations.add('targets', `${instanceId} of somebody else was taken out of ${place}`);
    // Elastic Load Balancing itself takes out whose instance is terminated.
    const isTerminated = fleet.instances.all.get(instanceId)?.state === 'terminated';
    if (place === seed.extra.get('stranger')?.name && !isTerminated)
      violations.add('targets', `${instanceId} was taken out of ${place}, which is somebody else's`);
    if (isGoing(seed, instanceId) || goes.has(instanceId)) return;
    if (was !== 'healthy' || place === seed.extra.get('controller')?.name) return;
    const others = [...(health.get(place) ?? [])].filter(([, state]) => state === 'healthy');
    if (others.length === 0)
      violations.add('targets', `${instanceId} was the last healthy target of ${place}, and could stay`);
  };
  seed.world.history.listen(({ source, event, details }) => {
    const instanceId = String(details.instanceId);
    if (source === 'ec2' && /Spot|Maintenance/.test(event)) goes.add(instanceId);
    if (source === 'elbv2') {
      const [place, target] = [String(details.targetGroup), String(details.target)];
      if (event === 'TargetRemoved' && health.get(place)?.has(target)) left(place, target);
      if (event !== 'TargetHealthChanged') return;
      if (details.state === 'draining') left(place, target);
      else health.get(place)?.set(target, String(details.state));
    }
    if (source === 'elb') {
      const place = String(details.loadBalancer);
      if (event === 'InstanceDeregistered') left(place, instanceId);
      if (event === 'InstanceHealthChanged')
        health.get(place)?.set(instanceId, String(details.state) === 'InService' ? 'healthy' : String(details.state));
    }
  });
}

/** Whether the instance is no member in service that runs. */
function isGoing(seed: SeedWorld, instanceId: string): boolean {
  if (seed.deployment.cloud.fleet.instances.all.get(instanceId)?.state !== 'running') return true;
  const member = seed.memberOf(instanceId);
  return member?.state !== 'InService' || member.health !== 'Healthy';
}
