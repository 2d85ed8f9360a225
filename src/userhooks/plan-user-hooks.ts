import { chooseHooks, type Hook, type HooksPlan, type HooksWanted } from './choose-hooks.ts';
import type { HookRunStore, HookRuns, OwnersOfHooks } from './ports.ts';

/** Around whose work, on which instance. */
export interface HooksAsked extends HooksWanted {
  readonly cluster: string;
  /** Empty where the work is on none. */
  readonly instanceId: string;
  /** ARN of the execution whose work it is. */
  readonly owner: string;
}

/** So long after a retirement its instance's own terminate hook is still that retirement's. */
const AFTERMATH_MS = 3_600_000;
const NONE: HooksPlan = { hooks: [], skipped: [], missed: '' };

/**
 * Says which hooks are run now, once for a departure: a retirement by choice ends with a termination, whose terminate hook and whose event start executions
 * of their own, and those find that the retirement has had its hooks. What failed and was put back has them again.
 *
 * Can run again: the execution that has noted a point gets its hooks again.
 * @throws what reading and writing the note throws
 */
export async function planUserHooks(
  asked: HooksAsked,
  hooks: readonly Hook[],
  { runs, owners }: { readonly runs: HookRunStore; readonly owners: OwnersOfHooks },
  now: Date,
): Promise<HooksPlan> {
  const plan = chooseHooks(hooks, asked, now);
  const { cluster, instanceId, point, owner } = asked;
  if (plan.hooks.length === 0 || instanceId === '' || !/(drain|terminate)$/.test(point)) return plan;
  const noted = await runs.read(cluster, instanceId);
  const own = noted?.runs.owner === owner;
  if (
    noted &&
    !own &&
    noted.runs.points.includes(point) &&
    !asked.voluntary &&
    (await isOneDeparture(noted.runs, owners, now))
  )
    return NONE;
  const points = own ? [...new Set([...noted.runs.points, point])] : [point];
  // Who was faster has the same instance, and a claim on it: nothing depends on this note but that hooks are not run twice.
  await runs.write(cluster, instanceId, { owner, points }, noted?.etag);
  return plan;
}

async function isOneDeparture({ owner }: HookRuns, owners: OwnersOfHooks, now: Date): Promise<boolean> {
  // A drain by hand leaves its node where it is.
  if (!/:[\w-]+-node-retire:[^:]+$/.test(owner)) return false;
  const execution = await owners.describe(owner);
  if (execution?.status === 'RUNNING') return true;
  return execution?.status === 'SUCCEEDED' && now.getTime() - (execution.endedAt?.getTime() ?? 0) < AFTERMATH_MS;
}
