import { createHash } from 'node:crypto';
import type { KnownUpdate } from './ports.ts';
import { type GroupReport, needsUpdate } from './watch-document.ts';

/** An execution of os-update that is to be started. */
export interface Order {
  readonly groupName: string;
  readonly kind: 'settle' | 'resume' | 'start';
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly why: string;
}

/** What is known when it is decided. */
export interface Situation {
  readonly cluster: string;
  readonly reports: readonly GroupReport[];
  readonly updates: readonly KnownUpdate[];
  /** ARNs of executions that run. */
  readonly alive: ReadonlySet<string>;
  /** Why nothing begins or goes on in the whole cluster; empty: it does. */
  readonly held: string;
  readonly now: Date;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** An update that is refused, by a breaker or an instance refresh, is tried again after so long. */
const REFUSED_MS = 3_600_000;
/** Step Functions takes 80 characters. */
const NAME_ROOM = 45;

/**
 * What is started now: an execution for each record whose own is dead and has left something, so that it is put back; and one update of one group, if none is at
 * work in the cluster. One that had begun goes on before another begins, workers go before the control plane, and the next group has its turn at a later pass. What EKS is at
 * work with is watched on whatever holds the others, and until it has ended they have to wait.
 */
export function orderUpdates(situation: Situation): readonly Order[] {
  const { updates, alive } = situation;
  const dead = updates.filter(({ execution }) => !alive.has(execution));
  const settling = dead.filter((update) => isLeft(update, situation));
  const orders = settling.map((update) => settle(update, situation));
  const isBusy =
    settling.length > 0 || updates.some(({ status, execution }) => status === 'running' && alive.has(execution));
  const next = isBusy ? undefined : nextOrder(dead, situation);
  return next ? [...orders, next] : orders;
}

/** Whether something is to be put back, or the update waits for a group that is gone. */
function isLeft(update: KnownUpdate, situation: Situation): boolean {
  const { status, settled } = update;
  return status === 'running' || !settled || (status === 'waiting' && !isHere(update, situation));
}

function isHere({ groupName }: KnownUpdate, { reports }: Situation): boolean {
  return reports.some((report) => report.groupName === groupName);
}

function nextOrder(dead: readonly KnownUpdate[], situation: Situation): Order | undefined {
  const atEks = dead.filter(({ isEksAtWork }) => isEksAtWork);
  if (atEks.length > 0) return goOn(atEks, situation);
  return situation.held === '' ? (goOn(dead, situation) ?? begin(situation)) : undefined;
}

function settle(update: KnownUpdate, situation: Situation): Order {
  const { groupName, version } = update;
  const { cluster, now } = situation;
  // One an hour: it tries for longer than that by itself.
  const name = executionName(groupName, version, new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS));
  const why = isHere(update, situation)
    ? `the execution of ${groupName} is dead: what it suspended and marked is put back`
    : `group ${groupName} is gone: its update ends`;
  return { groupName, kind: 'settle', name, input: { cluster, groupName, settle: true }, why };
}

function goOn(dead: readonly KnownUpdate[], { cluster, reports, now }: Situation): Order | undefined {
  const reportOf = new Map(reports.map((report) => [report.groupName, report]));
  const ready = dead.filter((update) => {
    const report = reportOf.get(update.groupName);
    if (update.status !== 'waiting' || !report || wasRefused(report, update.updatedAt, now)) return false;
    if (update.isEksAtWork) return true;
    return !update.held && !isPaused(report, now) && (update.now || report.window.open);
  });
  const [first] = ready.toSorted((a, b) => byRole(reportOf.get(a.groupName), reportOf.get(b.groupName)));
  if (!first) return undefined;
  const { groupName, version } = first;
  const name = executionName(groupName, version, now);
  return {
    groupName,
    kind: 'resume',
    name,
    input: { cluster, groupName, resume: true, by: 'watch-updates' },
    why: `${groupName} may go on`,
  };
}

/** Whether it was told to go on and nothing came of that: others have their turn before it is tried again. */
function wasRefused({ resumed }: GroupReport, updatedAt: string, now: Date): boolean {
  if (resumed === '' || Date.parse(updatedAt) > Date.parse(resumed)) return false;
  return now.getTime() - Date.parse(resumed) < REFUSED_MS;
}

function begin(situation: Situation): Order | undefined {
  const { cluster, reports, now } = situation;
  // Where a group that is gone had stopped says nothing for others.
  const updates = situation.updates.filter((update) => isHere(update, situation));
  const automatic = reports.filter((report) => report.policy === 'auto' && needsUpdate(report));
  const workersWait = automatic.some(({ role }) => role === 'worker');
  const [first] = automatic
    .filter((report) => report.window.open && !isPaused(report, now) && mayBegin(report, updates, now))
    .filter(({ role }) => role === 'worker' || !workersWait)
    .toSorted(byRole);
  if (!first) return undefined;
  const { groupName, version, why: reason, verdict, maxNodeAgeDays } = first;
  const name = executionName(groupName, version, now);
  const input = {
    cluster,
    groupName,
    ...(version !== '' && { version }),
    ...(verdict === 'old' && { olderThanDays: maxNodeAgeDays }),
    reason,
    by: 'watch-updates',
  };
  return { groupName, kind: 'start', name, input, why: reason };
}

/**
 * Not where an update waits or stopped, nor for an image that a group stopped at, nor again in the hour after one that may have been refused, or on the day after one
 * that has done nothing about it.
 */
function mayBegin(
  { groupName, newest, version, begun }: GroupReport,
  updates: readonly KnownUpdate[],
  now: Date,
): boolean {
  const own = updates.find((update) => update.groupName === groupName);
  const stopped = updates.some(
    ({ status, imageId }) => status === 'stopped' && imageId !== '' && imageId === newest?.imageId,
  );
  if (stopped || own?.status === 'stopped' || own?.status === 'waiting' || own?.status === 'running') return false;
  if (begun?.version === version && now.getTime() - Date.parse(begun.at) < REFUSED_MS) return false;
  if (own?.version !== version || own.status !== 'done') return true;
  return now.getTime() - Date.parse(own.endedAt) > DAY_MS;
}

/** Whether a group is paused now: until a time, or as long as it says so. */
export function isPaused({ paused }: Pick<GroupReport, 'paused'>, now: Date): boolean {
  if (paused === null) return false;
  const until = Date.parse(paused);
  return Number.isNaN(until) || until > now.getTime();
}

function byRole(a: GroupReport | undefined, b: GroupReport | undefined): number {
  const rank = (report: GroupReport | undefined) => (report?.role === 'control-plane' ? 1 : 0);
  return rank(a) - rank(b) || ((a?.groupName ?? '') < (b?.groupName ?? '') ? -1 : 1);
}

/** `update-demo-workers-8-20260301T0215`: the same for the same minute, so that nothing is started twice. */
export function executionName(groupName: string, version: string, now: Date): string {
  const stamp = now.toISOString().slice(0, 16).replace(/[-:]/g, '');
  const plain = groupName.replace(/[^A-Za-z0-9-_]/g, '-');
  const hash = createHash('sha256').update(groupName).digest('hex').slice(0, 8);
  const short = plain === groupName && plain.length <= NAME_ROOM ? plain : `${plain.slice(0, NAME_ROOM - 9)}-${hash}`;
  return `update-${short}-${version || 'now'}-${stamp}`;
}
