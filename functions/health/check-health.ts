import * as z from 'zod/mini';
import { ClusterName } from '../../src/clusters/cluster.ts';
import type { BreakerChange } from '../../src/health/breaker-changes.ts';
import { checkHealth } from '../../src/health/check-health.ts';
import { task } from '../../src/runtime/task.ts';
import { healthOf } from '../../src/wiring/health-of.ts';

const list = z.readonly(z.array(z.string()));

/** One health pass over a cluster. Invoked by the schedule tick, and by hand: {"cluster": "demo"}. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName }),
  output: z.object({
    outcome: z.enum(['done', 'overtaken']),
    nodes: z.nullable(z.object({ all: z.number(), ready: z.number(), unschedulable: z.number() })),
    findings: z.number(),
    started: list,
    swept: list,
    paged: z.number(),
    breakers: z.readonly(z.array(z.object({ name: z.string(), open: z.boolean(), shifted: z.boolean() }))),
    apiServerReady: z.boolean(),
    andonPulled: z.boolean(),
    hooksUnattended: z.nullable(z.number()),
    changed: z.boolean(),
    problems: list,
  }),
  services: ({ cluster }, { now, logger }) => healthOf(cluster, process.env, { now, logger }),
  run: async (_, services, { now, logger }) => {
    const outcome = await checkHealth(services, now);
    if (outcome.problems.length > 0) logger.warn('health pass had problems', { problems: outcome.problems });
    return outcome;
  },
  // Each is a metric that costs $0.30 a month per cluster.
  counters: ({ nodes, findings, started, breakers, apiServerReady }) => ({
    ...(nodes && { NodesReady: nodes.ready, NodesNotReady: nodes.all - nodes.ready }),
    HealthFindings: findings,
    HealthWorkflowsStarted: started.length,
    BreakersOpen: countOpen(breakers),
    ApiServerReady: apiServerReady ? 1 : 0,
  }),
  // Only what is open, or has just closed: CloudWatch bills a metric for the hours in which it has values.
  pieces: ({ breakers }) =>
    breakers.map(({ name, open }) => ({ dimension: 'breaker', of: name, counters: { BreakerOpen: open ? 1 : 0 } })),
  alarms: ({ breakers, andonPulled, hooksUnattended }) => ({
    BreakersOpen: countOpen(breakers),
    AndonPulled: andonPulled ? 1 : 0,
    ...(hooksUnattended !== null && { HooksUnattended: hooksUnattended }),
  }),
});

/** Without zones that somebody leads traffic away from: he knows of it. */
function countOpen(breakers: readonly BreakerChange[]): number {
  return breakers.filter(({ open, shifted }) => open && !shifted).length;
}
