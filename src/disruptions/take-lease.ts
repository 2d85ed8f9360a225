import { changeLedger } from './change-ledger.ts';
import { grantLease } from './grant-lease.ts';
import type { Budgets, Executions, Groups, Instances, Lease, Ledger, Ledgers, Luck, Nodes } from './ports.ts';
import { staleness, withoutGone } from './stale-leases.ts';

/** What taking a lease works with. */
export interface LeaseServices {
  readonly ledgers: Ledgers;
  readonly groups: Groups;
  readonly instances: Instances;
  readonly executions: Executions;
  readonly nodes: Nodes;
  readonly luck: Luck;
}

/** Whether the disruption may begin. */
export interface LeaseOutcome {
  readonly granted: boolean;
  /** For people: the budgets, or who holds them. */
  readonly why: string;
  /** When to ask again; 0 when it is granted. */
  readonly lookAgainSeconds: number;
}

/** Attempts in one invocation: with their pauses they take 3 s at most. Who waits is asked to come back, and costs nothing meanwhile. */
const VOLUNTARY_TURNS = 6;
const INVOLUNTARY_TURNS = 3;
/** Backing off to five minutes keeps a wait of two days below 10,000 events (S15). */
const FIRST_LOOK_SECONDS = 10;
const LONGEST_LOOK_SECONDS = 300;
/** Whoever lost a race had room: it comes back soon, at a time of its own. */
const CONTENDED_SECONDS = 10;

/**
 * Takes a lease to disrupt a node. A voluntary one waits for the budgets of its group and its cluster; an involuntary one is written
 * down when that is possible, so that it counts, and granted in any case.
 * Can run again: the execution that has a lease on the instance is granted it again.
 *
 * @param looks how often was asked before; waiting backs off with it.
 * @throws what reading or writing the ledger throws, for a voluntary one: unknown is unsafe
 */
export async function takeLease(
  { cluster, looks, ...wanted }: Lease & { cluster: string; looks: number },
  services: LeaseServices,
  budgets: Budgets,
): Promise<LeaseOutcome> {
  if (!wanted.voluntary) return record(cluster, wanted, services);
  const stale = staleness(services.executions, services.nodes, wanted.takenAt);
  const settled = await changeLedger(cluster, VOLUNTARY_TURNS, services, async (ledger) => {
    if (holds(ledger, wanted)) return { outcome: { granted: true, why: 'held already' } };
    const groups = await services.groups.ofCluster(cluster);
    const present = await withoutGone(ledger.leases, groups, services.instances);
    const { leases, isOut } = await stale.withoutPutBack(present, wanted, groups);
    const verdict = grantLease({ leases }, wanted, groups, budgets, isOut);
    // For others' leases Executions and Nodes are asked only when somebody has to wait for them.
    return changeOf(
      verdict.granted ? verdict : grantLease({ leases: await stale.without(leases, groups) }, wanted, groups, budgets),
    );
  });
  if (settled === 'contended') {
    const why = 'others take and release leases at this moment: look again';
    return { granted: false, why, lookAgainSeconds: 1 + Math.floor(services.luck.random() * CONTENDED_SECONDS) };
  }
  const { granted, why } = settled.outcome;
  return { granted, why, lookAgainSeconds: granted ? 0 : nextLook(looks, services.luck) };
}

async function record(cluster: string, wanted: Lease, services: LeaseServices): Promise<LeaseOutcome> {
  const granted = (why: string): LeaseOutcome => ({ granted: true, why, lookAgainSeconds: 0 });
  try {
    const settled = await changeLedger(cluster, INVOLUNTARY_TURNS, services, (ledger) =>
      holds(ledger, wanted)
        ? { outcome: 'held already' }
        : { outcome: 'cannot wait', ledger: { leases: [...ledger.leases, wanted] } },
    );
    return granted(
      settled === 'contended' ? 'cannot wait; not written down, since others write all the time' : settled.outcome,
    );
  } catch (error) {
    const problem = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return granted(`cannot wait; not written down: ${problem}`);
  }
}

function holds({ leases }: Ledger, { instanceId, execution }: Lease): boolean {
  return leases.some((one) => one.instanceId === instanceId && one.execution === execution);
}

function changeOf(verdict: ReturnType<typeof grantLease>) {
  const { granted, why } = verdict;
  return { outcome: { granted, why }, ...(verdict.granted && { ledger: verdict.ledger }) };
}

// Between four fifths and all of 10 s, 20 s, 40 s, … five minutes: those that wait for one node do not come back as one.
function nextLook(looks: number, luck: Luck): number {
  const longest = Math.min(LONGEST_LOOK_SECONDS, FIRST_LOOK_SECONDS * 2 ** Math.min(looks, 10));
  return Math.ceil(longest * (0.8 + 0.2 * luck.random()));
}
