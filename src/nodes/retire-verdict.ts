import { isLeaving, leavesPool } from './is-leaving.ts';
import type { RetireFacts, RetirePlan } from './plan-retire.ts';
import type { RetirePolicy, RetireSignal } from './retire-ports.ts';

/** Whoever puts these on groups and instances retires their nodes himself (S45; docs/scope.md). */
const otherOwners = [
  { tag: 'eks:nodegroup-name', on: 'group', who: 'an EKS managed node group' },
  { tag: 'karpenter.sh/nodepool', on: 'instance', who: 'Karpenter' },
] as const;

type Verdict = Pick<RetirePlan, 'verdict' | 'why' | 'voluntary' | 'passes'>;

/** What is decided by the signal alone: these do not ask whether Tender would like to. */
export const unavoidable: readonly RetireSignal[] = [
  'terminate-hook',
  'spot-interruption',
  'instance-stopped',
  'instance-terminated',
];

/**
 * Whether a node is to be emptied, and whether that is ours to choose (S4, S8, S19, S45). What goes anyway is emptied as well as can be; what Tender
 * could leave is refused where it would do harm: unknown is unsafe.
 */
export function retireVerdict(
  signal: RetireSignal,
  facts: RetireFacts,
  { retire }: RetirePolicy,
  hookWaits: boolean,
): Verdict {
  const { membership, role } = facts;
  const state = membership?.lifecycleState ?? '';
  const voluntary = !unavoidable.includes(signal) && !hookWaits && !isLeaving(membership);
  const decided = (verdict: Verdict['verdict'], why: string): Verdict => ({ verdict, why, voluntary, passes: false });
  if (signal === 'rebalance-recommendation' && retire.rebalance === 'ignore')
    return decided('ignore', 'retire.rebalance of the registry entry is ignore');
  if (signal === 'scheduled-maintenance' && retire.maintenance === 'ignore')
    return decided('ignore', 'retire.maintenance of the registry entry is ignore');
  if (role === 'etcd')
    return voluntary
      ? decided('refuse', 'etcd members become no nodes')
      : decided('aside', 'it is an etcd member, no node');
  if (state.startsWith('Warmed:') && signal !== 'terminate-hook' && !hookWaits)
    return decided('aside', `it is in the warm pool (${state})`);
  if (leavesPool(membership) && !facts.hasNode)
    return decided('aside', 'it leaves the warm pool, and was no node there');
  if (signal === 'instance-stopped' && !hookWaits && isUp(facts))
    return decided('aside', 'its instance was stopped, and is up again');
  const goes = hookWaits || isLeaving(membership);
  if (signal === 'terminate-hook' && !goes && facts.hookIsOld && (membership !== undefined || isUp(facts)))
    return decided(
      'aside',
      `its hook is over: ${state === '' ? 'it is up, in no Auto Scaling group' : `it is ${state}`}`,
    );
  if (signal === 'instance-terminated' && !goes && isUp(facts))
    return decided('aside', `its instance is ${facts.instance?.state}, not terminated`);
  if (!voluntary && !goes && facts.isDoubted)
    return decided('aside', 'EC2 does not know the instance, and its Node is Ready: it is not taken for gone');
  if (facts.nodeIsGone && !hookWaits) return decided('aside', 'its instance and its Node are gone');
  const refusal = voluntary ? whyNot(facts) : undefined;
  if (refusal !== undefined) return decided('refuse', refusal);
  const hindrance = voluntary ? whyNotNow(facts) : undefined;
  if (hindrance !== undefined) return { ...decided('refuse', hindrance), passes: true };
  if (signal === 'rebalance-recommendation' && retire.rebalance === 'cordon' && voluntary)
    return decided('cordon', 'retire.rebalance of the registry entry is cordon');
  return decided('drain', '');
}

function isUp({ instance }: RetireFacts): boolean {
  return instance?.state === 'pending' || instance?.state === 'running';
}

/** What ends by itself, or is mended by people, while maintenance is still to come. */
function whyNotNow({ group }: RetireFacts): string | undefined {
  if (group?.instanceRefreshes === 'unknown')
    return `nobody can say whether an instance refresh of group ${group.name} is at work`;
  if (group && group.instanceRefreshes > 0) return `an instance refresh of group ${group.name} is at work`;
  return undefined;
}

function whyNot({ membership, group, instanceTags, instance, quorum, role }: RetireFacts): string | undefined {
  const other = otherOwners.find(({ tag, on }) => (on === 'group' ? group?.tags : instanceTags)?.[tag] !== undefined);
  if (other) return `${other.who} owns the node (${other.on} tag ${other.tag})`;
  if (!membership)
    return instance ? 'it is in no Auto Scaling group any more' : 'EC2 does not know the instance (any more)';
  if (membership.lifecycleState !== 'InService')
    return `its lifecycle state is ${membership.lifecycleState}, not InService`;
  if (quorum === 'not asked' || quorum.quorum === 'kept') return undefined;
  return quorum.quorum === 'lost'
    ? `etcd would lose its quorum without this ${role} instance: ${quorum.why}`
    : `it is a ${role} instance, and nobody can say whether etcd would keep its quorum without it: ${quorum.why}`;
}
