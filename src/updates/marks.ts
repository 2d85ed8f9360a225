import type { Action } from './decision.ts';
import { isOutdated } from './outdated.ts';
import { isLeaving } from './sight.ts';
import type { Turn } from './turn.ts';

/** So many Nodes are written in a turn; the next does the rest. */
const PER_TURN = 50;

/**
 * How Nodes are to be marked: what is outdated, once it is known what is good (S12), and that cluster-autoscaler leaves the group alone meanwhile (S33). A canary is not proven: while it
 * bakes nothing leads pods to it.
 */
export function marksOf({ record, sight, group }: Turn): readonly Action[] {
  if (sight.nodes === 'unknown') return [];
  const members = new Map(group.members.map((member) => [member.instanceId, member]));
  const proven = record.way === 'image' && (record.phase === 'waves' || record.phase === 'roll-back');
  return sight.nodes
    .flatMap((node): Action[] => {
      const member = members.get(node.instanceId);
      if (!member || isLeaving(member)) return [];
      const outdated = proven && isOutdated(record, sight, member);
      const held = sight.autoscaler && (!node.held || node.heldByUs);
      return node.outdated === outdated && node.heldByUs === held
        ? []
        : [{ kind: 'mark', nodeName: node.name, outdated, held }];
    })
    .slice(0, PER_TURN);
}
