import type { ListedRun } from './ports.ts';

const STAMPED = /-\d{8}T\d{4}$/;
const OF_INSTANCE = /^(.+)-i-[0-9a-f]+-[0-9a-f]{12}$/;

/**
 * Whether an execution is a cluster's, by its name alone, since lists have no inputs: names that a signal or the schedule gave begin with it. undefined: the name does
 * not say, and the input has to be read. Pure.
 */
export function isOfCluster(
  { name, workflow }: Pick<ListedRun, 'name' | 'workflow'>,
  cluster: string,
): boolean | undefined {
  // As src/signals names it: 40 characters at most, and what a name may not hold is a line.
  const asNamed = cluster.slice(0, 40).replace(/[^A-Za-z0-9_-]/g, '_');
  const [, named] = OF_INSTANCE.exec(name) ?? [];
  if (named !== undefined) return named === asNamed && (cluster.length <= 40 ? true : undefined);
  const [, scheduled] =
    STAMPED.test(name) && name.startsWith(`${workflow}-`)
      ? [0, name.slice(workflow.length + 1).replace(STAMPED, '')]
      : [];
  if (scheduled === cluster) return true;
  // A name that was too long has a hash in place of its end.
  return scheduled === undefined || /-[0-9a-f]{8}$/.test(scheduled) ? undefined : false;
}
