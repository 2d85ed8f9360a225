import type { Deployment } from '../deployment.ts';
import { runWorkflow } from '../run-workflow.ts';
import type { CommandContext } from '../surroundings.ts';
import { beginUpdate } from './begin-update.ts';
import { groupIn, reportOf, type UpdateRoom, updateRoom } from './update-room.ts';

/** How an update is to be. */
export interface StartOptions {
  readonly group?: string;
  readonly version?: string;
  readonly olderThanDays?: number;
  readonly reason: string;
  readonly now: boolean;
  readonly wait: boolean;
}

const NEEDING: ReadonlySet<string> = new Set(['available', 'behind', 'old', 'follows']);

/** The group that there is something to update in, unless another one is named. @throws GroupNotThere, GroupNotNamed */
export function groupToUpdate(room: UpdateRoom, named: string | undefined): string {
  const needing = room.groups.filter((name) => NEEDING.has(reportOf(room, name)?.verdict ?? ''));
  return groupIn(room, named, needing.length > 0 ? needing : room.groups);
}

/** What os-update is started with: the version that was made for the newest image, unless another one is named. */
export function wishOf(
  room: UpdateRoom,
  groupName: string,
  { version, olderThanDays, now }: Pick<StartOptions, 'version' | 'olderThanDays' | 'now'>,
): Readonly<Record<string, unknown>> {
  const report = reportOf(room, groupName);
  const days = olderThanDays ?? (report?.verdict === 'old' ? report.maxNodeAgeDays : undefined);
  // Nodes that are only old get what their group launches already.
  const target = version ?? (days === undefined ? report?.version || undefined : undefined);
  return {
    cluster: room.registered.cluster.name,
    groupName,
    ...(target !== undefined && { version: target }),
    ...(days !== undefined && { olderThanDays: days }),
    ...(now && { now }),
  };
}

/**
 * Starts os-update for a group, and prints the execution, or what came of it.
 * @throws GroupNotThere, GroupNotNamed, ExecutionFailed, and what AWS throws
 */
export async function startUpdate(
  context: CommandContext,
  deployment: Deployment,
  cluster: string,
  { group, reason, wait, ...wish }: StartOptions,
): Promise<void> {
  const room = await updateRoom(deployment, cluster);
  const by = context.environment.USER ?? 'somebody';
  const groupName = groupToUpdate(room, group);
  const input = { ...wishOf(room, groupName, wish), groupName, reason, by };
  if (wait) return runWorkflow(context, deployment, 'os-update', input, { wait });
  await beginUpdate(context, deployment, room, input);
}
