import type { Membership } from './ports.ts';

/** Whether Auto Scaling is taking an instance away. One that is retained after its hook was abandoned stays until somebody terminates it. */
export function isLeaving(membership: Pick<Membership, 'lifecycleState'> | undefined): boolean {
  return membership !== undefined && /Terminating(?!:Retained)/.test(membership.lifecycleState);
}

/** Whether its warm pool lets an instance go for good. */
export function leavesPool(membership: Pick<Membership, 'lifecycleState'> | undefined): boolean {
  return membership?.lifecycleState.startsWith('Warmed:Terminating') === true;
}
