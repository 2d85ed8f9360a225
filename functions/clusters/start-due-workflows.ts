import * as z from 'zod/mini';
import { startDueWorkflows } from '../../src/clusters/start-due-workflows.ts';
import { tellMisconfigured } from '../../src/clusters/tell-misconfigured.ts';
import { task } from '../../src/runtime/task.ts';
import { entryTelling } from '../../src/wiring/entry-telling.ts';
import { homeAws, openRegistry } from '../../src/wiring/registered-cluster.ts';
import { workflowStarter } from '../../src/wiring/workflow-starter.ts';

/** The schedule tick: starts what is due for every cluster. `time` is that of the tick, so that a repeated one is the same one. */
export const handler = task({
  input: z.object({ time: z.iso.datetime() }),
  output: z.object({
    started: z.array(z.string()),
    alreadyStarted: z.array(z.string()),
    misconfigured: z.array(z.string()),
  }),
  services: () => {
    const aws = homeAws(process.env);
    return {
      registry: openRegistry(aws, process.env),
      workflows: workflowStarter(aws, process.env),
      telling: entryTelling(aws, process.env),
    };
  },
  run: ({ time }, { telling, ...services }, { logger, now }) =>
    startDueWorkflows(
      {
        ...services,
        tell: (misconfigured, tick) =>
          tellMisconfigured(telling, misconfigured, tick, now).then(
            (problems) => {
              if (problems.length > 0) logger.warn('not everything was told', { problems });
            },
            (error) => logger.error('nothing was told', { error }),
          ),
        onMisconfigured: (error) => logger.error('cluster misconfigured', { cluster: error.cluster, error }),
      },
      new Date(time),
    ),
  counters: ({ started, misconfigured }) => ({
    WorkflowsStarted: started.length,
    ClustersMisconfigured: misconfigured.length,
  }),
  alarms: ({ misconfigured }) => ({ Ticks: 1, ClustersMisconfigured: misconfigured.length }),
});
