import * as z from 'zod/mini';
import { Health } from '../../../src/clusters/health.ts';
import { emptyMemory, type Memory } from '../../../src/health/memory.ts';
import type {
  Observations,
  ObservedCondition,
  ObservedEtcd,
  ObservedEtcdMember,
  ObservedGroup,
  ObservedInstance,
  ObservedMember,
  ObservedNode,
} from '../../../src/health/observations.ts';
import type { HealthPolicy } from '../../../src/health/policy.ts';

export const noon = new Date('2026-03-01T12:00:00.000Z');
export const zones = ['us-east-1a', 'us-east-1b', 'us-east-1c'] as const;

/** Noon and so many minutes. */
export function minute(minutes: number): string {
  return new Date(noon.getTime() + minutes * 60_000).toISOString();
}

/** The defaults of the registry, with changes. */
export function aPolicy(changes: object = {}): HealthPolicy {
  return z.parse(Health, changes);
}

/** One machine of a cluster, as everybody sees it. null: that one does not see it. */
export interface Machine {
  readonly node: ObservedNode | null;
  readonly member: ObservedMember;
  /** null: EC2 does not know it. */
  readonly instance: ObservedInstance | null;
}

/** What is different about a machine; functions of the minute for what moves. */
export interface Sickness {
  readonly node?: Partial<ObservedNode> | null;
  /** Instead of conditions of the same type. */
  readonly conditions?: readonly ObservedCondition[];
  readonly member?: Partial<ObservedMember>;
  readonly instance?: Partial<ObservedInstance> | null;
}

/** A machine that is well, `i-<group>-3` with node `<group>-3`, at so many minutes past noon. */
export function aMachine(group: string, number: number, at: number): Machine {
  const zone = zones[number % zones.length] ?? zones[0];
  const instanceId = `i-${group}-${String(number).padStart(4, '0')}`;
  const name = `${group}-${number}`;
  return {
    node: {
      name,
      uid: `uid-${name}`,
      instanceId,
      createdAt: minute(-1440),
      zone,
      unschedulable: false,
      joining: false,
      paused: null,
      owner: null,
      bootId: 'boot-1',
      conditions: [aCondition('Ready', 'True', -1440)],
      leaseRenewedAt: minute(at - 0.1),
    },
    member: { instanceId, lifecycleState: 'InService', healthy: true, zone, launchTemplate: 'lt-1:1' },
    instance: {
      instanceId,
      state: 'running',
      launchedAt: minute(-1440),
      systemStatus: 'ok',
      instanceStatus: 'ok',
      impairedSince: null,
    },
  };
}

/** A condition since a minute. */
export function aCondition(
  type: string,
  status: ObservedCondition['status'],
  since: number,
  changes: Partial<ObservedCondition> = {},
): ObservedCondition {
  return { type, status, reason: '', message: '', since: minute(since), heardAt: minute(since), ...changes };
}

/** A group of so many machines, by what is wrong with some of them, by number from 1. */
export interface Fleet {
  readonly size: number;
  readonly sick?: Readonly<Record<number, Sickness>>;
  readonly group?: Partial<Omit<ObservedGroup, 'members'>>;
}

/** Everything that is seen of a cluster that is well but for what is said, at so many minutes past noon. */
export function aCluster(
  fleets: Readonly<Record<string, Fleet>>,
  at: number,
  changes: Partial<Observations> = {},
): Observations {
  const groups = Object.entries(fleets).map(([name, fleet]) => {
    const machines = Array.from({ length: fleet.size }, (_, index) =>
      withSickness(aMachine(name, index + 1, at), fleet.sick?.[index + 1] ?? {}),
    );
    return { group: aGroup(name, machines, fleet), machines };
  });
  const machines = groups.flatMap((one) => one.machines);
  return {
    cluster: 'demo',
    at: minute(at),
    apiServer: { reachable: true, ready: true, failingChecks: [], latencyMs: 12, problem: '' },
    nodes: { value: machines.flatMap(({ node }) => node ?? []) },
    groups: { value: groups.map(({ group }) => group) },
    instances: { value: machines.flatMap(({ instance }) => instance ?? []) },
    daemonSets: { value: [] },
    coreDns: { value: { desired: 2, ready: 2 } },
    targets: { value: [] },
    zonalShifts: { value: [] },
    alarms: { value: [] },
    failedJoins: { value: [] },
    andon: { value: null },
    pause: { value: null },
    memory: emptyMemory,
    ...changes,
  };
}

/** etcd on the first machines of a group, the first of which leads. */
export function anEtcd(
  group: string,
  size: number,
  changes: Readonly<Record<number, Partial<ObservedEtcdMember>>> = {},
) {
  return (whole: Partial<ObservedEtcd> = {}): { value: ObservedEtcd } => ({
    value: {
      quorum: 'kept',
      alarms: [],
      members: Array.from({ length: size }, (_, index) => ({
        memberId: `m${index + 1}`,
        name: `etcd-${index + 1}`,
        instanceId: `i-${group}-${String(index + 1).padStart(4, '0')}`,
        healthy: true,
        leader: index === 0,
        learner: false,
        problem: '',
        databaseBytes: 100_000_000,
        quotaBytes: 2_000_000_000,
        raftLag: 0,
        ...changes[index + 1],
      })),
      ...whole,
    },
  });
}

/** A memory as it comes back from where it is kept. */
export function stored(memory: Memory): Memory {
  return JSON.parse(JSON.stringify(memory));
}

function aGroup(name: string, machines: readonly Machine[], { size, group }: Fleet): ObservedGroup {
  return {
    name,
    role: 'worker',
    min: 0,
    desired: size,
    max: size + 5,
    paused: null,
    refreshing: false,
    launchTemplate: 'lt-1:1',
    suspended: [],
    members: machines.map(({ member }) => member),
    ...group,
  };
}

function withSickness(machine: Machine, { node, conditions = [], member, instance }: Sickness): Machine {
  const types = new Set(conditions.map(({ type }) => type));
  const whole = machine.node && {
    ...machine.node,
    conditions: [...machine.node.conditions.filter(({ type }) => !types.has(type)), ...conditions],
    ...node,
  };
  return {
    node: node === null ? null : whole,
    member: { ...machine.member, ...member },
    instance: instance === null || machine.instance === null ? null : { ...machine.instance, ...instance },
  };
}
