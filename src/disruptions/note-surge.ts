import { changeLedger } from './change-ledger.ts';
import { LedgerContended } from './errors.ts';
import { isLeaving } from './out-of-service.ts';
import type { Group, Groups, Lease, Ledgers, Luck, Surge } from './ports.ts';

const TURNS = 12;

/** What was noted, or why nothing was. */
export interface SurgeOutcome {
  /** Whether the group's desired capacity may be raised to `desiredBefore` + 1. */
  readonly noted: boolean;
  /** Whether it is another one's turn: the group has one more for that one, and nobody could tell whose a capacity is that two have raised. */
  readonly waits: boolean;
  readonly why: string;
  readonly groupName: string;
  /** What to go back to when the disruption does not take place; -1 when nothing was noted. */
  readonly desiredBefore: number;
  /** When it was noted first: what was launched for it was launched after that. ISO 8601; empty when nothing was. */
  readonly surgedAt: string;
}

/**
 * Notes with a lease what its group's desired capacity is, before one is added so that the replacement is launched first. Whoever undoes
 * the work finds there what to go back to, and what was added does not count as missing.
 * Can run again: what was noted first stays, since a second look might see the raised capacity.
 *
 * @throws LedgerContended when others were faster each time
 */
export async function noteSurge(
  { cluster, instanceId, owner, at }: { cluster: string; instanceId: string; owner: string; at: string },
  services: { ledgers: Ledgers; groups: Groups; luck: Luck },
): Promise<SurgeOutcome> {
  const settled = await changeLedger(cluster, TURNS, services, async ({ leases }) => {
    const lease = leases.find((one) => one.instanceId === instanceId && one.execution === owner);
    if (!lease) return { outcome: nothing(`${owner} holds no lease on ${instanceId}`) };
    const { groupName, surge } = lease;
    if (surge) return { outcome: noted(groupName, surge) };
    const group = (await services.groups.ofCluster(cluster)).find(({ name }) => name === groupName);
    if (!group) return { outcome: nothing(`the cluster has no group "${groupName}"`) };
    const other = surgedFor(group, leases);
    if (other) {
      const why = `group ${groupName} has one more for ${other.instanceId} until that has left`;
      return { outcome: { ...nothing(why), waits: true } };
    }
    if (group.desiredCapacity >= group.maxSize) {
      return { outcome: nothing(`group ${groupName} has its maximum size, ${group.maxSize}`) };
    }
    const fresh: Surge = { desiredBefore: group.desiredCapacity, at };
    const next = leases.map((one) => (one === lease ? { ...lease, surge: fresh } : one));
    return { outcome: noted(groupName, fresh), ledger: { leases: next } };
  });
  if (settled === 'contended') throw new LedgerContended(cluster, TURNS);
  return settled.outcome;
}

function noted(groupName: string, { desiredBefore, at }: Surge): SurgeOutcome {
  return {
    noted: true,
    waits: false,
    why: `group ${groupName} is to have ${desiredBefore + 1} for a while`,
    groupName,
    desiredBefore,
    surgedAt: at,
  };
}

function nothing(why: string): SurgeOutcome {
  return { noted: false, waits: false, why, groupName: '', desiredBefore: -1, surgedAt: '' };
}

/**
 * Whose replacement a group has beside what it wants; undefined: nobody's. Of one whose instance is on its way out the lease may stay for long: then it counts for as
 * long as the capacity is still raised, since a retirement may die between the end of its instance and the withdrawal of what it added.
 */
function surgedFor({ name, desiredCapacity, members }: Group, leases: readonly Lease[]): Lease | undefined {
  const staying = new Set(members.filter((one) => !isLeaving(one)).map(({ instanceId }) => instanceId));
  return leases.find(
    ({ groupName, instanceId, surge }) =>
      groupName === name && surge !== undefined && (staying.has(instanceId) || desiredCapacity > surge.desiredBefore),
  );
}
