import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { watchUpdates } from '../../src/images/watch-updates.ts';
import { task } from '../../src/runtime/task.ts';
import { updateWatchOf } from '../../src/wiring/update-watch-of.ts';

const list = z.readonly(z.array(z.string()));

/** Looks for new images of a cluster's groups. Invoked by the schedule tick, and by hand: {"cluster": "demo"}. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName }),
  output: z.object({
    outcome: z.enum(['done', 'overtaken']),
    groups: z.readonly(z.array(z.object({ groupName: z.string(), verdict: z.string(), why: z.string() }))),
    available: z.number(),
    outdated: z.number(),
    started: list,
    told: z.number(),
    change: z.string(),
    problems: list,
  }),
  services: ({ cluster }, runtime) => updateWatchOf(cluster, process.env, runtime),
  run: async (_, services, { now, logger }) => {
    const outcome = await watchUpdates(services, now);
    if (outcome.problems.length > 0) logger.warn('watch for updates had problems', { problems: outcome.problems });
    return outcome;
  },
  // Each is a metric that costs $0.30 a month per cluster.
  counters: ({ available, outdated, started }) => ({
    UpdatesAvailable: available,
    NodesOutdated: outdated,
    UpdatesStarted: started.length,
  }),
});
