import type { InstanceRefresh, StartInstanceRefreshType } from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import { counts, type GroupRecord, isLeaving } from './group-record.ts';
import type { Scaling } from './scaling.ts';

const RUNNING = ['Pending', 'InProgress', 'Cancelling'];
/** How often a refresh looks at what came and went without it; assumed. */
const LOOK_EVERY_MS = 30_000;

/** Rolling replacement of a group's instances: as many at a time as the minimum healthy percentage leaves room for. */
export class InstanceRefreshes {
  readonly #world: World;
  readonly #scaling: Scaling;
  // Instances that were there when the refresh began and are still to be replaced.
  readonly #left = new Map<string, Set<string>>();
  readonly #totals = new WeakMap<InstanceRefresh, number>();

  constructor(world: World, scaling: Scaling) {
    this.#world = world;
    this.#scaling = scaling;
    scaling.onInService((group) => {
      const refresh = this.running(group);
      if (refresh)
        this.#world.after((refresh.Preferences?.InstanceWarmup ?? 0) * 1000, 'instance refresh warm-up', () =>
          this.#advance(group, refresh),
        );
    });
  }

  /** The refresh that runs in the group, if one does. */
  running(group: GroupRecord): InstanceRefresh | undefined {
    return group.refreshes.find((refresh) => RUNNING.includes(refresh.Status ?? ''));
  }

  /** @throws AwsError `InstanceRefreshInProgress`. */
  start(group: GroupRecord, input: StartInstanceRefreshType): InstanceRefresh {
    if (this.running(group)) {
      throw new AwsError(
        'InstanceRefreshInProgress',
        'An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.',
      );
    }
    const refresh: InstanceRefresh = {
      InstanceRefreshId: this.#world.random.for('autoscaling:refresh').uuid(),
      AutoScalingGroupName: group.name,
      Status: 'Pending',
      StartTime: this.#world.date(),
      PercentageComplete: 0,
      InstancesToUpdate: [...group.members.values()].filter(counts).length,
      Strategy: 'Rolling',
      Preferences: { MinHealthyPercentage: 90, MaxHealthyPercentage: 100, ...input.Preferences },
      ...(input.DesiredConfiguration ? { DesiredConfiguration: input.DesiredConfiguration } : {}),
    };
    group.refreshes.unshift(refresh);
    const left = new Set([...group.members.values()].filter(counts).map((m) => m.instanceId));
    this.#left.set(refresh.InstanceRefreshId ?? '', left);
    this.#totals.set(refresh, left.size);
    this.#record(group, refresh);
    this.#world.after(5_000, `instance refresh of ${group.name}`, () => this.#begin(group, refresh));
    return refresh;
  }

  /** @throws AwsError `ActiveInstanceRefreshNotFound`. */
  cancel(group: GroupRecord): InstanceRefresh {
    const refresh = this.running(group);
    if (!refresh || refresh.Status === 'Cancelling') {
      throw new AwsError(
        'ActiveInstanceRefreshNotFound',
        `No in progress or pending Instance Refresh found for Auto Scaling group ${group.name}`,
      );
    }
    refresh.Status = 'Cancelling';
    this.#world.after(5_000, `cancel instance refresh of ${group.name}`, () =>
      this.#finish(group, refresh, 'Cancelled'),
    );
    return refresh;
  }

  #begin(group: GroupRecord, refresh: InstanceRefresh): void {
    if (refresh.Status !== 'Pending') return;
    refresh.Status = 'InProgress';
    const { LaunchTemplate, MixedInstancesPolicy } = refresh.DesiredConfiguration ?? {};
    if (LaunchTemplate) group.settings = { ...group.settings, LaunchTemplate };
    if (MixedInstancesPolicy) group.settings = { ...group.settings, MixedInstancesPolicy };
    this.#record(group, refresh);
    this.#advance(group, refresh);
    this.#lookAgain(group, refresh);
  }

  #lookAgain(group: GroupRecord, refresh: InstanceRefresh): void {
    this.#world.afterInBackground(LOOK_EVERY_MS, `instance refresh of ${group.name}`, () => {
      if (refresh.Status !== 'InProgress' || group.deleting) return;
      this.#advance(group, refresh);
      this.#lookAgain(group, refresh);
    });
  }

  #advance(group: GroupRecord, refresh: InstanceRefresh): void {
    if (refresh.Status !== 'InProgress' || group.suspended.has('InstanceRefresh')) return;
    const left = this.#left.get(refresh.InstanceRefreshId ?? '') ?? new Set<string>();
    for (const id of left) if (!group.members.has(id)) left.delete(id);
    const inService = [...group.members.values()].filter((m) => m.state === 'InService').length;
    const total = Math.max(1, this.#totals.get(refresh) ?? 1);
    refresh.InstancesToUpdate = left.size;
    refresh.PercentageComplete = Math.floor((100 * (total - left.size)) / total);
    if (left.size === 0) {
      if (inService >= group.desired) this.#finish(group, refresh, 'Successful');
      return;
    }
    const room = inService - Math.ceil((group.desired * (refresh.Preferences?.MinHealthyPercentage ?? 90)) / 100);
    // With no room at all one instance goes all the same, when everything is in service: a refresh always advances.
    const batch = room > 0 ? room : inService >= group.desired ? 1 : 0;
    for (const id of [...left].slice(0, batch)) this.#replace(group, left, id);
  }

  #replace(group: GroupRecord, left: Set<string>, instanceId: string): void {
    const member = group.members.get(instanceId);
    // One that is still on its way into service is replaced when it is there.
    if (!member || isLeaving(member)) left.delete(instanceId);
    if (member?.state !== 'InService') return;
    left.delete(instanceId);
    this.#scaling.depart(group, member, {
      sentences: ['an instance was taken out of service in response to an instance refresh.'],
    });
    this.#scaling.wake(group);
  }

  #finish(group: GroupRecord, refresh: InstanceRefresh, status: 'Successful' | 'Cancelled'): void {
    refresh.Status = status;
    refresh.EndTime = this.#world.date();
    if (status === 'Successful') refresh.PercentageComplete = 100;
    this.#left.delete(refresh.InstanceRefreshId ?? '');
    this.#record(group, refresh);
  }

  #record(group: GroupRecord, refresh: InstanceRefresh): void {
    this.#world.history.record('autoscaling', 'InstanceRefresh', { group: group.name, status: refresh.Status });
  }
}
