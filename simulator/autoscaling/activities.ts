import type { World } from '../world/world.ts';
import type { ActivityRecord, GroupRecord } from './group-record.ts';

/** Progress while a hook waits: what the service was recorded to say. */
const PROGRESS_WHILE_WAITING = 40;
// DescribeScalingActivities keeps six weeks; a long run of a large world need not keep more than this many a group.
const KEPT = 2_000;

/** A moment as causes spell it: `2026-03-02T09:00:00Z`. */
export function causeTime(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}

/** Writes the scaling activities of groups. */
export class Activities {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Begins an activity; `sentences` follow "At <now> " each, after the group's own reason for changing. */
  begin(
    group: GroupRecord,
    description: string,
    sentences: readonly string[],
    place: { readonly zone: string; readonly subnetId: string },
    instanceId?: string,
  ): ActivityRecord {
    const now = this.#world.date();
    const causes = sentences.map((sentence) => `At ${causeTime(now)} ${sentence}`);
    const activity: ActivityRecord = {
      id: this.#world.random.for('autoscaling:activity').uuid(),
      startTime: now,
      cause: [...(group.reason ? [group.reason] : []), ...causes].join('  '),
      details: JSON.stringify({ 'Subnet ID': place.subnetId, 'Availability Zone': place.zone }),
      instanceId,
      description,
      endTime: undefined,
      statusCode: 'InProgress',
      statusMessage: undefined,
      progress: 0,
    };
    group.activities.unshift(activity);
    if (group.activities.length > KEPT) group.activities.pop();
    return activity;
  }

  /** The instance runs its hooks. */
  midLifecycleAction(activity: ActivityRecord | undefined): void {
    if (!activity) return;
    activity.statusCode = 'MidLifecycleAction';
    activity.progress = PROGRESS_WHILE_WAITING;
  }

  end(activity: ActivityRecord | undefined, statusCode: 'Successful' | 'Failed' | 'Cancelled', message?: string): void {
    if (!activity || activity.endTime) return;
    activity.statusCode = statusCode;
    activity.statusMessage = message;
    activity.progress = 100;
    activity.endTime = this.#world.date();
  }
}
