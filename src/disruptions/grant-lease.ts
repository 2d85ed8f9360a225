import { budgetOf } from './budget-of.ts';
import { isLeaving, type OutOfService, outOfService } from './out-of-service.ts';
import type { Budgets, Group, Lease, Ledger } from './ports.ts';

/** Whether a disruption may begin; if so, the ledger with its lease. */
export type Verdict =
  | { readonly granted: true; readonly why: string; readonly ledger: Ledger }
  | { readonly granted: false; readonly why: string };

/** How many holders a refusal names. */
const NAMED = 5;
/** Groups whose members hold etcd or the API server: one at a time over all of them (S19). */
const SINGLE_FILE = ['control-plane', 'etcd'];

/**
 * Whether the cluster can spare the node now: its group, the whole cluster, and where it belongs to the control plane, that too.
 *
 * An instance that is out of service already costs nothing more. Otherwise what is out of service after the grant must be within each
 * budget. A refusal names the budget and who holds it.
 *
 * @param ledger without stale leases.
 * @param isOut whether the wanted instance is known to serve nobody, beside what Auto Scaling says. A lease on it alone does not show that:
 *   its node may have been put back by hand.
 */
export function grantLease(
  ledger: Ledger,
  wanted: Lease,
  groups: readonly Group[],
  budgets: Budgets,
  isOut = false,
): Verdict {
  const next: Ledger = { leases: [...ledger.leases, wanted] };
  const before = poolsOf(ledger, wanted, groups, budgets);
  const members = groups.flatMap((group) => group.members);
  if (isOut || members.some((one) => one.instanceId === wanted.instanceId && isLeaving(one))) {
    return { granted: true, why: `${wanted.instanceId} is out of service already`, ledger: next };
  }
  const after = poolsOf(next, wanted, groups, budgets);
  const full = after.findIndex(({ used, budget }) => used > budget);
  const pool = before[full];
  if (pool) return { granted: false, why: refusal(pool) };
  const figures = after.map(({ what, used, budget }) => `${what}: ${used} of at most ${budget}`);
  return { granted: true, why: figures.join('; '), ledger: next };
}

/** Nodes that share a budget. */
interface Pool {
  readonly what: string;
  readonly budget: number;
  readonly size: number;
  readonly used: number;
  readonly out: readonly OutOfService[];
}

function poolsOf({ leases }: Ledger, wanted: Lease, groups: readonly Group[], budgets: Budgets): readonly Pool[] {
  const known = new Set(groups.map(({ name }) => name));
  // Instances in no group, or in one that is gone: nothing is known of them but their leases.
  const strangers = [...new Set([...leases.map(({ groupName }) => groupName), wanted.groupName])]
    .filter((name) => !known.has(name))
    .map((name): Group => ({ name, role: '', desiredCapacity: 0, maxSize: 0, members: [] }));
  const all = [...groups, ...strangers];
  const own = all.filter(({ name }) => name === wanted.groupName);
  const singleFile = own.some(({ role }) => SINGLE_FILE.includes(role));
  const pool = (what: string, of: readonly Group[], limit: number | string): Pool => {
    const out = of.map((group) => outOfService(group, leases));
    const size = sum(out.map((one) => one.size));
    return { what, budget: budgetOf(limit, size), size, used: sum(out.map(({ used }) => used)), out };
  };
  return [
    pool(wanted.groupName === '' ? 'instances in no group' : `group ${wanted.groupName}`, own, budgets.perGroup),
    ...(singleFile
      ? [
          pool(
            'the control plane',
            all.filter(({ role }) => SINGLE_FILE.includes(role)),
            1,
          ),
        ]
      : []),
    pool('the cluster', all, budgets.perCluster),
  ];
}

function refusal({ what, size, budget, used, out }: Pool): string {
  const leases = out.flatMap(({ leased }) => leased);
  const holders = [
    ...leases.map((lease) => `${lease.instanceId} (${lease.reason}, ${shortName(lease)}, since ${lease.takenAt})`),
    ...out.flatMap(({ leaving }) => leaving).map((one) => `${one.instanceId} (${one.lifecycleState})`),
  ];
  const missing = sum(out.map((one) => one.missing));
  const emptying = sum(out.map((one) => one.emptying));
  const named = [
    ...holders.slice(0, NAMED),
    ...(holders.length > NAMED ? [`${holders.length - NAMED} more`] : []),
    ...(missing > 0 ? [`${missing} not in service yet`] : []),
    ...(emptying > 0 ? [`${emptying} that EKS empties, since it rolls a node group`] : []),
  ];
  return `${what} may have ${budget} of ${size} nodes out of service and has ${used}: ${named.join(', ')}`;
}

// `node-retire:i-0abc` says enough, and the account's number is nobody's business here.
function shortName({ execution }: Lease): string {
  return execution.split(':').slice(6).join(':') || execution;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
