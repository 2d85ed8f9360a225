import { InstanceNotVisible } from './errors.ts';
import { isAdmitted } from './next-join-step.ts';
import { planBootstrap } from './plan-bootstrap.ts';
import type { Groups, Instances, JoinPolicy, Node, Nodes } from './ports.ts';

/** What a bootstrap that died may have left on an instance. */
export interface Leftover {
  /** `gone`: nothing is left on EC2; token and parameter may be. */
  readonly instance: 'gone' | 'there';
  readonly nodeName: string;
  readonly ipAddress: string;
  readonly role: string;
  readonly groupName: string;
  readonly hookName: string;
  /** Whether our launch hook still waits for an answer. */
  readonly hookWaits: boolean;
  /** Whether the join gate had let the node in: then nothing is to be undone, only the hook to be answered. */
  readonly admitted: boolean;
}

/**
 * Looks at what a stopped or timed-out bootstrap left (S44). Reads only.
 * An API server that does not answer counts as not admitted: its pods, if any, are looked at again before anything is abandoned.
 */
export async function inspectLeftover(
  { instanceId }: { instanceId: string },
  { instances, groups, nodes }: { instances: Instances; groups: Groups; nodes: Nodes },
  policy: JoinPolicy,
  now: Date,
): Promise<Leftover> {
  try {
    const plan = await planBootstrap({ instanceId, startedAt: now.toISOString() }, { instances, groups }, policy, now);
    const node = await readNode(nodes, plan.nodeName);
    return {
      instance: 'there',
      nodeName: plan.nodeName,
      ipAddress: plan.ipAddress,
      role: plan.role,
      groupName: plan.groupName,
      hookName: plan.hookName,
      hookWaits: plan.hasHook,
      admitted: node !== undefined && isAdmitted(node),
    };
  } catch (error) {
    if (!(error instanceof InstanceNotVisible) && !(await isTerminated(instances, instanceId))) throw error;
    return {
      instance: 'gone',
      nodeName: '',
      ipAddress: '',
      role: 'worker',
      groupName: '',
      hookName: '',
      hookWaits: false,
      admitted: false,
    };
  }
}

/** EC2 shows a terminated instance for an hour after its group let it go, and one that shuts down may have left it already. */
async function isTerminated(instances: Instances, instanceId: string): Promise<boolean> {
  const state = (await instances.describe([instanceId])).get(instanceId)?.state;
  return state === 'terminated' || state === 'shutting-down';
}

async function readNode(nodes: Nodes, name: string): Promise<Node | undefined> {
  try {
    return await nodes.get(name);
  } catch (error) {
    if (error instanceof Error && error.name === 'ClusterUnreachable') return undefined;
    throw error;
  }
}
