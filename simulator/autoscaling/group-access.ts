import type { Access } from '../cloud/service.ts';
import { resourceTagContext } from '../cloud/tag-context.ts';
import type { Groups } from './groups.ts';

/**
 * What a call on one group must be allowed: the action on the group's ARN, with the group's tags as conditions
 * (Service Authorization Reference, Amazon EC2 Auto Scaling).
 */
export function groupAccess(
  groups: Groups,
  action: string,
  groupName: string | undefined,
  more: Access['context'] = {},
): Access[] {
  const tags = new Map([...(groups.all.get(groupName ?? '')?.tags ?? [])].map(([key, tag]) => [key, tag.value]));
  return [
    {
      action: `autoscaling:${action}`,
      resource: groups.arnOf(groupName),
      context: { ...resourceTagContext('autoscaling', tags), ...more },
    },
  ];
}
