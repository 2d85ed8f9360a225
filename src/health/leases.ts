import type { NodeMemory } from './memory.ts';
import type { Observations, ObservedNode } from './observations.ts';
import { seenOr } from './seen.ts';

/** Kubelets renew every 10 seconds, and the node controller gives up after 40; four times that is no hiccup. */
const OLD_MS = 160_000;
/** Two looks closer together than this may fall between two renewals. */
const UNCHANGED_MS = 40_000;

/** The latest renewal of any lease, in milliseconds: with that leases are compared, and not with our own clock. -Infinity: there is none. */
export function newestLease({ nodes }: Observations): number {
  return seenOr(nodes, []).reduce((newest, { leaseRenewedAt }) => Math.max(newest, timeOf(leaseRenewedAt)), -Infinity);
}

/**
 * What to remember of a lease: one that looks old, and since when it has not moved. A clock that is wrong makes a lease look old that still moves,
 * and makes all others look old when it is ahead; so only one that does not move has stopped.
 */
export function rememberLease(
  { leaseRenewedAt }: ObservedNode,
  known: NodeMemory['lease'] | undefined,
  newest: number,
  at: string,
): NodeMemory['lease'] {
  if (leaseRenewedAt === null || !(newest - timeOf(leaseRenewedAt) > OLD_MS)) return null;
  return known?.renewedAt === leaseRenewedAt ? known : { renewedAt: leaseRenewedAt, seenAt: at };
}

/** Whether a lease looks old and has not moved since an earlier look. */
export function hasStopped(lease: NodeMemory['lease'], at: string): boolean {
  return lease !== null && Date.parse(at) - Date.parse(lease.seenAt) >= UNCHANGED_MS;
}

function timeOf(renewedAt: string | null): number {
  return Date.parse(renewedAt ?? '') || -Infinity;
}
