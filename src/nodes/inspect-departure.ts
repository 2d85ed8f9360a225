import { InstanceNotManaged } from './errors.ts';
import { type PlanRetirePorts, planRetire } from './plan-retire.ts';
import type { Quorum, RetirePolicy } from './retire-ports.ts';

/** What a retirement that died may have left of an instance. */
export interface Departure {
  /** `gone`: there is no such instance, or it is not ours any more. */
  readonly instance: 'gone' | 'there';
  /** Whether it goes in any case, so that nothing on its node is to be undone. */
  readonly leaves: boolean;
  /** Whether it is in its group's warm pool, or on its way there: it is put back behind no load balancer. */
  readonly pooled: boolean;
  /** Whether its kubelet runs on there, so that its Node stays as it is until it is back. */
  readonly nodeStays: boolean;
  /** Whether our terminate hook still waits for an answer. */
  readonly hookWaits: boolean;
  /** Whether the policy leaves a hook to its default result when a drain has failed. */
  readonly mayExpire: boolean;
  readonly nodeName: string;
  readonly groupName: string;
  readonly hookName: string;
}

/** Looks at what a stopped or timed-out retirement left (S44). Reads only. */
export async function inspectDeparture(
  { instanceId }: { instanceId: string },
  ports: Omit<PlanRetirePorts, 'quorum' | 'andon'>,
  policy: RetirePolicy,
  now: Date,
): Promise<Departure> {
  const input = { instanceId, nodeName: '', signal: 'manual', startedAt: now.toISOString(), wasRetired: true } as const;
  try {
    // What it decides is not asked here, only where the instance stands: etcd is left in peace.
    const quorum: Quorum = { without: async () => ({ quorum: 'unknown', why: '' }) };
    const unasked = { quorum, andon: { read: async () => null } };
    const plan = await planRetire({ ...input, deadline: '', hookSince: '' }, { ...ports, ...unasked }, policy, now);
    const known = (await ports.instances.describe([instanceId])).get(instanceId);
    const gone = !known || known.state === 'terminated' || known.state === 'shutting-down';
    return {
      instance: gone ? 'gone' : 'there',
      leaves: plan.leaves,
      pooled: plan.pooled,
      nodeStays: plan.nodeStays,
      hookWaits: plan.hasHook,
      mayExpire: plan.whenDrainFails === 'expire',
      nodeName: plan.nodeName,
      groupName: plan.groupName,
      hookName: plan.hookName,
    };
  } catch (error) {
    // Taken out of its group, or the group lost its tags: our marks are on the node all the same.
    if (!(error instanceof InstanceNotManaged)) throw error;
    const names = { nodeName: '', groupName: '', hookName: '' };
    const nothing = { leaves: false, pooled: false, nodeStays: false, hookWaits: false, mayExpire: false };
    return { instance: 'there', ...nothing, ...names };
  }
}
