import { nothingWorse } from './counted-pods.ts';
import type { UpdatePlan, UpdateWish } from './plan-update.ts';
import type { NodeWorkflows, UpdateRecords, UpdatingGroups } from './ports.ts';
import { runsElsewhere } from './runs-elsewhere.ts';
import { isEksAtWork, type UpdateRecord } from './update-record.ts';
import { unvalidated } from './validate.ts';

/** What beginning works with. */
export interface BeginServices {
  readonly records: UpdateRecords;
  readonly groups: Pick<UpdatingGroups, 'describe' | 'suspend'>;
  readonly workflows: Pick<NodeWorkflows, 'isRunning'>;
}

/** What an update begins with. */
export interface Beginning extends Pick<UpdateWish, 'cluster' | 'groupName' | 'resume' | 'rollBack' | 'now'> {
  readonly execution: string;
  readonly reason: string;
  readonly by: string;
  readonly plan: Pick<UpdatePlan, 'way' | 'target' | 'previous' | 'followed' | 'launchedBefore' | 'managed'>;
}

/**
 * Auto Scaling would move or replace nodes in the middle (S33).
 * docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
 */
const SUSPENDED = ['AZRebalance', 'ReplaceUnhealthy'];

/**
 * Takes the update of a group: writes down what it is about, and what it suspends, and then suspends it. Two that begin at once have one record, and one of them is told so. Can run again.
 */
export async function beginUpdate(
  beginning: Beginning,
  { records, groups, workflows }: BeginServices,
  now: Date,
): Promise<{ readonly begun: boolean; readonly why: string }> {
  const { cluster, groupName, execution } = beginning;
  const found = await records.read(cluster, groupName);
  const before = found?.record;
  if (before && (await runsElsewhere(before, execution, workflows)))
    return { begun: false, why: `another execution has it since ${before.startedAt}: ${before.execution}` };
  if (before && isOvertaken(before, beginning))
    return { begun: false, why: `meanwhile ${before.asked?.by ?? 'somebody'} has decided otherwise: ${before.why}` };
  const other = await otherUnderWay(cluster, groupName, records, workflows);
  if (other !== undefined) return { begun: false, why: `group ${other} of the cluster is updated now` };
  const group = await groups.describe(groupName, false);
  if (!group) return { begun: false, why: `there is no group ${groupName}` };
  // EKS sees to that itself.
  const wanted = beginning.plan.way === 'managed' ? [] : SUSPENDED;
  const active = wanted.filter((process) => !group.suspended.includes(process));
  // What an update before this one has suspended and not resumed yet is resumed by this one.
  const suspended = [...new Set([...active, ...(before?.settled === false ? before.suspended : [])])];
  const goesOn = before !== undefined && (beginning.resume || beginning.rollBack || before.execution === execution);
  const record = goesOn ? resumed(before, beginning, now) : fresh(beginning, now);
  const written = await records.write({ ...record, suspended }, found?.etag);
  // Our own write, whose answer was lost, is no conflict.
  if (written === 'conflict' && (await records.read(cluster, groupName))?.record.execution !== execution)
    return { begun: false, why: 'another execution has begun at the same moment' };
  // Two groups that begin at the same moment see each other here, and the one whose name comes later gives way: it goes on when the other is done.
  const rival = await otherUnderWay(cluster, groupName, records, workflows);
  if (rival !== undefined && rival < groupName) {
    const why = `group ${rival} of the cluster is updated now`;
    await giveWay(beginning, why, before, records);
    return { begun: false, why };
  }
  if (active.length > 0) await groups.suspend(groupName, active);
  return { begun: true, why: record.why };
}

/** Waits for its turn. It has suspended nothing yet itself; what a dead execution before it left is still to be put back. */
async function giveWay(
  { cluster, groupName, execution }: Beginning,
  why: string,
  before: UpdateRecord | undefined,
  records: BeginServices['records'],
): Promise<void> {
  const mine = await records.read(cluster, groupName);
  if (mine?.record.execution !== execution) return;
  const left = before?.settled === false ? before.suspended : [];
  const settled = before?.settled ?? true;
  await records.write(
    { ...mine.record, status: 'waiting', waitsFor: 'pause', why, settled, suspended: left },
    mine.etag,
  );
}

