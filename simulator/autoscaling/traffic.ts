import type { TrafficSource } from './group-record.ts';

/** What a load balancer thinks of an instance; `unknown` while it has not decided, or does not use the target. */
export type TrafficHealth = 'healthy' | 'unhealthy' | 'unknown';

/** What Auto Scaling needs of the load balancers. */
export interface GroupTraffic {
  exists(source: TrafficSource): boolean;
  /** Registers; an instance that no longer runs is passed by. */
  attach(source: TrafficSource, instanceId: string): void;
  /** Deregisters; returns for how many milliseconds connections drain. 0 when it was not registered. */
  detach(source: TrafficSource, instanceId: string): number;
  health(source: TrafficSource, instanceId: string): TrafficHealth;
  /** Calls the listener when any load balancer changes its mind about an instance. */
  onHealthChange(listener: (instanceId: string) => void): void;
}
