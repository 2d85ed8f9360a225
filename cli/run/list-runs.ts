import { listRuns } from '../../src/runs/list-runs.ts';
import type { KnownRun, RunStatus } from '../../src/runs/ports.ts';
import { subjectOf } from '../../src/runs/tell-story.ts';
import { whoAsked } from '../../src/runs/who-asked.ts';
import { nearest } from '../../src/schema/problems.ts';
import { clusterOf, type Deployment } from '../deployment.ts';
import { WorkflowUnknown } from '../errors.ts';
import { sinceTime } from '../health/until-time.ts';
import { runsOf } from '../on-deployment.ts';
import { age, print, type Row } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';

/** Which executions are shown. */
export interface RunFilter {
  readonly cluster?: string;
  readonly workflow?: string;
  readonly status?: RunStatus;
  readonly since?: string;
  readonly limit: number;
}

/**
 * Prints executions, newest first.
 * @throws ClusterNotFound, WorkflowUnknown, TimeNotUnderstood, and what AWS throws
 */
export async function showRuns(context: CommandContext, deployment: Deployment, filter: RunFilter): Promise<void> {
  const runs = runsOf(deployment);
  const { workflow, status, limit } = filter;
  const since = filter.since === undefined ? undefined : sinceTime(filter.since, context.now()).toISOString();
  const cluster = filter.cluster === undefined ? undefined : await clusterOf(deployment, filter.cluster);
  if (workflow !== undefined) {
    const there = await runs.workflows();
    if (!there.includes(workflow)) throw new WorkflowUnknown(workflow, there, nearest(workflow, there));
  }
  const found = await listRuns({ cluster, workflow, status, since, limit }, runs);
  const now = context.now();
  const value = found.runs.map((run) => ({ ...run, about: subjectOf([run.output, run.input]), asked: whoAsked(run) }));
  const rows = value.map((run) => rowOf(run, now));
  print(context, value, { kind: 'rows', rows, empty: 'There is none.' });
  if (found.more)
    context.err.write('The search was given up before the oldest; --workflow, --since and --status make it shorter.\n');
}

function rowOf(
  {
    workflow,
    status,
    startedAt,
    endedAt,
    name,
    about,
    asked,
    error,
  }: KnownRun & {
    readonly about: ReturnType<typeof subjectOf>;
    readonly asked: ReturnType<typeof whoAsked>;
  },
  now: Date,
): Row {
  const end = endedAt === '' ? now.getTime() : Date.parse(endedAt);
  return {
    started: `${startedAt.slice(0, 19)}Z`,
    workflow,
    about: about.nodeName || about.instanceId || about.groupName || about.cluster || undefined,
    status: error === '' ? status.toLowerCase() : `${status.toLowerCase()}: ${error}`,
    took: age(end - Date.parse(startedAt)),
    'asked by': asked.by,
    name,
  };
}
