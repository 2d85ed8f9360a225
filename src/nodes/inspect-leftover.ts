import { InstanceNotManaged, InstanceNotVisible } from './errors.ts';
import { isAdmitted } from './next-join-step.ts';
import { isNodeOf } from './node-name.ts';
import { planBootstrap } from './plan-bootstrap.ts';
import type { Groups, Instances, JoinPolicy, Nodes } from './ports.ts';

/** What a bootstrap that died may have left on an instance. */
export interface Leftover {
  /** `gone`: there is no such instance, or it is not ours any more; token and parameter may be left. */
  readonly instance: 'gone' | 'there';
  readonly nodeName: string;
  readonly ipAddress: string;
  readonly role: string;
  readonly groupName: string;
  readonly hookName: string;
  /** Whether it is in service: then nothing but an offer is undone. */
  readonly inService: boolean;
  /** Whether our launch hook still waits for an answer. */
  readonly hookWaits: boolean;
  /** Whether it joins by its own means, so that being Ready and untainted says nothing about our gate. */
  readonly selfJoined: boolean;
  /** Whether the join gate had let the node in: then nothing is to be undone, only the hook to be answered. */
  readonly admitted: boolean;
}

const nothing = {
  nodeName: '',
  ipAddress: '',
  role: 'worker',
  groupName: '',
  hookName: '',
  inService: false,
  selfJoined: false,
  hookWaits: false,
  admitted: false,
} as const;

/**
 * Looks at what a stopped or timed-out bootstrap left (S44). Reads only.
 * Fails with what the API server fails with: what cannot be seen is not undone (the sweep tries again for a good while).
 */
export async function inspectLeftover(
  { instanceId }: { instanceId: string },
  { instances, groups, nodes }: { instances: Instances; groups: Groups; nodes: Nodes },
  policy: JoinPolicy,
  now: Date,
): Promise<Leftover> {
  const instance = (await instances.describe([instanceId])).get(instanceId);
  // EC2 shows a terminated instance for an hour after its group let it go.
  if (!instance || instance.state === 'terminated' || instance.state === 'shutting-down')
    return { instance: 'gone', ...nothing };
  try {
    const input = { instanceId, startedAt: now.toISOString(), hookExpected: true };
    const plan = await planBootstrap(input, { instances, groups }, policy, now);
    const node = await nodes.get(plan.nodeName);
    return {
      instance: 'there',
      nodeName: plan.nodeName,
      ipAddress: plan.ipAddress,
      role: plan.role,
      groupName: plan.groupName,
      hookName: plan.hookName,
      inService: plan.inService,
      selfJoined: plan.mode === 'self',
      hookWaits: plan.hasHook,
      admitted: node !== undefined && isNodeOf(node, instanceId) && isAdmitted(node),
    };
  } catch (error) {
    // Taken out of its group, or the group lost its tags: not ours any more, but the offer was.
    if (error instanceof InstanceNotManaged || error instanceof InstanceNotVisible)
      return { instance: 'gone', ...nothing };
    throw error;
  }
}
