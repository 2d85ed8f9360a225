import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { removeMember } from '../../src/etcd/remove-member.ts';
import { task } from '../../src/runtime/task.ts';
import { TimeOrNothing } from '../../src/schema/time-or-nothing.ts';
import { etcdMembership, thenDoorsClosed } from '../../src/wiring/etcd-membership.ts';

/** Takes a member off etcd's list, if that harms nobody. */
export const handler = task({
  input: z
    .strictObject({
      cluster: ClusterName,
      memberId: z
        .string()
        .check(z.regex(/^[0-9a-f]{0,16}$/, 'must be a member’s id as etcdctl shows it, as in 8e9e05c52164694d')),
      instanceId: z
        .string()
        .check(z.regex(/^(i-[0-9a-f]{8,17})?$/, 'must be an instance id, as in i-0123456789abcdef0')),
      ipAddress: z.string(),
      unwellSince: TimeOrNothing,
      unwellMember: z.optional(z.string()),
      plan: z.boolean(),
    })
    .check(z.refine(({ instanceId, memberId }) => instanceId + memberId !== '', 'needs memberId or instanceId')),
  output: z.object({
    outcome: z.enum(['removed', 'absent', 'wait', 'unwell', 'refused', 'planned']),
    why: z.string(),
    memberId: z.string(),
    peerUrls: z.readonly(z.array(z.string())),
    voters: z.number(),
    unwellSince: z.string(),
  }),
  services: ({ cluster }) => etcdMembership(cluster, process.env),
  run: ({ cluster: _cluster, ...order }, { doors, directory }, { now }) =>
    thenDoorsClosed(doors, () => removeMember(order, doors.members, directory, doors.open, now())),
});
