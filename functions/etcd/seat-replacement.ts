import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { seatReplacement } from '../../src/etcd/seat-replacement.ts';
import { task } from '../../src/runtime/task.ts';
import { etcdMembership, thenDoorsClosed } from '../../src/wiring/etcd-membership.ts';

/** One step towards a voter where a member has left: a look, an added learner, or its promotion. */
export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    voters: z.int().check(z.gte(0)),
    peerUrls: z.readonly(z.array(z.string())),
  }),
  output: z.object({ outcome: z.enum(['seated', 'acted', 'wait']), what: z.string() }),
  services: ({ cluster }) => etcdMembership(cluster, process.env),
  run: ({ voters, peerUrls }, { doors, directory }) =>
    thenDoorsClosed(doors, () => seatReplacement({ voters, peerUrls }, doors.members, directory, doors.open)),
});
