import type { HealthCheck, Listener } from '@aws-sdk/client-elastic-load-balancing';
import { AwsError } from '../cloud/service.ts';
import { type InstanceRecord, zoneOf } from '../ec2/instance-record.ts';
import type { Instances } from '../ec2/instances.ts';
import type { Lag } from '../elbv2/load-balancing.ts';
import type { Timer, World } from '../world/world.ts';

/** One instance behind a classic load balancer. Times are epoch milliseconds. */
export interface RegisteredInstance {
  readonly instanceId: string;
  /** What the health checks found: undefined before the first verdict. */
  verdict: 'healthy' | 'unhealthy' | undefined;
  pending: 'healthy' | 'unhealthy' | undefined;
  timer: Timer | undefined;
  /** Set when it is being deregistered and its connections drain. */
  drainsUntil: number | undefined;
}

export interface ClassicLoadBalancerRecord {
  readonly name: string;
  readonly dnsName: string;
  readonly scheme: string;
  readonly createdAt: Date;
  readonly subnetIds: readonly string[];
  readonly zones: readonly string[];
  readonly vpcId: string | undefined;
  readonly securityGroups: readonly string[];
  readonly listeners: readonly Listener[];
  readonly instances: Map<string, RegisteredInstance>;
  /** Terminated and no longer listed, while the health checks have not found out: they still get connections. */
  readonly closing: Set<RegisteredInstance>;
  readonly tags: Map<string, string>;
  healthCheck: HealthCheck;
  connectionDraining: { enabled: boolean; timeoutSeconds: number };
  crossZone: boolean;
  idleTimeoutSeconds: number;
}

/** An instance's health as DescribeInstanceHealth words it. */
export interface ClassicHealth {
  readonly state: 'InService' | 'OutOfService';
  readonly reasonCode: 'ELB' | 'Instance' | 'N/A';
  readonly description: string;
}

const NOT_REGISTERED: ClassicHealth = {
  state: 'OutOfService',
  reasonCode: 'N/A',
  description: 'Instance is not currently registered with the LoadBalancer.',
};

export interface ClassicOptions {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly instances: Instances;
  readonly lag?: Lag | undefined;
}

/**
 * Classic load balancers: health by interval × threshold, and connection draining. The API knows at once that an instance
 * is stopped or terminated; connections go to it until the health checks have found out.
 */
export class ClassicLoadBalancers {
  readonly all = new Map<string, ClassicLoadBalancerRecord>();
  readonly #options: ClassicOptions;
  readonly #world: World;
  readonly #balancersOf = new Map<string, Set<ClassicLoadBalancerRecord>>();
  readonly #healthListeners: ((instanceId: string) => void)[] = [];
  readonly #cutListeners = new Set<(cut: { readonly name: string; readonly instanceId: string }) => void>();

