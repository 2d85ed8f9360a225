import type { ListedMember } from './ports.ts';
import type { RestoredNode } from './restore-ports.ts';

/** What makes the restored etcd larger by one. */
export type Growth =
  | { readonly kind: 'add'; readonly node: RestoredNode }
  | { readonly kind: 'join'; readonly node: RestoredNode; readonly memberId: string; readonly initialCluster: string }
  | { readonly kind: 'done' };

/**
 * One learner at a time: it joins and becomes a voter before the next one is added, so that no member that has nothing yet counts for the quorum.
 * Etcd itself takes no second learner.
 */
export function nextGrowth(nodes: readonly RestoredNode[], members: readonly ListedMember[]): Growth {
  const at = ({ peerUrl }: RestoredNode) => members.find(({ peerUrls }) => peerUrls.includes(peerUrl));
  for (const node of nodes) {
    const member = at(node);
    if (!member) return { kind: 'add', node };
    if (member.isLearner) {
      const listed = nodes.filter((one) => at(one) !== undefined);
      const initialCluster = listed.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
      return { kind: 'join', node, memberId: member.memberId, initialCluster };
    }
  }
  return { kind: 'done' };
}
