import { InstanceNotClaimed } from '../../../src/loadbalancers/errors.ts';
import type {
  InstanceState,
  LoadBalancerMap,
  NotedTarget,
  RegisteredInstance,
  TargetGroup,
  TargetHealth,
} from '../../../src/loadbalancers/ports.ts';
import { union } from '../../../src/loadbalancers/target-name.ts';

/** The ARN of a target group of this name. */
export const arnOf = (name: string) =>
  `arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/${name}/0123456789abcdef`;

/** Load balancers of an account in memory: every port of src/loadbalancers on one state. */
export class FakeBalancers {
  readonly state = {
    /** Of every target group. */
    delaySeconds: 300,
    groups: new Map<string, TargetGroup>(),
    targets: new Map<string, TargetHealth[]>(),
    classic: new Map<string, RegisteredInstance[]>(),
    draining: new Map<string, number>(),
    tagged: {
      targetGroupArns: [] as string[],
      classicLoadBalancers: [] as { name: string; tags: Record<string, string> }[],
    },
    attached: new Map<string, { targetGroupArns: string[]; classicLoadBalancers: string[] }>(),
    maps: new Map<string, LoadBalancerMap>(),
    notes: new Map<string, readonly NotedTarget[]>(),
    claimed: true,
    /** Who has claimed all instances. */
    owner: 'us',
    /** What EC2 says about instances; it does not know the others. */
    ec2: new Map<string, InstanceState['state']>(),
    /** Calls that fail, by `<what> <name>`. */
    broken: new Map<string, Error>(),
    /** What was called, in order. */
    calls: [] as string[],
  };

