import { marksAnnotation, ownerAnnotation } from './names.ts';
import { isInService } from './out-of-service.ts';
import type { Executions, Group, Instances, Lease, Nodes } from './ports.ts';

/** At most so many leases are asked about in one look, the oldest first: after an outage there may be hundreds. */
const ASKED_AT_ONCE = 50;
/** A place may be taken before there is an execution that anybody knows: it is about to be started, and AWS may throttle that. */
const UNBORN_MS = 600_000;

/**
 * The leases whose instance is still there. One is gone when EC2 says terminated or does not know it, which cannot mean "not yet": nobody
 * disrupts a fresh instance; and when Auto Scaling has seen it too, so that the gap it leaves is counted without a pause. One that is stopped and in no group
 * any more may stay so for ever: it takes nothing from a group, and holds up none.
 */
export async function withoutGone(
  leases: readonly Lease[],
  groups: readonly Group[],
  instances: Instances,
): Promise<readonly Lease[]> {
  if (leases.length === 0) return leases;
  const members = groups.flatMap((group) => group.members);
  const serving = new Set(members.filter(isInService).map((one) => one.instanceId));
  const grouped = new Set(members.map((one) => one.instanceId));
  const found = await instances.describe([...new Set(leases.map(({ instanceId }) => instanceId))]);
  const isGone = (id: string) => {
    const state = found.get(id)?.state ?? 'terminated';
    return (state === 'terminated' && !serving.has(id)) || (state === 'stopped' && !grouped.has(id));
  };
  return leases.filter(({ instanceId }) => !isGone(instanceId));
}

/** Tells which leases are over although nobody released them. Asks about each only once. `at`: now; ISO 8601. */
export function staleness(executions: Executions, nodes: Nodes, at: string): StaleLeases {
  const answers = new Map<string, Promise<boolean>>();
  const isOver = (lease: Lease, groups: readonly Group[]) => {
    const key = `${lease.instanceId} ${lease.execution}`;
    const answer = answers.get(key) ?? leaseIsOver(lease, groups, executions, nodes, at);
    answers.set(key, answer);
    return answer;
  };
  const without: StaleLeases['without'] = async (leases, groups) => {
    const asked = leases.toSorted((a, b) => (a.takenAt < b.takenAt ? -1 : 1)).slice(0, ASKED_AT_ONCE);
    const over = await Promise.all(asked.map((lease) => isOver(lease, groups)));
    const stale = new Set(asked.filter((_, index) => over[index]));
    return leases.filter((lease) => !stale.has(lease));
  };
  return {
    without,
    async withoutPutBack(leases, { instanceId, nodeName }, groups) {
      const own = leases.filter((lease) => lease.instanceId === instanceId);
      if (own.length === 0) return { leases, isOut: false };
      const kept = await without(own, groups);
      const names = [nodeName, ...kept.map((lease) => lease.nodeName)].filter((name) => name !== '');
      const isOut = kept.length > 0 && (await servesNobody(names[0], nodes));
      return { leases: leases.filter((lease) => lease.instanceId !== instanceId || kept.includes(lease)), isOut };
    },
  };
}

/** See {@link staleness}. */
export interface StaleLeases {
  /** Those that may still be needed: what cannot be asked may, and what has raised a group's capacity is until that is lowered. */
  without(leases: readonly Lease[], groups: readonly Group[]): Promise<readonly Lease[]>;
  /**
   * Without those on this instance that are over, since somebody put its node back by hand, say. And whether others' leases on it tell the
   * truth: its Node is cordoned, not ready or gone. Asks nobody where the instance has no lease.
   */
  withoutPutBack(
    leases: readonly Lease[],
    instance: Pick<Lease, 'instanceId' | 'nodeName'>,
    groups: readonly Group[],
  ): Promise<{ readonly leases: readonly Lease[]; readonly isOut: boolean }>;
}

/** The execution is closed, and the node serves again, rests in a warm pool, or its instance is kept for somebody to look at. Unknown is unsafe: false. */
async function leaseIsOver(
  lease: Lease,
  groups: readonly Group[],
  executions: Executions,
  nodes: Nodes,
  at: string,
): Promise<boolean> {
  try {
    const execution = await executions.describe(lease.execution);
    if (isOpen(execution) || (!execution && Date.parse(at) - Date.parse(lease.takenAt) < UNBORN_MS)) return false;
    // A raised capacity is noted nowhere else: the sweep that lowers it gives the place back. What succeeded has lowered it.
    if (lease.surge !== undefined && execution?.status !== 'SUCCEEDED') return false;
    if (isRetained(lease, groups)) return true;
    return (await servesAgain(lease.nodeName, executions, nodes)) || (await restsInPool(lease, groups, nodes));
  } catch {
    return false;
  }
}

/** Unknown is unsafe: false. */
async function servesNobody(nodeName: string | undefined, nodes: Nodes): Promise<boolean> {
  if (nodeName === undefined) return false;
  try {
    const node = await nodes.get(nodeName);
    return node?.ready !== 'True' || node.unschedulable;
  } catch {
    return false;
  }
}

async function servesAgain(nodeName: string, executions: Executions, nodes: Nodes): Promise<boolean> {
  const node = nodeName === '' ? undefined : await nodes.get(nodeName);
  if (node?.ready !== 'True' || node.unschedulable) return false;
  const owner = node.annotations[ownerAnnotation];
  return owner === undefined || !isOpen(await executions.describe(owner));
}

/** A warm pool is no part of what a group has in service. */
async function restsInPool({ instanceId, nodeName }: Lease, groups: readonly Group[], nodes: Nodes): Promise<boolean> {
  const isMember = groups.some(({ members }) => members.some((one) => one.instanceId === instanceId));
  if (isMember || nodeName === '') return false;
  const node = await nodes.get(nodeName);
  return (node?.annotations[marksAnnotation] ?? '').split(',').includes('warm-pool');
}

function isRetained({ instanceId }: Lease, groups: readonly Group[]): boolean {
  const members = groups.flatMap((group) => group.members);
  return members.some((one) => one.instanceId === instanceId && one.lifecycleState === 'Terminating:Retained');
}

function isOpen(execution: { readonly status: string } | undefined): boolean {
  return execution?.status === 'RUNNING' || execution?.status === 'PENDING_REDRIVE';
}
