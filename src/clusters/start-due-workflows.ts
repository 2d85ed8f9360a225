import { type DueWork, due } from './due.ts';
import { type ClusterMisconfigured, DueWorkNotStarted } from './errors.ts';
import type { WorkflowStarter } from './ports.ts';
import type { ClusterRegistry } from './registry.ts';

/** What one tick did: names of executions, and names of clusters whose entry cannot be used. */
export interface TickOutcome {
  readonly started: string[];
  /** Executions that an earlier delivery of the same tick had started. */
  readonly alreadyStarted: string[];
  readonly misconfigured: string[];
}

/** What a tick works with. */
export interface TickServices {
  readonly registry: Pick<ClusterRegistry, 'all'>;
  readonly workflows: WorkflowStarter;
  /** Told of each entry that cannot be used, with everything that is wrong with it. */
  readonly onMisconfigured: (error: ClusterMisconfigured) => void;
  /** Tells people of those entries, and of those that can be used again. Never fails. */
  readonly tell: (misconfigured: readonly ClusterMisconfigured[], tick: Date) => Promise<void>;
}

/**
 * Starts whatever is due in the minute of `tick`, for every cluster. One cluster's trouble never stops the others.
 *
 * Safe to repeat: an execution is named after its minute, and one that exists is not started again.
 *
 * @throws DueWorkNotStarted when everything was tried and something could not be started
 */
export async function startDueWorkflows(
  { registry, workflows, onMisconfigured, tell }: TickServices,
  tick: Date,
): Promise<TickOutcome> {
  const { clusters, misconfigured } = await registry.all();
  for (const error of misconfigured) onMisconfigured(error);
  const work = clusters.flatMap((cluster) => due(cluster, tick));
  const telling = tell(misconfigured, tick);
  const outcomes = await Promise.all(work.map((one) => start(workflows, one)));
  await telling;
  const failures = outcomes.flatMap(({ executionName, error }) => (error ? [{ executionName, error }] : []));
  if (failures.length > 0) throw new DueWorkNotStarted(failures);
  const named = (outcome: string) => outcomes.flatMap((one) => (one.outcome === outcome ? [one.executionName] : []));
  return {
    started: named('started'),
    alreadyStarted: named('already-started'),
    misconfigured: misconfigured.map((error) => error.cluster),
  };
}

interface Attempt {
  readonly executionName: string;
  readonly outcome?: 'started' | 'already-started';
  readonly error?: Error;
}

async function start(workflows: WorkflowStarter, { workflow, executionName, input }: DueWork): Promise<Attempt> {
  try {
    return { executionName, outcome: await workflows.start(workflow, executionName, input) };
  } catch (error) {
    return { executionName, error: error instanceof Error ? error : new Error(String(error)) };
  }
}
