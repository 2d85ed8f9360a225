import type { PassServices } from './check-health.ts';
import { isDue, type UnattendedMember } from './hooks-unattended.ts';
import type { Memory } from './memory.ts';
import type { ObservedNode, Seen } from './observations.ts';
import type { HealthWorkflows, WatchedGroups } from './ports.ts';
import { inWords, seenOr } from './seen.ts';
import { stampOf } from './time.ts';

/** An execution that is to be started for a hook that nobody sees to. */
export interface Attendance {
  readonly workflow: 'node-bootstrap' | 'node-retire';
  /** Of the instance and since when it waits, so that it is started once. */
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Members that this pass has seen wait alone, and since when passes see that. */
interface Waiting {
  readonly unattended: readonly UnattendedMember[];
  readonly since: Memory['unattended'];
}

/**
 * Starts executions for hooks that nobody sees to. A Node that an execution has marked was seen to: what that one has left is a sweep's, or meant to expire
 * (`retire.whenDrainFails`). Trouble with it is none of the pass's: the next one looks again.
 */
export async function attendHooks(
  { workflows, sources, watched }: Pick<PassServices, 'workflows' | 'sources' | 'watched'>,
  { unattended, since, nodes }: Waiting & { readonly nodes: Seen<readonly ObservedNode[]> },
  now: Date,
): Promise<{ readonly started: readonly string[]; readonly problems: readonly string[] }> {
  const started: string[] = [];
  const problems: string[] = [];
  const asked = { groups: sources.groups, workflows };
  const owned = new Set(seenOr(nodes, []).flatMap((node) => (node.owner === null ? [] : [node.instanceId])));
  const untouched = { unattended: unattended.filter(({ instanceId }) => !owned.has(instanceId)), since };
  try {
    for (const { workflow, name, input } of await attendances(watched.name, untouched, asked, now)) {
      await workflows.start(workflow, name, input);
      started.push(name);
    }
  } catch (error) {
    problems.push(`a hook that waits is not seen to: ${inWords(error)}`);
  }
  return { started, problems };
}

/**
 * What is started for hooks that nobody sees to, as somebody would by hand: their event was lost, or its execution could not be started (S44). Only where the hook
 * that waits can be Tender's, and no execution is at work on the instance without a claim, as before a hook of the user's own is over. Each once: one that was left to
 * expire by a policy would be no better for a second time.
 *
 * @throws what asking for a group's hooks and for executions throws
 */
export async function attendances(
  cluster: string,
  { unattended, since }: Waiting,
  {
    groups,
    workflows,
  }: { groups: Pick<WatchedGroups, 'hooksOfTender'>; workflows: Pick<HealthWorkflows, 'running' | 'named'> },
  now: Date,
): Promise<readonly Attendance[]> {
  const due = unattended.flatMap((one) => {
    const from = since[one.instanceId]?.since;
    return from !== undefined && isDue(from, now) ? [{ ...one, from }] : [];
  });
  const orders = due.map(({ instanceId, groupName, lifecycleState, from }) => {
    const launches = lifecycleState.startsWith('Pending');
    const transition = launches ? ('launching' as const) : ('terminating' as const);
    const name = `hook-${instanceId}-${stampOf(from)}`;
    const order: Attendance = launches
      ? { workflow: 'node-bootstrap', name, input: { cluster, instanceId } }
      : {
          workflow: 'node-retire',
          name,
          input: { cluster, instanceId, reason: 'its hook waited and nobody saw to it' },
        };
    return { instanceId, groupName, transition, order };
  });
  const asked = (names: readonly string[]) => [...new Set(names)];
  const [hooks, running] = await Promise.all([
    Promise.all(
      asked(orders.map(({ groupName }) => groupName)).map(
        async (name) => [name, await groups.hooksOfTender(name)] as const,
      ),
    ),
    Promise.all(asked(orders.map(({ order }) => order.workflow)).map((one) => workflows.running(one, cluster))),
  ]);
  const ours = new Map(hooks);
  const workedOn = new Set(running.flat().map(({ instanceId }) => instanceId));
  const wanted = orders
    .filter((one) => ours.get(one.groupName)?.has(one.transition) === true && !workedOn.has(one.instanceId))
    .map(({ order }) => order);
  const known = await Promise.all(wanted.map(({ workflow, name }) => workflows.named(workflow, name)));
  return wanted.filter((_, index) => known[index] === undefined);
}
