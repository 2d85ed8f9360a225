import type { PassServices } from './check-health.ts';
import { isDue, type UnattendedMember } from './hooks-unattended.ts';
import type { Memory } from './memory.ts';
import type { ObservedNode, Seen } from './observations.ts';
import type { HealthWorkflows, WatchedGroups } from './ports.ts';
import { inWords, seen, seenOr } from './seen.ts';
import { stampOf } from './time.ts';

/** A member whose hook, one of Tender's, has waited for so long that nobody will come by himself; and what is started for it. */
export interface NeglectedMember extends UnattendedMember {
  readonly workflow: 'node-bootstrap' | 'node-retire';
  /** Of the execution; from the instance and since when it waits, so that it is started once. */
  readonly execution: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Members that this pass has seen wait alone, and since when passes see that. */
interface Waiting {
  readonly unattended: readonly UnattendedMember[];
  readonly since: Memory['unattended'];
}

/**
 * Starts executions for hooks that nobody sees to, as somebody would by hand: their event was lost, or its execution could not be started (S44). Each once: one that was left to
 * expire by a policy would be no better for a second time. Trouble with it is none of the pass's: the next one looks again.
 */
export async function attendHooks(
  { workflows }: Pick<PassServices, 'workflows'>,
  neglected: Seen<readonly NeglectedMember[]>,
): Promise<{ readonly started: readonly string[]; readonly problems: readonly string[] }> {
  const started: string[] = [];
  const problems: string[] = [];
  try {
    if ('problem' in neglected)
      return { started, problems: [`a hook that waits is not seen to: ${neglected.problem}`] };
    for (const { workflow, execution, input } of await notStarted(neglected.value, workflows)) {
      await workflows.start(workflow, execution, input);
      started.push(execution);
    }
  } catch (error) {
    problems.push(`a hook that waits is not seen to: ${inWords(error)}`);
  }
  return { started, problems };
}

async function notStarted(
  neglected: readonly NeglectedMember[],
  workflows: Pick<HealthWorkflows, 'named'>,
): Promise<readonly NeglectedMember[]> {
  const known = await Promise.all(neglected.map(({ workflow, execution }) => workflows.named(workflow, execution)));
  return neglected.filter((_, index) => known[index] === undefined);
}

/**
 * Members that wait at a hook that can be Tender's, and on which no execution is at work without a claim either, as before a hook of the user's own is over. A Node that an execution has
 * marked was seen to, unless that one has succeeded before: what a dead one has left is a sweep's, or meant to expire (`retire.whenDrainFails`).
 */
export async function neglectedMembers(
  cluster: string,
  { unattended, since, nodes }: Waiting & { readonly nodes: Seen<readonly ObservedNode[]> },
  asked: { groups: Pick<WatchedGroups, 'hooksOfTender'>; workflows: Pick<HealthWorkflows, 'running' | 'describe'> },
  now: Date,
): Promise<Seen<readonly NeglectedMember[]>> {
  const due = unattended.flatMap((one) => {
    const from = since[one.instanceId]?.since;
    return from !== undefined && isDue(from, now) ? [withOrder(cluster, one, from)] : [];
  });
  const owners = new Map(
    seenOr(nodes, []).flatMap(({ owner, instanceId }) => (owner === null ? [] : [[instanceId, owner] as const])),
  );
  return seen(async () => {
    const [hooks, running, states] = await Promise.all([
      askEach(
        due.map(({ groupName }) => groupName),
        (name) => asked.groups.hooksOfTender(name),
      ),
      askEach(
        due.map(({ workflow }) => workflow),
        (name) => asked.workflows.running(name, cluster),
      ),
      askEach(
        due.flatMap(({ instanceId }) => owners.get(instanceId) ?? []),
        (owner) => asked.workflows.describe(owner),
      ),
    ]);
    const workedOn = new Set([...running.values()].flat().map(({ instanceId }) => instanceId));
    const isSeenTo = ({ instanceId }: NeglectedMember) => {
      const owner = owners.get(instanceId);
      return workedOn.has(instanceId) || (owner !== undefined && states.get(owner)?.status !== 'SUCCEEDED');
    };
    return due.filter((one) => hooks.get(one.groupName)?.has(transitionOf(one)) === true && !isSeenTo(one));
  });
}

function withOrder(cluster: string, one: UnattendedMember, from: string): NeglectedMember {
  const { instanceId } = one;
  const execution = `hook-${instanceId}-${stampOf(from)}`;
  if (transitionOf(one) === 'launching')
    return { ...one, workflow: 'node-bootstrap', execution, input: { cluster, instanceId } };
  const input = { cluster, instanceId, reason: 'its hook waited and nobody saw to it' };
  return { ...one, workflow: 'node-retire', execution, input };
}

function transitionOf({ lifecycleState }: UnattendedMember): 'launching' | 'terminating' {
  return lifecycleState.startsWith('Pending') ? 'launching' : 'terminating';
}

/** What each of these names is answered with, asked once. */
async function askEach<T>(
  names: readonly string[],
  ask: (name: string) => Promise<T>,
): Promise<ReadonlyMap<string, T>> {
  return new Map(await Promise.all([...new Set(names)].map(async (name) => [name, await ask(name)] as const)));
}
