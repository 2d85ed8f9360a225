import type { ManagedFacts } from './plan-update.ts';
import type { NodeGroup } from './sight.ts';
import type { Launches } from './update-record.ts';

/** Why EKS is not asked to roll a managed node group; undefined: it may be. */
export function refusalOfManaged(
  { name, group }: ManagedFacts,
  target: Launches,
  olderThanDays: number,
): string | undefined {
  const { clusterName, nodeGroup } = name;
  if (olderThanDays > 0)
    return `EKS replaces no nodes for their age: name another release or version for node group ${nodeGroup}, and not olderThanDays`;
  if (!group) return `EKS has no node group ${nodeGroup} in cluster ${clusterName}, or nobody may look at it`;
  if (group.status !== 'ACTIVE') return `EKS says that node group ${nodeGroup} is ${group.status}`;
  if (target.version === '')
    return 'nobody can say to which release: name one as its version, or have the watch find it (docs/updates.md)';
  if (group.template !== null && target.launchTemplateId === '')
    return 'its image is its own: it is updated to a version of its launch template';
  return undefined;
}

/** What a managed node group runs: a release, or with an image of its own a version of its launch template. */
export function launchesOfManaged({ template, release }: NodeGroup): Launches {
  return template
    ? { launchTemplateId: template.id, version: template.version, imageId: '' }
    : { launchTemplateId: '', version: release, imageId: '' };
}

/** How many nodes EKS replaces at a time. Of a percentage it takes the whole number above. */
export function shareOfManaged({ maxUnavailable }: NodeGroup, size: number): number {
  if (typeof maxUnavailable === 'number') return Math.max(1, maxUnavailable);
  return Math.max(1, Math.ceil((size * Number.parseInt(maxUnavailable, 10)) / 100));
}
