import * as z from 'zod/mini';
import { s3AskedPasses } from '../../src/aws/s3-asked-passes.ts';
import { s3GroupMemory } from '../../src/aws/s3-group-memory.ts';
import { setting } from '../../src/runtime/settings.ts';
import { task } from '../../src/runtime/task.ts';
import { routeSignal } from '../../src/signals/route-signal.ts';
import { groupDirectory } from '../../src/wiring/group-directory.ts';
import { instanceDirectory } from '../../src/wiring/instance-directory.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';
import { signalPlaces } from '../../src/wiring/signal-places.ts';
import { workflowStarter } from '../../src/wiring/workflow-starter.ts';

export const handler = task({
  // Events come in several envelopes; the step reads them itself and names what it cannot read.
  input: z.unknown(),
  output: z.object({
    routed: z.readonly(
      z.array(z.object({ outcome: z.string(), detail: z.string(), execution: z.optional(z.string()) })),
    ),
    batchItemFailures: z.readonly(z.array(z.object({ itemIdentifier: z.string() }))),
    problems: z.readonly(z.array(z.string())),
  }),
  services: () => {
    const aws = homeAws(process.env);
    const places = signalPlaces(aws, setting(process.env, 'OWN_ACCOUNT_ID'), process.env);
    return {
      groups: groupDirectory(places, s3GroupMemory(aws, setting(process.env, 'STATE_BUCKET'))),
      instances: instanceDirectory(places),
      clusters: places,
      passes: s3AskedPasses(aws, setting(process.env, 'STATE_BUCKET')),
      workflows: workflowStarter(aws, process.env),
    };
  },
  run: async (event, services, { logger, now }) => {
    const outcome = await routeSignal(event, services, now());
    for (const signal of outcome.routed) logger.info(`signal ${signal.outcome}`, { ...signal });
    for (const problem of outcome.problems) logger.error('signal unreadable', { problem });
    return outcome;
  },
  counters: ({ routed, problems }) => ({
    SignalsStarted: routed.filter((signal) => signal.outcome === 'started').length,
    SignalsUnreadable: problems.length,
  }),
});
