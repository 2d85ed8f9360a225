import type { Action, CreateTargetGroupInput, TargetDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../cloud/service.ts';
import { type InstanceRecord, zoneOf } from '../ec2/instance-record.ts';
import type { Instances } from '../ec2/instances.ts';
import { type Span, within } from '../ec2/timing.ts';
import type { World } from '../world/world.ts';
import {
  type CutConnections,
  type Health,
  type ListenerRecord,
  type LoadBalancerRecord,
  type TargetGroupRecord,
  type TargetRecord,
  targetKey,
} from './records.ts';
import { ZonalShifts } from './zonal-shifts.ts';

/** Whether load balancers take their time, as real ones do, or act at once. */
export type Lag = 'real' | 'none';

/** Registration until a passing target is healthy, and deregistration until no new connection is opened. Measured on real ones. */
const LAG: Readonly<Record<LoadBalancerRecord['type'], { readonly healthy: Span; readonly close: Span }>> = {
  network: { healthy: [30_000, 180_000], close: [30_000, 150_000] },
  application: { healthy: [0, 10_000], close: [0, 10_000] },
};

const CUT_WHEN_DRAINED = 'deregistration_delay.connection_termination.enabled';
const CUT_WHEN_UNHEALTHY = 'target_health_state.unhealthy.connection_termination.enabled';
/** What the target groups of network load balancers have beside the common attributes. */
const networkDefaults: readonly (readonly [string, string])[] = [
  [CUT_WHEN_DRAINED, 'false'],
  [CUT_WHEN_UNHEALTHY, 'true'],
];

function isOn(group: TargetGroupRecord, attribute: string): boolean {
  return group.attributes.get(attribute) === 'true';
}

/** Where a new connection goes now, and whether it is answered there. */
export interface Route {
  readonly targetGroupArn: string;
  readonly targetId: string;
  readonly instanceId: string | undefined;
  readonly port: number;
  readonly answered: boolean;
}

export interface LoadBalancingOptions {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly instances: Instances;
  readonly lag?: Lag | undefined;
}

/**
 * Network and application load balancers, their listeners and target groups, and what a new connection would meet.
 * Health follows what the machines answer: a verdict changes one timer after an answer changes; nothing polls.
 *
 * The API knows at once what EC2 knows (`Target.InvalidState`, a terminated instance is no target any more); what carries
 * the connections knows only what its health checks find, and hears of a deregistration with the lag above. So an
 * instance that dies takes connections with it until then.
 */
export class LoadBalancing {
  readonly loadBalancers = new Map<string, LoadBalancerRecord>();
  readonly targetGroups = new Map<string, TargetGroupRecord>();
  readonly shifts = new ZonalShifts();
  readonly #options: LoadBalancingOptions;
  readonly #world: World;
  // Instance id → the groups that have it as a target, also by one of its addresses.
  readonly #groupsOf = new Map<string, Set<TargetGroupRecord>>();
  readonly #listenersOf = new Map<TargetGroupRecord, Set<ListenerRecord>>();
  readonly #healthListeners: ((instanceId: string) => void)[] = [];
  readonly #cutListeners = new Set<(cut: CutConnections) => void>();

  constructor(options: LoadBalancingOptions) {
    this.#options = options;
    this.#world = options.world;
    options.instances.onReachabilityChange((instance) => this.#instanceChanged(instance));
  }

  onHealthChange(listener: (instanceId: string) => void): void {
    this.#healthListeners.push(listener);
  }

  /**
   * Calls the listener when a load balancer closes the connections to a target itself; returns how to stop that. An ALB does
   * when the deregistration delay is over, an NLB when its attributes say so (ELB user guides, "Connection termination").
   */
  onConnectionsCut(listener: (cut: CutConnections) => void): () => void {
    this.#cutListeners.add(listener);
    return () => this.#cutListeners.delete(listener);
  }

  // ---- load balancers and listeners

  /** @throws AwsError `DuplicateLoadBalancerName`. */
  createLoadBalancer(
    name: string,
    settings: Pick<LoadBalancerRecord, 'type' | 'scheme' | 'vpcId' | 'zones' | 'securityGroups' | 'tags'>,
  ): LoadBalancerRecord {
    if ([...this.loadBalancers.values()].some((lb) => lb.name === name)) {
      throw new AwsError(
        'DuplicateLoadBalancerName',
        `A load balancer with the same name '${name}' exists, but with different settings`,
      );
    }
    const id = this.#hex();
    const family = settings.type === 'network' ? 'net' : 'app';
    const domain = settings.type === 'network' ? `elb.${this.#options.region}` : `${this.#options.region}.elb`;
    const loadBalancer: LoadBalancerRecord = {
      ...settings,
      name,
      arn: this.arn(`loadbalancer/${family}/${name}/${id}`),
      dnsName: `${settings.scheme === 'internal' ? 'internal-' : ''}${name}-${id}.${domain}.amazonaws.com`,
      createdAt: this.#world.date(),
      listeners: new Map(),
      attributes: new Map([['load_balancing.cross_zone.enabled', String(settings.type === 'application')]]),
    };
    this.loadBalancers.set(loadBalancer.arn, loadBalancer);
    return loadBalancer;
  }

  /** Removes a load balancer and its listeners; its target groups are no longer in use. */
  deleteLoadBalancer(loadBalancer: LoadBalancerRecord): void {
    for (const listener of [...loadBalancer.listeners.values()]) this.deleteListener(listener);
    this.loadBalancers.delete(loadBalancer.arn);
  }

  /** @throws AwsError `DuplicateListener`. */
  createListener(
    loadBalancer: LoadBalancerRecord,
    port: number,
    protocol: string,
    actions: readonly Action[],
    tags = new Map<string, string>(),
  ): ListenerRecord {
    if ([...loadBalancer.listeners.values()].some((l) => l.port === port)) {
      throw new AwsError(
        'DuplicateListener',
        `A listener already exists on this port for this load balancer '${loadBalancer.arn}'`,
      );
    }
    const arn = `${loadBalancer.arn.replace(':loadbalancer/', ':listener/')}/${this.#hex()}`;
    const listener: ListenerRecord = { arn, loadBalancer, port, protocol, actions, tags };
    loadBalancer.listeners.set(arn, listener);
    this.#link(listener);
    return listener;
  }

  /** Sends a listener's connections elsewhere. */
  redirectListener(listener: ListenerRecord, actions: readonly Action[]): void {
    this.#unlink(listener);
    listener.actions = actions;
    this.#link(listener);
  }

  deleteListener(listener: ListenerRecord): void {
    this.#unlink(listener);
    listener.loadBalancer.listeners.delete(listener.arn);
  }

  /** The listener of that ARN, if there is one. */
  listener(arn: string): ListenerRecord | undefined {
    for (const loadBalancer of this.loadBalancers.values()) {
      const found = loadBalancer.listeners.get(arn);
      if (found) return found;
    }
    return undefined;
  }

  /** The load balancers that a target group gets connections from. */
  loadBalancersOf(group: TargetGroupRecord): LoadBalancerRecord[] {
    return [...new Set([...(this.#listenersOf.get(group) ?? [])].map((listener) => listener.loadBalancer))];
  }

  // ---- target groups

  /** @throws AwsError `DuplicateTargetGroupName`. */
  createTargetGroup(input: CreateTargetGroupInput): TargetGroupRecord {
    const name = input.Name ?? '';
    if ([...this.targetGroups.values()].some((g) => g.name === name)) {
      throw new AwsError(
        'DuplicateTargetGroupName',
        `A target group with the same name '${name}' exists, but with different settings`,
      );
    }
    const protocol = input.Protocol ?? 'TCP';
    const network = /TCP|UDP|TLS/.test(protocol);
    const group: TargetGroupRecord = {
      arn: this.arn(`targetgroup/${name}/${this.#hex()}`),
      name,
      targetType: input.TargetType === 'ip' ? 'ip' : 'instance',
      protocol,
      port: input.Port ?? 80,
      vpcId: input.VpcId ?? '',
      tags: new Map((input.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
      attributes: new Map([
        ['deregistration_delay.timeout_seconds', '300'],
        ['stickiness.enabled', 'false'],
        ...(network ? networkDefaults : []),
      ]),
      targets: new Map(),
      closing: new Set(),
      healthCheck: {
        HealthCheckProtocol: input.HealthCheckProtocol ?? (network ? 'TCP' : 'HTTP'),
        HealthCheckPort: input.HealthCheckPort ?? 'traffic-port',
        HealthCheckIntervalSeconds: input.HealthCheckIntervalSeconds ?? 30,
        HealthCheckTimeoutSeconds: input.HealthCheckTimeoutSeconds ?? (network ? 10 : 5),
        HealthyThresholdCount: input.HealthyThresholdCount ?? 5,
        UnhealthyThresholdCount: input.UnhealthyThresholdCount ?? 2,
        ...(input.HealthCheckPath ? { HealthCheckPath: input.HealthCheckPath } : {}),
        ...(input.Matcher ? { Matcher: input.Matcher } : {}),
      },
    };
    this.targetGroups.set(group.arn, group);
    return group;
  }

  /** @throws AwsError `ResourceInUse` while a listener uses it. */
  deleteTargetGroup(group: TargetGroupRecord): void {
    if (this.loadBalancersOf(group).length > 0) {
      throw new AwsError('ResourceInUse', `Target group '${group.arn}' is currently in use by a listener or a rule`);
    }
    for (const target of [...group.targets.values()]) this.#remove(group, target);
    for (const target of group.closing) target.timer?.cancel();
    group.closing.clear();
    this.targetGroups.delete(group.arn);
  }

  /** @throws AwsError `TargetGroupNotFound`. */
  targetGroup(arn: string | undefined): TargetGroupRecord {
    const group = this.targetGroups.get(arn ?? '');
    if (!group) throw new AwsError('TargetGroupNotFound', `Target groups '${arn ?? ''}' not found`);
    return group;
  }

  /** Registers targets; one that is registered stays, one that drains comes back. @throws AwsError `InvalidTarget`. */
  register(group: TargetGroupRecord, targets: readonly TargetDescription[]): void {
    for (const target of targets) this.#requireTarget(group, target);
    for (const description of targets) {
      const key = targetKey(description, group);
      const known = group.targets.get(key);
      if (known && known.drainsUntil === undefined) continue;
      if (known) this.#remove(group, known);
      this.#add(group, key, description);
    }
  }

  /** Starts to drain; what is not registered is an error only when it is no possible target. Returns milliseconds of draining. */
  deregister(group: TargetGroupRecord, targets: readonly TargetDescription[]): number {
    let longest = 0;
    for (const description of targets) {
      for (const target of this.#matching(group, description)) {
        if (target.drainsUntil === undefined) this.#startDraining(group, target);
        longest = Math.max(longest, (target.drainsUntil ?? 0) - this.#world.now());
      }
    }
    return longest;
  }

  /** The target records that a description means: every port when it names none. */
  #matching(group: TargetGroupRecord, description: TargetDescription): TargetRecord[] {
    if (description.Port !== undefined) {
      const target = group.targets.get(targetKey(description, group));
      return target ? [target] : [];
    }
    return [...group.targets.values()].filter((target) => target.id === description.Id);
  }

  /** What DescribeTargetHealth says of a target (ELB user guides, "Target health status"). */
  healthOf(group: TargetGroupRecord, target: TargetRecord): Health {
    if (target.drainsUntil !== undefined) {
      return {
        state: 'draining',
        reason: 'Target.DeregistrationInProgress',
        description: 'Target deregistration is in progress',
      };
    }
    const unused = this.#whyUnused(group, target);
    if (unused) return unused;
    if (target.verdict === 'healthy') return { state: 'healthy' };
    if (target.verdict === 'unhealthy') {
      return { state: 'unhealthy', reason: 'Target.FailedHealthChecks', description: 'Health checks failed' };
    }
    const fresh = this.#world.now() - target.usedSince < 5_000;
    return fresh
      ? { state: 'initial', reason: 'Elb.RegistrationInProgress', description: 'Target registration is in progress' }
      : { state: 'initial', reason: 'Elb.InitialHealthChecking', description: 'Initial health checks in progress' };
  }

  /** The instance behind a target, if one is. */
  instanceOf(group: TargetGroupRecord, targetId: string): InstanceRecord | undefined {
    return group.targetType === 'instance'
      ? this.#options.instances.all.get(targetId)
      : this.#options.instances.byAddress(targetId);
  }

  /** The zone of a target; `all` where it was registered so. */
  zoneOf(group: TargetGroupRecord, target: TargetRecord): string | undefined {
    const instance = this.instanceOf(group, target.id);
    return instance ? zoneOf(instance) : target.availabilityZone;
  }

  /**
   * Where a new connection to the load balancer's port goes now. Connections still go to a target that was deregistered
   * moments ago, and to an instance that died before the health checks found out; with no healthy target every registered
   * one gets them (fail-open). Undefined when nothing could take it.
   */
  route(loadBalancerArn: string, port: number): Route | undefined {
    const listener = [...(this.loadBalancers.get(loadBalancerArn)?.listeners.values() ?? [])].find(
      (l) => l.port === port,
    );
    const group = listener && this.#groupsOfActions(listener.actions)[0];
    if (!group) return undefined;
    const now = this.#world.now();
    const known = [...group.targets.values(), ...group.closing];
    const balancers = this.loadBalancersOf(group);
    const used = known.filter(
      (t) => now < t.opensUntil && !this.#whyNotInUse(group, t) && !this.shifts.leave(this.zoneOf(group, t), balancers),
    );
    const healthy = used.filter((t) => t.verdict === 'healthy');
    const open = healthy.length > 0 ? healthy : used;
    if (open.length === 0) return undefined;
    const target = this.#world.random.for('elbv2:route').pick(open);
    const instance = this.instanceOf(group, target.id);
    return {
      targetGroupArn: group.arn,
      targetId: target.id,
      instanceId: instance?.instanceId,
      port: target.port,
      answered: instance?.machine.answers(target.port) ?? false,
    };
  }

  /** Looks again at every target of a group, after its settings changed. */
  reassess(group: TargetGroupRecord): void {
    for (const target of [...group.targets.values()]) this.#assess(group, target);
  }

  // ---- health

  #add(group: TargetGroupRecord, key: string, description: TargetDescription): void {
    const target: TargetRecord = {
      id: description.Id ?? '',
      port: description.Port ?? group.port,
      availabilityZone: description.AvailabilityZone,
      usedSince: this.#world.now(),
      verdict: undefined,
      told: '',
      pending: undefined,
      timer: undefined,
      drainsUntil: undefined,
      opensUntil: Number.POSITIVE_INFINITY,
    };
    group.targets.set(key, target);
    for (const old of group.closing)
      if (targetKey({ Id: old.id, Port: old.port }, group) === key) this.#close(group, old);
    const instanceId = this.instanceOf(group, target.id)?.instanceId;
    if (instanceId) this.#groupsOf.set(instanceId, (this.#groupsOf.get(instanceId) ?? new Set()).add(group));
    this.#assess(group, target);
  }

  #assess(group: TargetGroupRecord, target: TargetRecord): void {
    if (target.drainsUntil !== undefined) return;
    const unused = this.#whyUnused(group, target);
    if (!unused && target.told === 'unused') target.usedSince = this.#world.now();
    // An instance that stops is still checked: whoever opens connections learns of it only from that.
    if (this.#whyNotInUse(group, target) || (unused && target.verdict !== 'healthy')) {
      this.#plan(group, target, undefined, 0);
      target.verdict = undefined;
    } else {
      const wanted = this.#passes(group, target) ? 'healthy' : 'unhealthy';
      if (wanted === target.verdict) this.#plan(group, target, undefined, 0);
      else if (wanted !== target.pending) this.#plan(group, target, wanted, this.#delayOf(group, target, wanted));
    }
    this.#tell(group, target);
  }

  #passes(group: TargetGroupRecord, target: TargetRecord): boolean {
    const { HealthCheckPort } = group.healthCheck;
    const port = HealthCheckPort === 'traffic-port' ? target.port : Number(HealthCheckPort);
    return this.instanceOf(group, target.id)?.machine.answers(port) ?? false;
  }

  #plan(group: TargetGroupRecord, target: TargetRecord, verdict: TargetRecord['pending'], delay: number): void {
    target.timer?.cancel();
    target.timer = undefined;
    target.pending = verdict;
    if (verdict === undefined) return;
    target.timer = this.#world.after(delay, `target ${target.id} of ${group.name}`, () => {
      target.timer = undefined;
      target.pending = undefined;
      target.verdict = verdict;
      if (verdict === 'unhealthy' && isOn(group, CUT_WHEN_UNHEALTHY)) this.#cut(group, target);
      if (this.#whyUnused(group, target)) target.verdict = undefined;
      this.#tell(group, target);
    });
  }

  // The first verdict also waits for the load balancer to have taken the target up; later ones only for their checks.
  #delayOf(group: TargetGroupRecord, target: TargetRecord, wanted: 'healthy' | 'unhealthy'): number {
    if (this.#options.lag === 'none') return 0;
    const check = group.healthCheck;
    const threshold = (wanted === 'healthy' ? check.HealthyThresholdCount : check.UnhealthyThresholdCount) ?? 2;
    const interval = (check.HealthCheckIntervalSeconds ?? 30) * 1000;
    const checks = Math.round((threshold - this.#luck('check').next()) * interval);
    if (target.verdict !== undefined) return checks;
    const takenUp =
      target.usedSince + within(this.#luck('healthy'), LAG[this.#typeOf(group)].healthy) - this.#world.now();
    // A load balancer's first health checks need one success only (ELB user guides).
    return wanted === 'healthy' ? Math.max(takenUp, 0) : Math.max(takenUp, checks);
  }

  #startDraining(group: TargetGroupRecord, target: TargetRecord): void {
    const now = this.#world.now();
    const inUse = this.#whyUnused(group, target) === undefined;
    const delay = inUse ? Number(group.attributes.get('deregistration_delay.timeout_seconds')) * 1000 : 0;
    const close = this.#closeLag(group, target);
    this.#plan(group, target, undefined, 0);
    target.drainsUntil = now + delay;
    target.opensUntil = now + close;
    this.#tell(group, target);
    if (!inUse) target.opensUntil = now;
    this.#record(group, target, 'TargetClosing', { opensForMs: target.opensUntil - now });
    if (delay === 0) this.#drained(group, target);
    else
      target.timer = this.#world.after(delay, `draining of ${target.id} in ${group.name}`, () =>
        this.#drained(group, target),
      );
  }

  #drained(group: TargetGroupRecord, target: TargetRecord): void {
    const cuts = this.#typeOf(group) === 'application' || isOn(group, CUT_WHEN_DRAINED);
    this.#remove(group, target);
    if (cuts) this.#cut(group, target);
    this.#keepOpening(group, target);
  }

  #remove(group: TargetGroupRecord, target: TargetRecord): void {
    target.timer?.cancel();
    group.targets.delete(`${target.id}:${target.port}`);
    this.#record(group, target, 'TargetRemoved', {});
  }

  // The API has forgotten the target; connections are opened to it until `opensUntil`.
  #keepOpening(group: TargetGroupRecord, target: TargetRecord): void {
    const left = target.opensUntil - this.#world.now();
    if (left <= 0) return;
    group.closing.add(target);
    target.timer = this.#world.after(left, `closing ${target.id} in ${group.name}`, () => this.#close(group, target));
  }

  #close(group: TargetGroupRecord, target: TargetRecord): void {
    target.timer?.cancel();
    group.closing.delete(target);
  }

  #cut(group: TargetGroupRecord, target: TargetRecord): void {
    const cut = { targetGroupArn: group.arn, targetId: target.id, port: target.port };
    for (const listener of this.#cutListeners) listener(cut);
  }

  // No load balancer opens connections to it, whatever its instance does.
  #whyNotInUse(group: TargetGroupRecord, target: TargetRecord): Health | undefined {
    const unused = { state: 'unused', reason: 'Target.NotInUse' } as const;
    const loadBalancers = this.loadBalancersOf(group);
    if (loadBalancers.length === 0) {
      return { ...unused, description: 'Target group is not configured to receive traffic from the load balancer' };
    }
    const zone = this.zoneOf(group, target);
    if (zone !== undefined && zone !== 'all' && !loadBalancers.some((lb) => lb.zones.has(zone))) {
      return { ...unused, description: 'Target is in an Availability Zone that is not enabled for the load balancer' };
    }
    return undefined;
  }

  #whyUnused(group: TargetGroupRecord, target: TargetRecord): Health | undefined {
    const notInUse = this.#whyNotInUse(group, target);
    if (notInUse) return notInUse;
    const instance = this.instanceOf(group, target.id);
    if (group.targetType === 'instance' && instance?.state !== 'running') {
      const state = instance?.state ?? 'terminated';
      return {
        state: 'unused',
        reason: 'Target.InvalidState',
        description: `Target is in the ${state === 'shutting-down' ? 'terminated' : state} state`,
      };
    }
    return undefined;
  }

  #tell(group: TargetGroupRecord, target: TargetRecord): void {
    const health = this.healthOf(group, target);
    const told = health.state;
    if (told === target.told) return;
    target.told = told;
    this.#record(group, target, 'TargetHealthChanged', {
      state: health.state,
      ...(health.reason ? { reason: health.reason } : {}),
    });
    const instanceId = this.instanceOf(group, target.id)?.instanceId;
    if (instanceId) for (const listener of this.#healthListeners) listener(instanceId);
  }

  #instanceChanged(instance: InstanceRecord): void {
    for (const group of this.#groupsOf.get(instance.instanceId) ?? []) {
      for (const target of [...group.targets.values()]) {
        if (this.instanceOf(group, target.id) !== instance) continue;
        this.#assess(group, target);
        if (instance.state === 'terminated') this.#leave(group, target);
      }
    }
    if (instance.state === 'terminated') this.#groupsOf.delete(instance.instanceId);
  }

  // A terminated instance is deregistered by Elastic Load Balancing itself; connections end with that or with its health checks.
  #leave(group: TargetGroupRecord, target: TargetRecord): void {
    if (group.targetType !== 'instance' || target.drainsUntil !== undefined) return;
    const now = this.#world.now();
    const checked = target.verdict === 'healthy' ? (target.timer?.at ?? now) : now;
    target.opensUntil = Math.min(checked, now + this.#closeLag(group, target));
    this.#remove(group, target);
    this.#keepOpening(group, target);
  }

  // ---- odds and ends

  /**
   * The health of an instance that EC2 does not know is an error; DescribeTargetHealth has it in its model, and the SDK's waiter
   * for targets that are deregistered ends with it. @throws AwsError `InvalidTarget`.
   */
  requireKnown(group: TargetGroupRecord, { Id = '' }: TargetDescription): void {
    if (group.targetType !== 'instance' || this.#options.instances.all.has(Id)) return;
    throw new AwsError('InvalidTarget', `The following targets are not valid instances: '${Id}'`);
  }

  #requireTarget(group: TargetGroupRecord, target: TargetDescription): void {
    const id = target.Id ?? '';
    if (group.targetType === 'ip') {
      if (!/^\d+\.\d+\.\d+\.\d+$/.test(id)) {
        throw new AwsError('ValidationError', `The IP address '${id}' is not a valid IPv4 address`);
      }
      return;
    }
    this.requireKnown(group, target);
    const instance = this.#options.instances.all.get(id);
    if (instance && instance.state !== 'running' && instance.state !== 'stopped') {
      throw new AwsError(
        'InvalidTarget',
        `The following targets are not in a running state and cannot be registered: '${id}'`,
      );
    }
  }

  // Each target's own luck: one more deregistration elsewhere does not change it.
  #closeLag(group: TargetGroupRecord, target: TargetRecord): number {
    return this.#options.lag === 'none'
      ? 0
      : within(this.#luck(`close:${group.name}:${target.id}`), LAG[this.#typeOf(group)].close);
  }

  #typeOf(group: TargetGroupRecord): LoadBalancerRecord['type'] {
    return /TCP|UDP|TLS/.test(group.protocol) ? 'network' : 'application';
  }

  #groupsOfActions(actions: readonly Action[]): TargetGroupRecord[] {
    const arns = actions.flatMap((a) => [
      a.TargetGroupArn,
      ...(a.ForwardConfig?.TargetGroups ?? []).map((t) => t.TargetGroupArn),
    ]);
    return [...new Set(arns)].filter((arn) => arn !== undefined).map((arn) => this.targetGroup(arn));
  }

  #link(listener: ListenerRecord): void {
    for (const group of this.#groupsOfActions(listener.actions)) {
      const listeners = this.#listenersOf.get(group) ?? new Set();
      if (listeners.size === 0) for (const target of group.targets.values()) target.usedSince = this.#world.now();
      this.#listenersOf.set(group, listeners.add(listener));
      this.reassess(group);
    }
  }

  #unlink(listener: ListenerRecord): void {
    for (const group of this.#groupsOfActions(listener.actions)) {
      this.#listenersOf.get(group)?.delete(listener);
      this.reassess(group);
    }
  }

  #record(group: TargetGroupRecord, target: TargetRecord, event: string, details: object): void {
    this.#world.history.record('elbv2', event, {
      targetGroup: group.name,
      target: target.id,
      port: target.port,
      ...details,
    });
  }

  /** The ARN of a resource of this service (`targetgroup/<name>/<id>`). */
  arn(resource: string): string {
    return `arn:aws:elasticloadbalancing:${this.#options.region}:${this.#options.account}:${resource}`;
  }

  #luck(what: string) {
    return this.#world.random.for(`elbv2:${what}`);
  }

  #hex(): string {
    return this.#luck('id').hex(16);
  }
}
