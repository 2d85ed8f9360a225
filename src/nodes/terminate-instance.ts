import { InstanceDetached } from './errors.ts';
import { isLeaving } from './is-leaving.ts';
import type { Groups, Instances, Membership } from './ports.ts';
import type { AndonCord, ClaimHolders, RetiringGroups } from './retire-ports.ts';

export interface TerminateInstanceInput {
  readonly instanceId: string;
  /** The execution that has drained it, by its ARN. */
  readonly owner: string;
  /** Whether it goes by our choice, and could as well be left. */
  readonly voluntary: boolean;
  readonly shrink: boolean;
  /** Desired capacity does not shrink below this: somebody else may have asked for less since the replacement was launched, and would lose one more. */
  readonly atLeast: number;
}

export interface TerminateInstancePorts {
  readonly groups: Groups;
  readonly instances: Pick<Instances, 'describe'>;
  readonly retiring: RetiringGroups;
  readonly claims: ClaimHolders;
  readonly andon: AndonCord;
}

/** `stays`: it is not to go any more, and why. `leaving`: it is on its way out already, by somebody else's doing. */
export interface Termination {
  readonly outcome: 'terminating' | 'leaving' | 'stays';
  readonly why: string;
  readonly shrunk: boolean;
}

/**
 * Terminates a drained instance through its Auto Scaling group, so that its hooks run and a replacement comes. A drain takes long: only whoever has the claim
 * still terminates, and what goes by choice stays where somebody has taken it out of service, or has pulled the andon meanwhile. Can run again: an instance
 * that is on its way out is left to it.
 *
 * @throws InstanceDetached when it left its group meanwhile and stays: then it is somebody else's, and to serve again
 */
export async function terminateInstance(
  input: TerminateInstanceInput,
  ports: TerminateInstancePorts,
): Promise<Termination> {
  const { instanceId, shrink, atLeast } = input;
  const { groups, instances, retiring } = ports;
  const leaving = { outcome: 'leaving', why: '', shrunk: false } as const;
  const membership = (await groups.memberships([instanceId])).get(instanceId);
  if (!membership || /^Detach/.test(membership.lifecycleState)) {
    const state = (await instances.describe([instanceId])).get(instanceId)?.state ?? 'terminated';
    if (state === 'terminated' || state === 'shutting-down') return leaving;
    throw new InstanceDetached(instanceId, state);
  }
  if (isLeaving(membership) || membership.lifecycleState.includes('Terminated')) return leaving;
  const why = await whyItStays(input, membership, ports);
  if (why !== '') return { outcome: 'stays', why, shrunk: false };
  const shrinks = shrink && ((await retiring.desiredCapacity(membership.groupName)) ?? 0) > atLeast;
  const outcome = await retiring.terminate(instanceId, shrinks);
  return { outcome, why: '', shrunk: shrinks && outcome === 'terminating' };
}

/** Empty: it goes. */
async function whyItStays(
  { instanceId, owner, voluntary }: TerminateInstanceInput,
  { lifecycleState }: Membership,
  { claims, andon }: TerminateInstancePorts,
): Promise<string> {
  const holder = await claims.holder(instanceId, owner);
  if (holder !== 'owner')
    return `${holder === 'nobody' ? 'nobody' : 'another execution'} has its claim by now: this execution was taken for dead, and its node may serve again`;
  if (!voluntary) return '';
  if (lifecycleState !== 'InService') return `its lifecycle state is ${lifecycleState} by now, not InService`;
  const cord = await andon.read();
  return cord ? `the andon is on since ${cord.since} (${cord.by}): ${cord.reason}` : '';
}