  readonly #call = (what: string, name: string) => {
    this.state.calls.push(`${what} ${name}`);
    const error = this.state.broken.get(`${what} ${name}`);
    if (error) throw error;
  };

  readonly targetGroups = {
    describe: async (arns: readonly string[]) => {
      this.#call('describe', arns.map(nameIn).join(','));
      return new Map([...this.state.groups].filter(([arn]) => arns.includes(arn)));
    },
    register: async (arn: string, id: string, port: number) => {
      this.#call('register', `${nameIn(arn)} ${id}:${port}`);
      this.#set(arn, id, port, 'initial', 'Elb.RegistrationInProgress');
    },
    deregister: async (arn: string, id: string, port: number) => {
      this.#call('deregister', `${nameIn(arn)} ${id}:${port}`);
      if (this.#find(arn, id, port)) this.#set(arn, id, port, 'draining', 'Target.DeregistrationInProgress');
    },
    health: async (arn: string, id: string, port: number) => {
      this.#call('health', nameIn(arn));
      return this.#find(arn, id, port);
    },
  };

  readonly targets = {
    targets: async (arn: string) => {
      this.#call('targets', nameIn(arn));
      return this.state.targets.get(arn) ?? [];
    },
  };

  readonly classicLoadBalancers = {
    register: async (name: string, instanceId: string) => {
      this.#call('register', `${name} ${instanceId}`);
      this.aClassic(name, instanceId);
    },
    deregister: async (name: string, instanceId: string) => {
      this.#call('deregister', `${name} ${instanceId}`);
      const leaves = { leaving: true, description: 'Instance deregistration currently in progress.' };
      const others = this.state.classic.get(name);
      if (!others) return;
      const next = others.map((one) => (one.instanceId === instanceId ? { ...one, ...leaves } : one));
      this.state.classic.set(name, next);
    },
    health: async (name: string, instanceId: string) =>
      this.state.classic.get(name)?.find((one) => one.instanceId === instanceId),
  };

  readonly instances = {
    instances: async (name: string) => {
      this.#call('instances', name);
      return this.state.classic.get(name);
    },
    drainingSeconds: async (name: string) => this.state.draining.get(name) ?? 0,
  };

  readonly ec2 = {
    describe: async (instanceIds: readonly string[]) => {
      this.#call('describe instances', instanceIds.join(','));
      const known = [...this.state.ec2].filter(([id]) => instanceIds.includes(id));
      return new Map(known.map(([id, state]) => [id, { state, privateIpAddress: '', launchedAt: '' }]));
    },
  };

  readonly delays = {
    deregistrationDelaySeconds: async (arn: string) => {
      this.#call('delay of', arn.split('/')[1] ?? arn);
      return this.state.delaySeconds;
    },
  };

  readonly returns = {
    putBack: async (target: NotedTarget): Promise<'registered' | 'gone'> => {
      if (target.kind === 'classic') {
        if (!this.state.classic.has(target.name)) return 'gone';
        await this.classicLoadBalancers.register(target.name, target.id);
        return 'registered';
      }
      if (!this.state.groups.has(target.arn)) return 'gone';
      await this.targetGroups.register(target.arn, target.id, target.port);
      return 'registered';
    },
  };

  readonly tagged = {
    find: async (cluster: string) => {
      this.#call('find', cluster);
      return this.state.tagged;
    },
  };

  readonly attachments = {
    attachedTo: async (group: string) => {
      this.#call('attachedTo', group);
      return this.state.attached.get(group) ?? { targetGroupArns: [], classicLoadBalancers: [] };
    },
    attachedIn: async (cluster: string) => {
      this.#call('attachedIn', cluster);
      return Object.fromEntries(this.state.attached);
    },
  };

  readonly maps = {
    read: async (cluster: string) => this.state.maps.get(cluster),
    write: async (cluster: string, map: LoadBalancerMap) => {
      this.#call('write map', cluster);
      this.state.maps.set(cluster, map);
    },
  };

  readonly departures = {
    noted: async (_: string, instanceId: string) => this.state.notes.get(instanceId) ?? [],
    notedBy: async (owner: string, _: string, instanceId: string) =>
      owner === this.state.owner ? (this.state.notes.get(instanceId) ?? []) : [],
    note: async (cluster: string, instanceId: string, targets: readonly NotedTarget[]) => {
      this.#call('note', instanceId);
      if (!this.state.claimed) throw new InstanceNotClaimed(cluster, instanceId);
      this.state.notes.set(instanceId, union(this.state.notes.get(instanceId) ?? [], targets));
    },
    forget: async (_: string, instanceId: string) => {
      this.state.notes.delete(instanceId);
    },
  };

  /** Adds a target group, of instances at port 30080 behind an NLB unless told. */
  aGroup(name: string, changes: Partial<TargetGroup> = {}): this {
    const arn = arnOf(name);
    this.state.groups.set(arn, { arn, targetType: 'instance', port: 30080, protocol: 'TCP', tags: {}, ...changes });
    return this;
  }

  /** Registers a target, healthy unless told. */
  aTarget(name: string, id: string, changes: Partial<TargetHealth> = {}): this {
    const { state = 'healthy', reason = '', port = 30080, shiftedAway = false } = changes;
    this.#set(arnOf(name), id, port, state, reason, shiftedAway);
    return this;
  }

  /** Registers an instance with a classic load balancer, in service unless told; makes the load balancer. */
  aClassic(name: string, instanceId?: string, changes: Partial<RegisteredInstance> = {}): this {
    const others = (this.state.classic.get(name) ?? []).filter((one) => one.instanceId !== instanceId);
    const fresh = { inService: true, leaving: false, description: 'N/A', ...changes };
    this.state.classic.set(name, instanceId === undefined ? others : [...others, { instanceId, ...fresh }]);
    return this;
  }

  /** Who is registered and not leaving: `web i-1:30080`, `old i-1`. */
  registered(): string[] {
    const inGroups = [...this.state.targets].flatMap(([arn, targets]) =>
      targets.filter(({ state }) => state !== 'draining').map(({ id, port }) => `${nameIn(arn)} ${id}:${port}`),
    );
    const inClassic = [...this.state.classic].flatMap(([name, instances]) =>
      instances.filter(({ leaving }) => !leaving).map(({ instanceId }) => `${name} ${instanceId}`),
    );
    return [...inGroups, ...inClassic].sort();
  }

  #find(arn: string, id: string, port: number): TargetHealth | undefined {
    return this.state.targets.get(arn)?.find((one) => one.id === id && one.port === port);
  }

  #set(arn: string, id: string, port: number, state: TargetHealth['state'], reason: string, shiftedAway = false): void {
    const others = (this.state.targets.get(arn) ?? []).filter((one) => one.id !== id || one.port !== port);
    this.state.targets.set(arn, [...others, { id, port, state, reason, description: '', shiftedAway }]);
  }
}

function nameIn(arn: string): string {
  return arn.split('/')[1] ?? arn;
}