  constructor(options: ClassicOptions) {
    this.#options = options;
    this.#world = options.world;
    options.instances.onReachabilityChange((instance) => this.#instanceChanged(instance));
  }

  onHealthChange(listener: (instanceId: string) => void): void {
    this.#healthListeners.push(listener);
  }

  /**
   * Calls the listener when a load balancer closes its connections to an instance: at deregistration, or when the time of
   * its connection draining is over (classic user guide, "Configure connection draining"). Returns how to stop that.
   */
  onConnectionsCut(listener: (cut: { readonly name: string; readonly instanceId: string }) => void): () => void {
    this.#cutListeners.add(listener);
    return () => this.#cutListeners.delete(listener);
  }

  /** @throws AwsError `LoadBalancerNotFound`. */
  balancer(name: string | undefined): ClassicLoadBalancerRecord {
    const balancer = this.all.get(name ?? '');
    if (!balancer) throw new AwsError('LoadBalancerNotFound', `There is no ACTIVE Load Balancer named '${name ?? ''}'`);
    return balancer;
  }

  /** @throws AwsError `DuplicateLoadBalancerName`. */
  create(
    settings: Pick<
      ClassicLoadBalancerRecord,
      'name' | 'scheme' | 'subnetIds' | 'zones' | 'vpcId' | 'securityGroups' | 'listeners' | 'tags'
    >,
  ): ClassicLoadBalancerRecord {
    const { name } = settings;
    if (this.all.has(name))
      throw new AwsError('DuplicateLoadBalancerName', `Load Balancer named '${name}' already exists`);
    const digits = String(this.#world.random.for('elb:id').integer(100_000_000, 1_999_999_999));
    const internal = settings.scheme === 'internal' ? 'internal-' : '';
    const port = settings.listeners[0]?.InstancePort ?? 80;
    const balancer: ClassicLoadBalancerRecord = {
      ...settings,
      dnsName: `${internal}${name}-${digits}.${this.#options.region}.elb.amazonaws.com`,
      createdAt: this.#world.date(),
      instances: new Map(),
      closing: new Set(),
      healthCheck: { Target: `TCP:${port}`, Interval: 30, Timeout: 5, UnhealthyThreshold: 2, HealthyThreshold: 10 },
      connectionDraining: { enabled: false, timeoutSeconds: 300 },
      crossZone: false,
      idleTimeoutSeconds: 60,
    };
    this.all.set(name, balancer);
    return balancer;
  }

  delete(name: string | undefined): void {
    const balancer = this.all.get(name ?? '');
    if (!balancer) return;
    for (const registered of [...balancer.instances.values(), ...balancer.closing]) registered.timer?.cancel();
    this.all.delete(balancer.name);
  }

  /** @throws AwsError `LoadBalancerNotFound`, `InvalidInstance`. */
  register(name: string | undefined, instanceIds: readonly string[]): void {
    const balancer = this.balancer(name);
    for (const id of instanceIds) {
      const instance = this.#options.instances.all.get(id);
      if (!instance || instance.state === 'terminated')
        throw new AwsError('InvalidInstance', `Could not find EC2 instance ${id}.`);
    }
    for (const instanceId of instanceIds) {
      const known = balancer.instances.get(instanceId);
      if (known && known.drainsUntil === undefined) continue;
      known?.timer?.cancel();
      const registered: RegisteredInstance = {
        instanceId,
        verdict: undefined,
        pending: undefined,
        timer: undefined,
        drainsUntil: undefined,
      };
      balancer.instances.set(instanceId, registered);
      this.#balancersOf.set(instanceId, (this.#balancersOf.get(instanceId) ?? new Set()).add(balancer));
      this.#record(balancer, instanceId, 'InstanceRegistered', {});
      this.#assess(balancer, registered);
    }
  }

  /**
   * Deregisters; with connection draining the instance stays listed until that is over. Returns for how many milliseconds.
   * @throws AwsError `InvalidInstance` for one that is not registered, unless `lenient`.
   */
  deregister(name: string | undefined, instanceIds: readonly string[], lenient = false): number {
    const balancer = this.balancer(name);
    let longest = 0;
    for (const id of instanceIds) {
      const registered = balancer.instances.get(id);
      if (!registered) {
        if (lenient) continue;
        throw new AwsError('InvalidInstance', `Instance ${id} is not currently registered with the LoadBalancer`);
      }
      longest = Math.max(longest, this.#drain(balancer, registered));
    }
    return longest;
  }

  /**
   * What DescribeInstanceHealth says of an instance, also of one that is not registered (any more); nothing of one that is terminated.
   * @throws AwsError `InvalidInstance` for one that EC2 does not know.
   */
  healthOf(balancer: ClassicLoadBalancerRecord, instanceId: string): ClassicHealth | undefined {
    const registered = balancer.instances.get(instanceId);
    const instance = this.#options.instances.all.get(instanceId);
    if (!registered && !instance) throw new AwsError('InvalidInstance', `Could not find EC2 instance ${instanceId}.`);
    if (registered) return this.#healthOfRegistered(balancer, registered);
    return instance?.state === 'terminated' ? undefined : NOT_REGISTERED;
  }

  #healthOfRegistered(balancer: ClassicLoadBalancerRecord, registered: RegisteredInstance): ClassicHealth {
    const instance = this.#options.instances.all.get(registered.instanceId);
    if (registered.drainsUntil !== undefined) {
      return { state: 'InService', reasonCode: 'N/A', description: 'Instance deregistration currently in progress.' };
    }
    if (instance && !balancer.zones.includes(zoneOf(instance))) {
      return {
        state: 'OutOfService',
        reasonCode: 'ELB',
        description:
          'Instance is in the EC2 Availability Zone for which LoadBalancer is not configured to route traffic to.',
      };
    }
    if (instance?.state !== 'running') {
      const state = instance?.state === 'stopped' || instance?.state === 'stopping' ? 'stopped' : 'terminated';
      if (instance?.state !== 'pending')
        return { state: 'OutOfService', reasonCode: 'Instance', description: `Instance is in ${state} state.` };
    }
    if (registered.verdict === 'healthy') return { state: 'InService', reasonCode: 'N/A', description: 'N/A' };
    if (registered.verdict === 'unhealthy') {
      return {
        state: 'OutOfService',
        reasonCode: 'Instance',
        description: 'Instance has failed at least the UnhealthyThreshold number of health checks consecutively.',
      };
    }
    return { state: 'OutOfService', reasonCode: 'ELB', description: 'Instance registration is still in progress.' };
  }

  /** What the health checks found about an instance, for Auto Scaling; undefined when undecided or not registered. */
  verdictOn(name: string, instanceId: string): 'healthy' | 'unhealthy' | undefined {
    return this.all.get(name)?.instances.get(instanceId)?.verdict;
  }

  /** Where a new connection to a listener's port goes now: also to an instance that died, until it is found out. Undefined when none is in service. */
  route(
    name: string,
    port: number,
  ): { readonly instanceId: string; readonly port: number; readonly answered: boolean } | undefined {
    const balancer = this.all.get(name);
    const listener = balancer?.listeners.find((l) => l.LoadBalancerPort === port);
    if (!balancer || !listener) return undefined;
    const known = [...balancer.instances.values(), ...balancer.closing];
    const open = known.filter((r) => r.verdict === 'healthy' && r.drainsUntil === undefined);
    if (open.length === 0) return undefined;
    const { instanceId } = this.#world.random.for('elb:route').pick(open);
    const instancePort = listener.InstancePort ?? port;
    return { instanceId, port: instancePort, answered: this.#options.instances.answers(instanceId, instancePort) };
  }

  /** Changes the health check and looks again at every instance. */
  configureHealthCheck(balancer: ClassicLoadBalancerRecord, check: HealthCheck): void {
    balancer.healthCheck = check;
    for (const registered of balancer.instances.values()) this.#assess(balancer, registered);
  }

  #drain(balancer: ClassicLoadBalancerRecord, registered: RegisteredInstance): number {
    const now = this.#world.now();
    if (registered.drainsUntil !== undefined) return registered.drainsUntil - now;
    registered.timer?.cancel();
    registered.timer = undefined;
    const delay = balancer.connectionDraining.enabled ? balancer.connectionDraining.timeoutSeconds * 1000 : 0;
    registered.drainsUntil = now + delay;
    const remove = () => {
      balancer.instances.delete(registered.instanceId);
      this.#record(balancer, registered.instanceId, 'InstanceDeregistered', {});
      const cut = { name: balancer.name, instanceId: registered.instanceId };
      for (const listener of this.#cutListeners) listener(cut);
    };
    if (delay === 0) remove();
    else
      registered.timer = this.#world.after(delay, `draining of ${registered.instanceId} in ${balancer.name}`, remove);
    return delay;
  }

  #assess(balancer: ClassicLoadBalancerRecord, registered: RegisteredInstance): void {
    if (registered.drainsUntil !== undefined) return;
    const wanted = this.#options.instances.answers(registered.instanceId, checkPort(balancer.healthCheck))
      ? 'healthy'
      : 'unhealthy';
    if (wanted === registered.verdict) {
      registered.timer?.cancel();
      registered.timer = undefined;
      registered.pending = undefined;
      return;
    }
    if (wanted === registered.pending) return;
    registered.timer?.cancel();
    registered.pending = wanted;
    registered.timer = this.#world.after(
      this.#delay(balancer, wanted),
      `health of ${registered.instanceId} in ${balancer.name}`,
      () => {
        registered.timer = undefined;
        registered.pending = undefined;
        registered.verdict = wanted;
        if (balancer.closing.delete(registered)) return;
        const { state } = this.#healthOfRegistered(balancer, registered);
        this.#record(balancer, registered.instanceId, 'InstanceHealthChanged', { state });
        for (const listener of this.#healthListeners) listener(registered.instanceId);
      },
    );
  }

  // The first check comes somewhere within an interval, the others follow at the interval's pace.
  #delay(balancer: ClassicLoadBalancerRecord, wanted: 'healthy' | 'unhealthy'): number {
    if (this.#options.lag === 'none') return 0;
    const { Interval = 30, HealthyThreshold = 10, UnhealthyThreshold = 2 } = balancer.healthCheck;
    const threshold = wanted === 'healthy' ? HealthyThreshold : UnhealthyThreshold;
    return Math.round((threshold - this.#world.random.for('elb:check').next()) * Interval * 1000);
  }

  #instanceChanged(instance: InstanceRecord): void {
    const { instanceId } = instance;
    for (const balancer of this.#balancersOf.get(instanceId) ?? []) {
      const registered = balancer.instances.get(instanceId);
      if (registered) this.#assess(balancer, registered);
      if (registered && instance.state === 'terminated') this.#leave(balancer, registered);
    }
    if (instance.state === 'terminated') this.#balancersOf.delete(instanceId);
  }

  // A terminated instance is deregistered by Elastic Load Balancing itself.
  #leave(balancer: ClassicLoadBalancerRecord, registered: RegisteredInstance): void {
    balancer.instances.delete(registered.instanceId);
    if (registered.verdict === 'healthy' && registered.pending && registered.drainsUntil === undefined)
      balancer.closing.add(registered);
    else registered.timer?.cancel();
  }

  #record(balancer: ClassicLoadBalancerRecord, instanceId: string, event: string, details: object): void {
    this.#world.history.record('elb', event, { loadBalancer: balancer.name, instanceId, ...details });
  }
}

// `TCP:6443`, `HTTP:80/healthz`.
function checkPort(check: HealthCheck): number {
  return Number(/^\w+:(\d+)/.exec(check.Target ?? '')?.[1] ?? 0);
}
