import type { TrafficSource } from '../autoscaling/group-record.ts';
import type { GroupTraffic, TrafficHealth } from '../autoscaling/traffic.ts';
import type { Instances } from '../ec2/instances.ts';
import type { ClassicLoadBalancers } from '../elb/classic-load-balancers.ts';
import type { LoadBalancing } from '../elbv2/load-balancing.ts';

/** Both kinds of load balancers, as Auto Scaling uses them. */
export class FleetTraffic implements GroupTraffic {
  readonly #instances: Instances;
  readonly #v2: LoadBalancing;
  readonly #classic: ClassicLoadBalancers;

  constructor(instances: Instances, v2: LoadBalancing, classic: ClassicLoadBalancers) {
    this.#instances = instances;
    this.#v2 = v2;
    this.#classic = classic;
  }

  exists(source: TrafficSource): boolean {
    return source.Type === 'elbv2'
      ? this.#v2.targetGroups.has(source.Identifier)
      : this.#classic.all.has(source.Identifier);
  }

  attach(source: TrafficSource, instanceId: string): void {
    if (!this.exists(source) || this.#instances.all.get(instanceId)?.state !== 'running') return;
    if (source.Type === 'elb') {
      this.#classic.register(source.Identifier, [instanceId]);
      return;
    }
    const group = this.#v2.targetGroup(source.Identifier);
    // Auto Scaling registers instances only; a group of addresses cannot be attached to it.
    if (group.targetType === 'instance') this.#v2.register(group, [{ Id: instanceId }]);
  }

  detach(source: TrafficSource, instanceId: string): number {
    if (!this.exists(source)) return 0;
    if (source.Type === 'elb') return this.#classic.deregister(source.Identifier, [instanceId], true);
    return this.#v2.deregister(this.#v2.targetGroup(source.Identifier), [{ Id: instanceId }]);
  }

  health(source: TrafficSource, instanceId: string): TrafficHealth {
    if (!this.exists(source)) return 'unknown';
    if (source.Type === 'elb') return this.#classic.verdictOn(source.Identifier, instanceId) ?? 'unknown';
    const group = this.#v2.targetGroup(source.Identifier);
    for (const target of group.targets.values()) {
      if (target.id !== instanceId) continue;
      const { state } = this.#v2.healthOf(group, target);
      return state === 'healthy' || state === 'unhealthy' ? state : 'unknown';
    }
    return 'unknown';
  }

  onHealthChange(listener: (instanceId: string) => void): void {
    this.#v2.onHealthChange(listener);
    this.#classic.onHealthChange(listener);
  }
}
