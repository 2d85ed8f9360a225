import type { UpdatingMember } from './sight.ts';
import type { Turn } from './turn.ts';

/** The names of the nodes that this update brought; undefined: nobody can say now. */
export function nodesOfTarget({ record, sight, group }: Turn): ReadonlySet<string> | undefined {
  if (sight.nodes === 'unknown') return undefined;
  const brought = new Set(group.members.filter((one) => isOfTarget(record, one)).map(({ instanceId }) => instanceId));
  return new Set(sight.nodes.filter(({ instanceId }) => brought.has(instanceId)).map(({ name }) => name));
}

function isOfTarget(
  { way, target, moved }: Turn['record'],
  { instanceId, version, launchTemplateId }: UpdatingMember,
): boolean {
  if (way === 'in-place') return moved.some((one) => one.instanceId === instanceId);
  return version === target.version && launchTemplateId === target.launchTemplateId;
}
