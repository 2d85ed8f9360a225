import * as z from 'zod/mini';
import { LABEL_KEY } from './label-key.ts';
import { shareOfGroup } from './share-of-group.ts';

/** Two days: no lifecycle hook waits longer (docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks-overview.html). */
const LONGEST_DRAIN_SECONDS = 172_800;

const annotation = () =>
  z
    .string()
    .check(
      z.refine(
        (given) => LABEL_KEY.test(given.split('=', 1)[0] ?? ''),
        'must be the key of an annotation, or key=value',
      ),
    );

/** How a node is emptied. */
export const Drain = z.strictObject({
  timeoutSeconds: z
    ._default(z.int().check(z.gte(30), z.lte(LONGEST_DRAIN_SECONDS)), 900)
    .check(z.describe('How long pods are asked to leave. What ends sooner shortens it: a hook, a spot interruption.')),
  notReadyTimeoutSeconds: z
    ._default(z.int().check(z.gte(0), z.lte(LONGEST_DRAIN_SECONDS)), 30)
    .check(z.describe('The same for a node that is not ready, whose kubelet ends no pod. At most timeoutSeconds.')),
  graceCapSeconds: z
    ._default(z.int().check(z.gte(0), z.lte(86_400)), 900)
    .check(
      z.describe(
        'How much longer pods that are leaving are waited for when the time is up, and the longest grace period that others still get, with capped-grace and force-delete.',
      ),
    ),
  whenTimeIsUp: z
    ._default(z.enum(['give-up', 'capped-grace', 'force-delete']), 'give-up')
    .check(
      z.describe(
        'What to do with pods that have not begun to leave when the time is up: leave them and fail, delete them with at most graceCapSeconds, or the same and in the last minute without grace. The last two disregard PodDisruptionBudgets.',
      ),
    ),
  deleteEmptyDirData: z
    ._default(z.boolean(), true)
    .check(z.describe('Whether pods with emptyDir volumes are evicted, whose data is lost then.')),
  evictUnmanaged: z
    ._default(z.boolean(), true)
    .check(z.describe('Whether pods without a controller are evicted, which nothing creates anew.')),
  doNotDisruptAnnotations: z
    ._default(z.array(annotation()), [
      'tender.sh/do-not-disrupt',
      'karpenter.sh/do-not-disrupt',
      'cluster-autoscaler.kubernetes.io/safe-to-evict=false',
    ])
    .check(
      z.describe(
        'Annotations, key=value, or key for the value true, of pods that no voluntary drain may evict; it waits for them.',
      ),
    ),
  outOfServiceTaint: z
    ._default(z.boolean(), true)
    .check(
      z.describe(
        'Whether a node whose instance EC2 says is stopped or terminated gets the out-of-service taint, so that its volumes move.',
      ),
    ),
});

/** What is done on each signal that a node leaves. */
export const Retire = z.strictObject({
  whenDrainFails: z
    ._default(z.enum(['continue', 'abandon-and-retain', 'expire']), 'continue')
    .check(
      z.describe(
        'How a terminate hook is answered when the drain fails: terminate all the same, keep the instance (where its group has an instance retention policy), or not at all.',
      ),
    ),
  rebalance: z
    ._default(z.enum(['ignore', 'cordon', 'retire']), 'ignore')
    .check(z.describe('What to do on a rebalance recommendation.')),
  launchFirst: z
    ._default(z.boolean(), false)
    .check(
      z.describe(
        'Whether a replacement is launched and in service before a node is drained for a rebalance recommendation.',
      ),
    ),
  maintenance: z
    ._default(z.enum(['retire', 'ignore']), 'retire')
    .check(z.describe('What to do when AWS announces maintenance of an instance.')),
});

const budget = (fallback: number | string) => z._default(shareOfGroup(), fallback);

/** How many nodes may be out of service at a time. */
export const Disruptions = z.strictObject({
  perGroup: budget(1).check(
    z.describe(
      'How many nodes of one group may be disrupted at a time: a number, or a percentage of its desired capacity. One always may, never all of several.',
    ),
  ),
  perCluster: budget('10%').check(
    z.describe('The same for all groups of the cluster together. Involuntary disruptions count, and never wait.'),
  ),
});

/** How nodes are emptied where the entry says nothing. */
export function defaultDrain(): z.output<typeof Drain> {
  return z.parse(Drain, {});
}
