import { eventStands } from './membership-of.ts';
import { defaultTerminateHook, terminateHookTag } from './names.ts';
import type { PlanRetireInput } from './plan-retire.ts';
import type { LifecycleHook, Membership } from './ports.ts';
import type { NodeInstances, RetiringGroup } from './retire-ports.ts';

/** Where an instance stands, and the hooks of its group. */
interface Place {
  readonly membership: Membership | undefined;
  readonly group: RetiringGroup | undefined;
}

/**
 * Our terminate hook, if it waits. An event can be faster than what Auto Scaling shows: with a young one in hand the instance is on its way there. An old one
 * proves nothing: its hook was answered or has ended, and the instance may serve again, as one does that came back from the warm pool. In the pool it serves
 * nobody, and is emptied however late the event comes.
 */
export async function waitingHook(
  input: PlanRetireInput,
  { membership, group }: Place,
  nodes: NodeInstances,
  now: Date,
): Promise<LifecycleHook | undefined> {
  const { signal, hookSince } = input;
  const name = group?.tags[terminateHookTag] ?? defaultTerminateHook;
  const hook = group?.hooks.find((one) => one.name === name && one.transition === 'terminating');
  const state = membership?.lifecycleState ?? '';
  const isTold = signal === 'terminate-hook' && state !== '' && !/Proceed$|Retained$/.test(state);
  const fromEvent = isTold && (eventStands(hookSince, now) || state.startsWith('Warmed:'));
  const returns = await returnsToPool(input, membership, nodes);
  return hook && (state.endsWith('Terminating:Wait') || returns || fromEvent) ? hook : undefined;
}

/**
 * Whether it waits at its terminate hook on its way back into the warm pool. The state is that of one that waits at its launch hook to be warmed (user guide, "Warm pool example
 * events"): only one that has served has a Node.
 */
async function returnsToPool(
  { instanceId, signal, wasRetired = false }: PlanRetireInput,
  membership: Membership | undefined,
  nodes: NodeInstances,
): Promise<boolean> {
  if (membership?.lifecycleState !== 'Warmed:Pending:Wait') return false;
  return wasRetired || signal === 'terminate-hook' || typeof (await nodes.ofInstance(instanceId)) === 'object';
}
