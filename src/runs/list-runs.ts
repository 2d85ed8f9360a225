import { isAboutCluster } from '../schema/about-cluster.ts';
import { mergeLists } from './merge-lists.ts';
import { isOfCluster } from './ours.ts';
import type { KnownRun, ListedRun, Runs } from './ports.ts';

/** Which executions are wanted. */
export interface Wanted {
  readonly cluster?: string | undefined;
  readonly workflow?: string | undefined;
  readonly status?: ListedRun['status'] | undefined;
  /** ISO 8601. */
  readonly since?: string | undefined;
  readonly limit: number;
}

/** What was found. */
export interface Found {
  readonly runs: readonly KnownRun[];
  /** Whether the search was given up before all that could fit was looked at. */
  readonly more: boolean;
}

/** So many are looked at, and so many of them are described, before a search that finds little is given up. */
const LOOKED_AT = 5_000;
const DESCRIBED = 300;
/** So many are described at once: Step Functions answers 15 a second for long, and hundreds for a moment. */
const AT_ONCE = 10;
/** One answer of ListExecutions has up to a thousand; few are enough where most of them fit. */
const PAGE = { few: 50, many: 500 } as const;

/**
 * The newest executions that fit, each described. Lists know neither clusters nor inputs, so that names are asked first, and inputs only where a name does not say. Bounded: a
 * deployment may have a million executions.
 */
export async function listRuns(wanted: Wanted, runs: Runs): Promise<Found> {
  const { workflow, status, cluster, since = '', limit } = wanted;
  const workflows = workflow === undefined ? await runs.workflows() : [workflow];
  const atOnce = cluster === undefined ? Math.min(limit, PAGE.few) : PAGE.many;
  const lists = workflows.map((each) => runs.list(each, { atOnce, ...(status !== undefined && { status }) }));
  const found: KnownRun[] = [];
  const looked = { at: 0, described: 0 };
  let waiting: ListedRun[] = [];
  const describe = async () => {
    looked.described += waiting.length;
    const known = await Promise.all(waiting.map(({ execution }) => runs.describe(execution)));
    waiting = [];
    found.push(
      ...known
        .filter((one) => one !== undefined)
        .filter((one) => cluster === undefined || isAboutCluster(one.input, cluster)),
    );
  };
  for await (const one of mergeLists(lists)) {
    if (one.startedAt < since) break;
    looked.at += 1;
    if (cluster === undefined || isOfCluster(one, cluster) !== false) waiting.push(one);
    if (waiting.length === Math.min(AT_ONCE, limit - found.length)) await describe();
    if (found.length >= limit) return { runs: found, more: false };
    if (looked.at >= LOOKED_AT || looked.described >= DESCRIBED) return { runs: found, more: true };
  }
  await describe();
  return { runs: found, more: false };
}
