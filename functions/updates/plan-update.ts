import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { task } from '../../src/runtime/task.ts';
import { gatherFacts } from '../../src/updates/gather-facts.ts';
import { planUpdate } from '../../src/updates/plan-update.ts';
import { updateOf } from '../../src/wiring/update-of.ts';

const Launches = z.object({ launchTemplateId: z.string(), version: z.string(), imageId: z.string() });

/** Says what updating a group would do, and whether it may. Changes nothing. */
export const handler = task({
  input: z.strictObject({
    cluster: ClusterName,
    groupName: z.string().check(z.minLength(1, 'names the Auto Scaling group')),
    version: z
      .string()
      .check(
        z.regex(
          /^(\d+([.]\d+[\w.-]*)?)?$/,
          'must be a version of the launch template, as in "8", or a release of EKS, as in "1.34.1-20260210"',
        ),
      ),
    olderThanDays: z.int().check(z.gte(0), z.lte(3650)),
    resume: z.boolean(),
    rollBack: z.boolean(),
    now: z.boolean(),
  }),
  output: z.object({
    verdict: z.enum(['update', 'nothing', 'refuse']),
    why: z.string(),
    way: z.enum(['image', 'in-place', 'managed']),
    target: Launches,
    previous: Launches,
    followed: z.string(),
    launchedBefore: z.string(),
    managed: z.nullable(z.object({ clusterName: z.string(), nodeGroup: z.string() })),
    nodes: z.readonly(z.array(z.object({ instanceId: z.string(), nodeName: z.string(), zone: z.string() }))),
    waveSize: z.number(),
    surges: z.boolean(),
    expectedMinutes: z.number(),
    expectedDollars: z.number(),
    window: z.object({ open: z.boolean(), until: z.string(), next: z.string(), why: z.string() }),
  }),
  services: ({ cluster }, { now }) => updateOf(cluster, process.env, now),
  run: async (wish, of, { now, execution = 'none' }) => {
    const services = of(wish.groupName);
    return planUpdate(wish, await gatherFacts(wish, execution, services, now()), services.rules, now());
  },
});
