import type { Membership, Role } from './ports.ts';
import type { RetiringGroup } from './retire-ports.ts';

/**
 * Whether the Node of an instance that goes into its group's warm pool, or is there, has to stay: where the pool keeps instances up, or wakes them, the kubelet
 * runs on, and it registers only when it starts. A control-plane node has left etcd by then, and is none any more.
 *
 * @param intoPool whether the event of its hook says that it goes there: an event can be faster than what Auto Scaling shows
 */
export function restsInPool(
  {
    membership,
    group,
    role,
  }: {
    readonly membership: Membership | undefined;
    readonly group: RetiringGroup | undefined;
    readonly role: Role;
  },
  intoPool: boolean,
): boolean {
  const isPooled = /^Warmed:(?!Terminating)/.test(membership?.lifecycleState ?? '');
  return (isPooled || intoPool) && role === 'worker' && group?.poolKeepsKubelets === true;
}
