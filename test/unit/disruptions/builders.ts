import type {
  Executions,
  Group,
  Lease,
  Ledger,
  Ledgers,
  Luck,
  Member,
  ServingNode,
} from '../../../src/disruptions/ports.ts';
import type { LeaseServices } from '../../../src/disruptions/take-lease.ts';
import { SwappedObjects } from '../../support/nodes/swapped-objects.ts';

/** An execution of node-retire by its name. */
export function executionOf(name: string): string {
  return `arn:aws:states:us-east-1:111111111111:execution:node-retire:${name}`;
}

/** A voluntary lease on an instance of the workers. */
export function aLease(instanceId: string, changes: Partial<Lease> = {}): Lease {
  return {
    instanceId,
    nodeName: `node-${instanceId}`,
    groupName: 'workers',
    zone: 'us-east-1a',
    reason: 'scheduled-maintenance',
    execution: executionOf(instanceId),
    voluntary: true,
    takenAt: '2026-03-01T12:00:00.000Z',
    ...changes,
  };
}

/** A group whose members, `<name>-1` and so on, are all in service. */
export function aGroup(size: number, changes: Partial<Group> = {}): Group {
  const name = changes.name ?? 'workers';
  return {
    name,
    role: 'worker',
    desiredCapacity: size,
    maxSize: size + 1,
    members: Array.from({ length: size }, (_, index) => aMember(`${name}-${index + 1}`)),
    ...changes,
  };
}

/** A member in service. */
export function aMember(instanceId: string, lifecycleState = 'InService'): Member {
  return { instanceId, lifecycleState, healthy: true };
}

/** The same group with members in other states; `undefined` takes one away. */
export function withStates(group: Group, states: Readonly<Record<string, string | undefined>>): Group {
  const members = group.members
    .map((one) => (one.instanceId in states ? { ...one, lifecycleState: states[one.instanceId] } : one))
    .flatMap(({ lifecycleState, ...one }) => (lifecycleState === undefined ? [] : [{ ...one, lifecycleState }]));
  return { ...group, members };
}

/** Ledgers in memory. */
export function fakeLedgers(objects = new SwappedObjects<Ledger>()): Ledgers {
  return {
    async read(cluster) {
      const found = await objects.read(cluster);
      return found && { ledger: found.value, etag: found.etag };
    },
    write: (cluster, ledger, etag) => objects.write(cluster, ledger, etag),
  };
}

/** No luck at all, and nobody pauses. */
export const noLuck: Luck = { random: () => 0, pause: async () => undefined };

/** What is around the ledger: every instance of the groups runs, every execution runs, no Node is known. */
export function surroundings(
  groups: readonly Group[],
  changes: {
    readonly states?: Readonly<Record<string, string | undefined>>;
    readonly closed?: readonly string[];
    readonly serving?: Readonly<Record<string, ServingNode>>;
  } & Partial<LeaseServices> = {},
): LeaseServices {
  const { states = {}, closed = [], serving = {}, ...ports } = changes;
  return {
    ledgers: fakeLedgers(),
    groups: { ofCluster: async () => groups },
    instances: {
      describe: async (ids) =>
        new Map(
          ids.flatMap((id) => {
            const state = id in states ? states[id] : 'running';
            return state === undefined ? [] : [[id, { state }] as const];
          }),
        ),
    },
    executions: executionsWithout(closed),
    nodes: { get: async (name) => serving[name] },
    luck: noLuck,
    ...ports,
  };
}

function executionsWithout(closed: readonly string[]): Executions {
  return { describe: async (arn) => ({ status: closed.includes(arn) ? 'ABORTED' : 'RUNNING' }) };
}
