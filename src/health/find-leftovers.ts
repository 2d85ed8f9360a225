import type { ObservedGroup, ObservedInstance, ObservedNode, Seen } from './observations.ts';
import type { HealthWorkflows, KnownExecution, KnownLease } from './ports.ts';
import { seenOr } from './seen.ts';

/** A sweep that is to be started for an execution that is dead and left something. */
export interface Sweep {
  readonly workflow: 'sweep' | 'sweep-retire';
  /** Of the dead execution and the hour, so that it is tried again, and not each minute. */
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Traces of work, each with the execution that made it. */
export interface Traces {
  readonly cluster: string;
  readonly leases: readonly KnownLease[];
  readonly claims: readonly {
    readonly instanceId: string;
    readonly owner: string;
    readonly offered?: boolean | undefined;
  }[];
  readonly nodes: Seen<readonly ObservedNode[]>;
  readonly instances: Seen<readonly ObservedInstance[]>;
  readonly groups: Seen<readonly ObservedGroup[]>;
}

/** The sweep that its end starts has so long; only then is it looked whether it came. */
export const SWEPT_WITHIN_MS = 10 * 60_000;
/** In one pass; the next one asks about others. There are few at a time, unless somebody stopped hundreds of executions. */
const MOST = 20;
/** Whose end leaves nothing that was not meant to stay. */
const DEAD = /^(FAILED|TIMED_OUT|ABORTED)$/;

/**
 * What dead executions left, although their end should have started a sweep: events get lost, and sweeps fail (S44). An execution that succeeded may have left
 * a node cordoned on purpose; one that nobody knows any more is left to people. Not so the marks of a repair or an update: those that succeed take them off, and a restored etcd brings
 * them back. What left the note of a stopped instance on purpose is swept once that is Ready again,
 * or gone. So is what a drain left on a node that somebody has uncordoned since: whoever does that wants it to serve, and it is still out of its load balancers; and a claim that
 * was offered and that nobody took. A node that went into a warm pool keeps its marks until its instance is in service again.
 */
export async function findLeftovers(
  { cluster, leases, claims, nodes, instances, groups }: Traces,
  workflows: Pick<HealthWorkflows, 'describe'>,
  now: Date,
): Promise<readonly Sweep[]> {
  const { isGone, runs } = statesOf(instances);
  const offers = claims.filter(({ offered }) => offered);
  const all = seenOr(nodes, []);
  const inService = membersInService(groups);
  // What an instance that is off is to be put back behind stays noted until it is on again, or gone.
  const waiting = new Set(offers.flatMap(({ instanceId: id }) => (runs(id) || isGone(id) ? [] : [id])));
  const traces = [
    ...leases.map(({ instanceId, execution }) => ({ instanceId, owner: execution })),
    ...claims,
    ...all.flatMap((node) => (node.pooled && !inService(node) ? [] : traceOf(node))),
  ].filter(({ instanceId, owner }) => !waiting.has(instanceId) && (sweepOf(owner) !== undefined || isSweep(owner)));
  const byOwner = new Map(traces.map((trace) => [trace.owner, trace]));
  const asked = windowOf(
    [...byOwner.values()].toSorted((a, b) => (a.owner < b.owner ? -1 : 1)),
    now,
  );
  const ready = new Set(all.flatMap((node) => (isReady(node) ? [node.instanceId] : [])));
  // A Node may say Ready for as long as nobody has noticed that its instance is off.
  const settled = claims.filter(({ instanceId: id }) => (ready.has(id) && runs(id)) || isGone(id));
  const settledOwners = new Set(settled.map(({ owner }) => owner));
  const uncordoned = all.filter((one) => !one.unschedulable && isReady(one) && runs(one.instanceId));
  const unmarked = new Set(
    uncordoned.flatMap((one) => (one.owner === null && !one.joining && inService(one) ? [one.instanceId] : [])),
  );
  const outgrown = claims.filter(({ instanceId }) => unmarked.has(instanceId));
  const unwanted = new Set([...uncordoned, ...offers, ...outgrown].map(({ owner }) => owner));
  const back = new Set(all.flatMap((node) => (node.pooled && inService(node) ? [node.owner] : [])));
  const marked = new Set(all.flatMap((node) => (isTakenElsewhere(node, claims) ? [] : [node.owner])));
  const sweeps = await Promise.all(
    asked.map((trace) =>
      sweepFor(trace, workflows, now, {
        isSettled: settledOwners.has(trace.owner),
        isUnwanted: unwanted.has(trace.owner),
        isBack: back.has(trace.owner),
        isMarked: marked.has(trace.owner),
        cluster,
      }),
    ),
  );
  return sweeps.flatMap((sweep) => sweep ?? []);
}

/** Why an execution may be swept although it did not die. */
interface Reasons {
  /** The instance that it left stopped is back, or gone. */
  readonly isSettled: boolean;
  /** Nobody wants what it has left on purpose. */
  readonly isUnwanted: boolean;
  /** Its node has come back from a warm pool, and is in service without having passed a join gate. */
  readonly isBack: boolean;
  /** A Node carries its marks, and no other execution has the instance. */
  readonly isMarked: boolean;
  readonly cluster: string;
}

/** The next ones with each minute, so that those that run for long hide nobody. */
function windowOf<T>(all: readonly T[], now: Date): readonly T[] {
  const from = all.length === 0 ? 0 : (Math.floor(now.getTime() / 60_000) * MOST) % all.length;
  return [...all.slice(from), ...all.slice(0, from)].slice(0, MOST);
}

function traceOf({ instanceId, owner }: ObservedNode): readonly { instanceId: string; owner: string }[] {
  return owner === null || instanceId === '' ? [] : [{ instanceId, owner }];
}

async function sweepFor(
  { instanceId, owner }: { readonly instanceId: string; readonly owner: string },
  workflows: Pick<HealthWorkflows, 'describe'>,
  now: Date,
  reasons: Reasons,
): Promise<Sweep | undefined> {
  const execution = await workflows.describe(owner);
  const isRunning = execution?.status === 'RUNNING' || execution?.status === 'PENDING_REDRIVE';
  const takesItsMarksOff = reasons.isMarked && /-node-(repair|update)$/.test(machineOf(owner));
  // However long it was there: nobody else takes the marks off.
  if ((reasons.isBack && !isRunning) || (takesItsMarksOff && !execution))
    return sweepNamed('sweep-retire', now, { cluster: reasons.cluster, instanceId, owner });
  if (!execution) return undefined;
  // Without its signal: that would start another retirement.
  const putBack = sweepNamed('sweep-retire', now, { cluster: execution.input.cluster, instanceId, owner });
  if (reasons.isSettled && leftForItsReturn(execution)) return putBack;
  const isFresh = now.getTime() - Date.parse(execution.endedAt) < SWEPT_WITHIN_MS;
  const isDone = execution.status === 'SUCCEEDED' && sweepOf(owner) === 'sweep-retire';
  if ((reasons.isUnwanted || takesItsMarksOff) && isDone && !isFresh && !leftForItsReturn(execution)) return putBack;
  if (!DEAD.test(execution.status) || isFresh) return undefined;
  if (isSweep(owner)) {
    const swept = sweptBy(execution.input);
    // What was swept after a success is swept again: it was wanted by nobody then.
    return sweepOf(swept)
      ? sweepFor({ instanceId, owner: swept }, workflows, now, { ...reasons, isUnwanted: true })
      : undefined;
  }
  const workflow = sweepOf(owner);
  if (!workflow) return undefined;
  return sweepNamed(workflow, now, { ...execution.input, instanceId, owner });
}

function sweepNamed(
  workflow: Sweep['workflow'],
  now: Date,
  input: Readonly<Record<string, unknown>> & { readonly owner: string },
): Sweep {
  const hour = now.toISOString().slice(0, 13).replace(/\D/g, '');
  const ofIt = input.owner.split(':').at(-1) ?? '';
  return { workflow, name: `left-${ofIt.slice(-60)}-${hour}`, input };
}

/** A stopped instance is behind no load balancer, and its retirement leaves a note of where it was: whoever starts it wants it back there. */
function leftForItsReturn({ status, input }: KnownExecution): boolean {
  return status === 'SUCCEEDED' && input.signal === 'instance-stopped';
}

/** Nobody is gone and nobody runs, where instances cannot be seen. */
function statesOf(instances: Traces['instances']): Record<'isGone' | 'runs', (instanceId: string) => boolean> {
  const all = seenOr(instances, null);
  const states = new Map(all?.map(({ instanceId, state }) => [instanceId, state]));
  return {
    isGone: (instanceId) => all !== null && (states.get(instanceId) ?? 'terminated') === 'terminated',
    runs: (instanceId) => states.get(instanceId) === 'running',
  };
}

function membersInService(groups: Traces['groups']): (node: ObservedNode) => boolean {
  const members = seenOr(groups, []).flatMap((group) => group.members);
  const serving = new Set(members.flatMap((one) => (one.lifecycleState === 'InService' ? [one.instanceId] : [])));
  return ({ instanceId }) => serving.has(instanceId);
}

function isReady({ conditions }: ObservedNode): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Another than its marks name works on it, or has left something of its own. */
function isTakenElsewhere({ instanceId, owner }: ObservedNode, claims: Traces['claims']): boolean {
  return claims.some((one) => one.instanceId === instanceId && one.owner !== owner);
}

function sweepOf(execution: string): Sweep['workflow'] | undefined {
  const machine = machineOf(execution);
  if (machine.endsWith('-node-bootstrap')) return 'sweep';
  return /-node-(retire|drain|repair|update)$/.test(machine) ? 'sweep-retire' : undefined;
}

/** A sweep claims what it sweeps, and keeps it when it fails: then another one comes after whom that one came after. */
function isSweep(execution: string): boolean {
  return /-sweep(-retire)?$/.test(machineOf(execution));
}

function machineOf(execution: string): string {
  return execution.split(':').at(-2) ?? '';
}

/** The execution that a sweep came after, as an event or a person has named it; empty when neither has. */
function sweptBy({ owner, detail }: Readonly<Record<string, unknown>>): string {
  if (typeof owner === 'string') return owner;
  const dead = typeof detail === 'object' && detail !== null && 'executionArn' in detail ? detail.executionArn : '';
  return typeof dead === 'string' ? dead : '';
}
