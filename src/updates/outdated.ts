import { keptNode } from './left-out.ts';
import {
  isLeaving,
  readyInstances,
  type UpdateSight,
  type UpdatingGroup,
  type UpdatingMember,
  type UpdatingNode,
} from './sight.ts';
import { goalOf, type UpdateRecord } from './update-record.ts';

/** What an update is about. */
type What = Pick<UpdateRecord, 'way' | 'phase' | 'target' | 'previous' | 'launchedBefore' | 'moved'>;
type Seen = Pick<UpdateSight, 'nodes' | 'etcdLeader' | 'wanting'>;

/** Whether a member is still to be updated, and nobody keeps it from that; in a rollback, whether it runs what is taken back. */
export function isOutdated(record: What, sight: Seen, member: UpdatingMember): boolean {
  if (record.way === 'in-place') return wantsReboot(record, sight, member) && keptNode(sight, member) === undefined;
  const goal = goalOf(record);
  if (member.version !== goal.version || member.launchTemplateId !== goal.launchTemplateId) return true;
  if (record.launchedBefore === '' || record.phase === 'roll-back' || member.launchedAt === '') return false;
  return Date.parse(member.launchedAt) < Date.parse(record.launchedBefore);
}

/** What a machine said before it was rebooted is over. */
function wantsReboot({ moved }: What, { wanting }: Seen, { instanceId }: UpdatingMember): boolean {
  return wanting !== 'unknown' && wanting.includes(instanceId) && !moved.some((one) => one.instanceId === instanceId);
}

/** In place: nodes that are still to be updated and are left out, since a person keeps them drained. */
export function leftOutOf(record: What, sight: Seen, group: UpdatingGroup): readonly UpdatingNode[] {
  if (record.way !== 'in-place') return [];
  return group.members
    .filter((member) => !isLeaving(member) && wantsReboot(record, sight, member))
    .flatMap((member) => keptNode(sight, member) ?? []);
}

/** Members that are still to be updated and stay so far. */
export function outdatedOf(record: What, sight: Seen, group: UpdatingGroup): readonly UpdatingMember[] {
  return group.members.filter((member) => !isLeaving(member) && isOutdated(record, sight, member));
}

/**
 * Outdated members that can be moved, in the order in which they are: first those that are not well, the leader of etcd last, and zones in turn, so that no
 * zone loses all its nodes in one wave (S31).
 */
export function orderOfMoves(record: What, sight: Seen, group: UpdatingGroup): readonly UpdatingMember[] {
  const movable = outdatedOf(record, sight, group).filter(({ lifecycleState }) => lifecycleState === 'InService');
  const ready = readyInstances(sight);
  const turns = new Map<string, number>();
  const rank = (member: UpdatingMember) => {
    const turn = turns.get(member.zone) ?? 0;
    turns.set(member.zone, turn + 1);
    const isLeader = member.instanceId === sight.etcdLeader;
    return { member, keys: [isLeader ? 1 : 0, ready.has(member.instanceId) && member.healthy ? 1 : 0, turn] };
  };
  return movable
    .map(rank)
    .toSorted((a, b) => a.keys.map((key, index) => key - (b.keys[index] ?? 0)).find((one) => one !== 0) ?? 0)
    .map(({ member }) => member);
}
