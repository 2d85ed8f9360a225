import type { PlanRetireInput, PlanRetirePorts } from '../../../src/nodes/plan-retire.ts';
import type { LifecycleHook } from '../../../src/nodes/ports.ts';
import type {
  Andon,
  ClaimHolders,
  GroupCapacity,
  GroupMember,
  NodeInstances,
  QuorumAnswer,
  RetirePolicy,
  RetiringGroup,
  RetiringGroups,
} from '../../../src/nodes/retire-ports.ts';
import { FakeAws } from './fake-aws.ts';
import { aMembership, anInstance, groupName, instanceId, noon } from './healthy.ts';

/** The registry's defaults for cluster `demo`. */
export function aRetirePolicy(retire: Partial<RetirePolicy['retire']> = {}): RetirePolicy {
  return {
    name: 'demo',
    kind: 'self-managed',
    nodeNames: 'private-dns',
    drain: { timeoutSeconds: 900, graceCapSeconds: 900 },
    retire: { whenDrainFails: 'continue', rebalance: 'ignore', launchFirst: false, maintenance: 'retire', ...retire },
  };
}

/** Our terminate hook with AWS's usual 300 s; its cap is 100 times that. */
export function aTerminateHook(changes: Partial<LifecycleHook> = {}): LifecycleHook {
  return {
    name: 'tender-terminate',
    transition: 'terminating',
    heartbeatTimeoutSeconds: 300,
    globalTimeoutSeconds: 30_000,
    ...changes,
  };
}

/** A group, and how many healthy members of it are in service. */
type CountedGroup = RetiringGroup & GroupCapacity;

/** A group of three workers with our hook, that may grow to five. */
export function aRetiringGroup(changes: Partial<CountedGroup> = {}): CountedGroup {
  return {
    name: groupName,
    tags: { 'tender:cluster': 'demo', 'tender:role': 'worker' },
    hooks: [aTerminateHook()],
    desiredCapacity: 3,
    maxSize: 5,
    retainsOnAbandon: false,
    poolKeepsKubelets: false,
    instanceRefreshes: 0,
    launchesNobody: false,
    inService: 3,
    ...changes,
  };
}

/** A person's wish, without a hook and without an end. */
export function aRetireInput(changes: Partial<PlanRetireInput> = {}): PlanRetireInput {
  const none = { nodeName: '', deadline: '', hookSince: '' };
  return { instanceId, signal: 'manual', startedAt: noon.toISOString(), ...none, ...changes };
}

/** An account in memory, as retirements see it. It begins with one worker in service. */
export class FakeRetirement {
  readonly aws = new FakeAws(anInstance(), aMembership({ lifecycleState: 'InService' }));
  readonly groups = new Map<string, CountedGroup>([[groupName, aRetiringGroup()]]);
  readonly terminated: (readonly [string, boolean])[] = [];
  minSize = 0;
  /** Whom the group has, where a test asks for them. */
  members: readonly GroupMember[] = [];
  tags: Readonly<Record<string, string>> = {
    'aws:autoscaling:groupName': groupName,
    'tender:cluster': 'demo',
    'tender:role': 'worker',
  };
  /** What the API server says of the instance's Node when EC2 has taken its name away. */
  nodeByInstance: Awaited<ReturnType<NodeInstances['ofInstance']>> = 'unknown';
  quorumWithout: QuorumAnswer['quorum'] = 'unknown';
  andon: Andon | null = null;
  andonRead = 0;
  /** How often etcd was asked. */
  quorumAsked = 0;

  readonly retiring: RetiringGroups = {
    describe: async (name, isChoice) => {
      if (name === '') throw new Error('AWS has no group without a name');
      const group = this.groups.get(name);
      return group && !isChoice ? { ...group, instanceRefreshes: 'unknown' } : group;
    },
    capacity: async (name) => this.groups.get(name),
    members: async (name) => {
      const group = this.groups.get(name);
      return group && { desiredCapacity: group.desiredCapacity, minSize: this.minSize, members: this.members };
    },
    terminate: async (id, shrink) => {
      this.terminated.push([id, shrink]);
      const group = this.group;
      if (shrink && group) this.set({ desiredCapacity: group.desiredCapacity - 1 });
      this.in('Terminating:Wait');
      return 'terminating';
    },
    desiredCapacity: async (name) => this.groups.get(name)?.desiredCapacity,
    setDesiredCapacity: async (name, desiredCapacity) => {
      const group = this.groups.get(name);
      if (group) this.groups.set(name, { ...group, desiredCapacity });
    },
  };

  holder: 'nobody' | 'owner' | 'another' = 'owner';

  readonly ports: PlanRetirePorts & { readonly claims: ClaimHolders } = {
    claims: { holder: async () => this.holder },
    instances: {
      describe: async (ids) => {
        const found = await this.aws.instances.describe(ids);
        return new Map([...found].map(([id, instance]) => [id, { ...instance, tags: this.tags }]));
      },
    },
    groups: this.aws.groups,
    retiring: this.retiring,
    quorum: {
      without: async () => {
        this.quorumAsked += 1;
        return { quorum: this.quorumWithout, why: this.quorumWithout === 'kept' ? '' : 'member b is silent' };
      },
    },
    andon: {
      read: async () => {
        this.andonRead += 1;
        return this.andon;
      },
    },
    nodes: { find: async () => instanceId, ofInstance: async () => this.nodeByInstance },
  };

  /** The worker's group; undefined when it is deleted. */
  get group(): CountedGroup | undefined {
    return this.groups.get(groupName);
  }

  /** Changes the group. */
  set(changes: Partial<CountedGroup>): this {
    this.groups.set(groupName, { ...aRetiringGroup(), ...this.group, ...changes });
    return this;
  }

  /** Sets the instance's place in its group; undefined: it is in none any more. */
  in(lifecycleState: string | undefined): this {
    if (lifecycleState === undefined) this.aws.state.memberships.delete(instanceId);
    else this.aws.with(anInstance(), aMembership({ lifecycleState }));
    return this;
  }

  /** EC2 and Auto Scaling do not know the instance any more. */
  forgotten(): this {
    this.aws.state.instances.clear();
    this.aws.state.memberships.clear();
    return this;
  }

  /** The group and the instance have this role. */
  as(role: 'worker' | 'control-plane' | 'etcd'): this {
    return this.set({ tags: { 'tender:cluster': 'demo', 'tender:role': role } });
  }
}
