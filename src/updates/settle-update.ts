import { ApiServerAway } from './errors.ts';
import type { NodeWorkflows, UpdateRecords, UpdatingGroups, UpdatingNodes } from './ports.ts';
import type { UpdatingGroup } from './sight.ts';
import { isEksAtWork, type UpdateRecord } from './update-record.ts';

/** What settling works with. */
export interface SettleServices {
  readonly records: UpdateRecords;
  readonly groups: Pick<UpdatingGroups, 'describe' | 'pin' | 'resume'>;
  readonly nodes: Pick<UpdatingNodes, 'list' | 'mark'>;
  readonly workflows: Pick<NodeWorkflows, 'isRunning'>;
}

/** What is left. */
export interface Settled {
  /** `settled`: all is put back. `not-ours`: another execution works on it. `none`: there is no update, or it was settled before. */
  readonly outcome: 'settled' | 'not-ours' | 'none';
  readonly status: UpdateRecord['status'] | 'none';
  /** Which commands a person has depends on it. */
  readonly way: UpdateRecord['way'] | 'none';
  readonly why: string;
  readonly updated: number;
  /** Whether what was settled is of a group that is gone: nobody can go on with it, or has to do anything. */
  readonly groupIsGone: boolean;
}

/**
 * Puts back what an update has suspended and marked, in whatever way it has ended (S33); one whose execution died is stopped. What EKS has begun it goes on with, so that it waits to be
 * watched again, and one that waits for a group that is gone waits no longer. Until it goes on the group launches what is proven. Can run again.
 *
 * @throws ApiServerAway when Nodes cannot be unmarked now
 */
export async function settleUpdate(
  {
    cluster,
    groupName,
    execution,
    why,
  }: { readonly cluster: string; readonly groupName: string; readonly execution: string; readonly why: string },
  services: SettleServices,
  now: Date,
): Promise<Settled> {
  const found = await services.records.read(cluster, groupName);
  if (!found) return { outcome: 'none', status: 'none', way: 'none', why: '', updated: 0, groupIsGone: false };
  const { record } = found;
  const { status, way, why: reason } = record;
  const told = { status, way, why: reason, updated: record.moved.length, groupIsGone: false };
  const isOwn = record.execution === execution;
  const isGone = record.status === 'waiting' && (await services.groups.describe(groupName, false)) === undefined;
  if (record.settled && record.status !== 'running' && !isGone) return { ...told, outcome: 'none' };
  if (!isOwn && (await services.workflows.isRunning(record.execution))) return { ...told, outcome: 'not-ours' };
  const early = why || 'its execution ended before it was done';
  const ended = isGone ? withoutGroup(record) : record.status === 'running' ? endedEarly(record, early) : record;
  const groupIsGone = !(await putBack(ended, services));
  const at = now.toISOString();
  const over = ended.status === 'waiting' ? '' : at;
  const settled: UpdateRecord = { ...ended, settled: true, suspended: [], updatedAt: at, endedAt: over };
  const written = await services.records.write(settled, found.etag);
  if (written === 'conflict') return settleUpdate({ cluster, groupName, execution, why }, services, now);
  if (over !== '') await services.records.keep(settled);
  return { ...told, outcome: 'settled', status: settled.status, why: settled.why, groupIsGone };
}

/** Nobody will go on with it. */
function withoutGroup(record: UpdateRecord): UpdateRecord {
  return { ...record, status: 'stopped', waitsFor: '', why: `group ${record.groupName} is gone` };
}

function endedEarly(record: UpdateRecord, why: string): UpdateRecord {
  if (!isEksAtWork(record)) return { ...record, status: 'stopped', why };
  const words = `${why}; EKS goes on with node group ${record.managed?.nodeGroup ?? ''}, and is watched again soon`;
  return { ...record, status: 'waiting', waitsFor: 'EKS', why: words };
}

/** Processes first, since a group that replaces nobody is in danger; the version last, since Auto Scaling may refuse it. Whether there is still a group. */
async function putBack(record: UpdateRecord, { groups, nodes, records }: SettleServices): Promise<boolean> {
  const group = await groups.describe(record.groupName, false);
  if (group && record.suspended.length > 0) await groups.resume(record.groupName, record.suspended);
  const members = new Set(group?.members.map(({ instanceId }) => instanceId));
  const listed = await nodes.list();
  if (listed === 'unknown') throw new ApiServerAway(record.cluster, record.groupName);
  // A member that was detached meanwhile has marks, too; those of another group's update are that one's.
  const isAlone = !(await records.ofCluster(record.cluster)).some(
    (one) => one.groupName !== record.groupName && (one.status === 'running' || !one.settled),
  );
  for (const { name, outdated, heldByUs } of listed.filter(({ instanceId }) => isAlone || members.has(instanceId)))
    if (outdated || heldByUs) await nodes.mark(name, { outdated: false, held: false }, record.execution);
  if (group && record.way === 'image') await pinResting(record, group, groups);
  return group !== undefined;
}

/** One that follows an alias is left with a number (S46); one that somebody else has given a version keeps it. */
async function pinResting(
  record: UpdateRecord,
  group: UpdatingGroup,
  groups: Pick<UpdatingGroups, 'pin'>,
): Promise<void> {
  const resting = restingVersion(record);
  const isOurs = [record.target, record.previous].some(
    (one) => one.version === group.version && one.launchTemplateId === group.launchTemplateId,
  );
  const follows = record.followed !== '' && group.version === record.followed;
  if ((isOurs || follows) && group.version !== resting.version)
    await groups.pin(record.groupName, resting.launchTemplateId, resting.version);
}

/** What the group launches while nobody updates it: what has baked, else what it did before. */
function restingVersion({ phase, status, target, previous }: UpdateRecord): UpdateRecord['target'] {
  return phase === 'waves' || status === 'done' ? target : previous;
}