/** What the watch lets go on may have been paused or ended by a person since it looked: that holds, but for what EKS does not let anybody stop. */
function isOvertaken(before: UpdateRecord, { resume, by, execution }: Beginning): boolean {
  if (!resume || by !== 'watch-updates' || before.execution === execution) return false;
  return before.status !== 'waiting' || (before.asked !== null && !isEksAtWork(before));
}

/** Another group of the cluster that an execution works on; undefined: there is none. */
async function otherUnderWay(
  cluster: string,
  groupName: string,
  records: Pick<UpdateRecords, 'ofCluster'>,
  workflows: BeginServices['workflows'],
): Promise<string | undefined> {
  for (const one of await records.ofCluster(cluster))
    if (one.groupName !== groupName && one.status === 'running' && (await workflows.isRunning(one.execution)))
      return one.groupName;
  return undefined;
}

function fresh({ cluster, groupName, execution, reason, by, plan, now: outside }: Beginning, now: Date): UpdateRecord {
  const at = now.toISOString();
  return {
    cluster,
    groupName,
    reason,
    by,
    execution,
    ...plan,
    managed: plan.managed && { ...plan.managed, askedAt: '', updateId: '', refused: '' },
    status: 'running',
    waitsFor: '',
    why: 'begins',
    startedAt: at,
    updatedAt: at,
    endedAt: '',
    // Nodes that are only old get what runs already: there is nothing to prove.
    phase:
      plan.way === 'managed' || (plan.way === 'image' && plan.target.version === plan.previous.version)
        ? 'waves'
        : 'canary',
    now: outside,
    pinned: 'unseen',
    suspended: [],
    settled: false,
    wave: null,
    waves: 0,
    hooks: { before: 0, after: 0 },
    extra: 0,
    extraBase: 0,
    lastWaveSeconds: 0,
    moves: 0,
    moved: [],
    bake: null,
    validation: unvalidated,
    tripped: '',
    stopping: '',
    trouble: '',
    asked: null,
    turns: 0,
  };
}

/** Goes on from where it was; the time that its wave's stage has had begins anew, and what passed while nobody worked on it is no time of the wave. */
function resumed(
  before: UpdateRecord,
  { execution, rollBack, now: outside, by, reason }: Beginning,
  now: Date,
): UpdateRecord {
  const at = now.toISOString();
  const back = rollBack && before.phase !== 'roll-back';
  const wave = before.wave && {
    ...before.wave,
    since: later(before.wave.since, now.getTime() - Date.parse(before.updatedAt)),
    stageSince: at,
    ...(back && { stage: 'give-back' as const }),
  };
  return {
    ...before,
    execution,
    status: 'running',
    waitsFor: '',
    why: 'goes on',
    updatedAt: at,
    endedAt: '',
    now: before.now || outside,
    // A person who has it go on wants what it updates to.
    pinned: by === 'watch-updates' ? before.pinned : 'unseen',
    settled: false,
    wave,
    bake: bakeGoesOn(before, now),
    validation: unvalidated,
    asked: null,
    turns: 0,
    ...(back && { phase: 'roll-back' as const, tripped: `${by} asked for it: ${reason}`, stopping: '' }),
  };
}

function later(time: string, byMs: number): string {
  return new Date(Date.parse(time) + Math.max(0, byMs)).toISOString();
}

/** The time that it has baked counts, and what was counted before there was a canary; the time in which nobody looked does not, nor what was worse before it. */
function bakeGoesOn({ bake, updatedAt }: UpdateRecord, now: Date): UpdateRecord['bake'] {
  if (!bake || bake.until === '') return bake;
  const left = Math.max(0, Date.parse(bake.until) - Date.parse(updatedAt));
  const until = new Date(now.getTime() + left).toISOString();
  return { ...bake, until, ...nothingWorse };
}
