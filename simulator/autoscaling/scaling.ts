import type { EventSink } from '../cloud/ports.ts';
import { AwsError } from '../cloud/service.ts';
import type { InstanceRecord } from '../ec2/instance-record.ts';
import type { Instances } from '../ec2/instances.ts';
import type { LaunchTemplates } from '../ec2/launch-templates.ts';
import { type Span, within } from '../ec2/timing.ts';
import type { World } from '../world/world.ts';
import { Activities } from './activities.ts';
import { groupLaunch, launchedTemplate } from './group-launch.ts';
import {
  type ActivityRecord,
  counts,
  type GroupRecord,
  isLeaving,
  isWarm,
  type MemberRecord,
  type Place,
  type Transition,
  warmPoolTarget,
} from './group-record.ts';
import { LifecycleActions, type Notify } from './lifecycle-actions.ts';
import { imbalance, subnetForLaunch, victimsOfScaleIn } from './placement.ts';
import { type ScalingEventKind, scalingEvent } from './scaling-event.ts';
import type { GroupTraffic } from './traffic.ts';

/** How long Auto Scaling takes. Milliseconds. */
export interface ScalingTiming {
  /** A change of capacity until Auto Scaling acts on it (recorded: 5–10 s after SetDesiredCapacity). */
  readonly react: Span;
  /** EC2's `running` until Auto Scaling has noticed. */
  readonly noticeRunning: Span;
  /** `Pending:Proceed` and `Terminating:Proceed` until the next state. */
  readonly proceed: Span;
  /** An instance that no longer runs, until the health check sees it. */
  readonly noticeGone: Span;
  /** A failing status check or load balancer verdict until it leads to a replacement. */
  readonly noticeUnhealthy: Span;
  /** A failed launch until the next try. */
  readonly retryLaunch: Span;
}

const realScalingTiming: ScalingTiming = {
  react: [5_000, 10_000],
  noticeRunning: [300, 2_500],
  proceed: [300, 2_000],
  noticeGone: [10_000, 60_000],
  noticeUnhealthy: [30_000, 90_000],
  retryLaunch: [30_000, 60_000],
};

export interface ScalingOptions {
  readonly world: World;
  readonly account: string;
  readonly instances: Instances;
  readonly templates: LaunchTemplates;
  readonly traffic: GroupTraffic;
  readonly events: EventSink;
  readonly notify?: Notify | undefined;
  readonly timing?: Partial<ScalingTiming> | undefined;
}

/** How an instance is to leave the group. */
export interface Departure {
  /** Sentences of the activity's cause. */
  readonly sentences: readonly string[];
  /** On scale-in an instance may return to the warm pool instead. */
  readonly mayReturnToWarmPool?: boolean;
}

/**
 * Brings actual capacity to desired capacity, group by group, and leads each instance through its lifecycle. It acts on
 * timers and on what EC2 and the load balancers tell; nothing polls.
 */
export class Scaling {
  readonly actions: LifecycleActions;
  readonly activities: Activities;
  readonly #world: World;
  readonly #options: ScalingOptions;
  readonly #timing: ScalingTiming;
  readonly #groupOf = new Map<string, GroupRecord>();
  readonly #onInService: ((group: GroupRecord, member: MemberRecord) => void)[] = [];
  readonly #onEmpty: ((group: GroupRecord) => void)[] = [];

  constructor(options: ScalingOptions) {
    this.#world = options.world;
    this.#options = options;
    this.#timing = { ...realScalingTiming, ...options.timing };
    this.activities = new Activities(options.world);
    this.actions = new LifecycleActions(options.world, options.account, options.events, options.notify ?? (() => {}));
    options.instances.onStateChange((instance) => this.#instanceChanged(instance));
    options.instances.onReachabilityChange((instance) => this.#reachabilityChanged(instance));
    options.instances.onRebalanceRecommendation((instance) => this.#rebalanceRecommended(instance));
    options.traffic.onHealthChange((instanceId) => this.#planHealthCheck(instanceId, this.#timing.noticeUnhealthy));
  }

  onInService(listener: (group: GroupRecord, member: MemberRecord) => void): void {
    this.#onInService.push(listener);
  }

  /** Calls the listener when the last instance of a group has left. */
  onEmpty(listener: (group: GroupRecord) => void): void {
    this.#onEmpty.push(listener);
  }

  /** The group that an instance belongs to. */
  groupOf(instanceId: string): GroupRecord | undefined {
    return this.#groupOf.get(instanceId);
  }

  /** Plans a look at the group's capacity; one that is planned already stays. */
  wake(group: GroupRecord, span: Span = this.#timing.react): void {
    if (group.wake) return;
    group.wake = this.#world.after(this.#draw('react', span), `capacity of ${group.name}`, () => {
      group.wake = undefined;
      this.#reconcile(group);
    });
  }

  /** Takes an instance out for good (or back into the warm pool); returns the activity. */
  depart(group: GroupRecord, member: MemberRecord, departure: Departure): ActivityRecord {
    const warm = isWarm(member);
    this.#interrupt(member);
    this.activities.end(member.activity, 'Cancelled', 'Instance is terminated before its launch completed.');
    const back = departure.mayReturnToWarmPool === true && this.#mayReturn(group, member);
    const description = back
      ? `Returning EC2 instance to warm pool: ${member.instanceId}`
      : `Terminating EC2 instance${warm ? ' from warm pool' : ''}: ${member.instanceId}`;
    const activity = this.activities.begin(group, description, departure.sentences, member, member.instanceId);
    member.activity = activity;
    member.origin = warm ? 'WarmPool' : 'AutoScalingGroup';
    this.#enter(group, member, warm ? 'Warmed:Terminating' : 'Terminating');
    this.#drain(group, member, activity, back ? 'WarmPool' : 'EC2');
    return activity;
  }

  /** Takes an instance from the load balancers and, once drained, from the group; it goes on running on its own. */
  release(group: GroupRecord, member: MemberRecord, sentences: readonly string[]): ActivityRecord {
    this.#interrupt(member);
    const activity = this.activities.begin(
      group,
      `Detaching EC2 instance: ${member.instanceId}`,
      sentences,
      member,
      member.instanceId,
    );
    this.#enter(group, member, 'Detaching');
    member.timer = this.#world.after(this.#detachFromTraffic(group, member), `detach ${member.instanceId}`, () => {
      this.activities.end(activity, 'Successful');
      this.#forget(group, member, 'Detached');
    });
    return activity;
  }

  /** Moves an instance to Standby: out of the load balancers, no health checks, not counted. */
  enterStandby(group: GroupRecord, member: MemberRecord, sentences: readonly string[]): ActivityRecord {
    this.#interrupt(member);
    const activity = this.activities.begin(
      group,
      `Moving EC2 instance to Standby: ${member.instanceId}`,
      sentences,
      member,
      member.instanceId,
    );
    this.#enter(group, member, 'EnteringStandby');
    member.timer = this.#world.after(this.#detachFromTraffic(group, member), `standby ${member.instanceId}`, () => {
      this.activities.end(activity, 'Successful');
      this.#enter(group, member, 'Standby');
    });
    return activity;
  }

  /** Moves an instance out of Standby: through `Pending` and its launch hooks, as a new one. */
  exitStandby(group: GroupRecord, member: MemberRecord, sentences: readonly string[]): ActivityRecord {
    const activity = this.activities.begin(
      group,
      `Moving EC2 instance out of Standby: ${member.instanceId}`,
      sentences,
      member,
      member.instanceId,
    );
    activity.statusCode = 'PreInService';
    activity.progress = 30;
    member.activity = activity;
    member.origin = 'AutoScalingGroup';
    this.#enter(group, member, 'Pending');
    member.timer = this.#after('notice', this.#timing.noticeRunning, member, () => this.#launched(group, member));
    return activity;
  }

  /** Takes an instance that already runs into the group. */
  adopt(group: GroupRecord, instance: InstanceRecord, sentences: readonly string[]): void {
    const member = this.#addMember(group, instance, undefined, 'Pending');
    member.activity = this.activities.begin(
      group,
      `Attaching an existing EC2 instance: ${instance.instanceId}`,
      sentences,
      member,
      instance.instanceId,
    );
    member.timer = this.#after('notice', this.#timing.noticeRunning, member, () => this.#launched(group, member));
  }

  /** Replaces an instance that is unhealthy, if the group's processes let it. */
  replaceUnhealthy(group: GroupRecord, member: MemberRecord, sentence: string): void {
    if (member.health !== 'Unhealthy') {
      member.health = 'Unhealthy';
      this.#world.history.record('autoscaling', 'InstanceUnhealthy', {
        group: group.name,
        instanceId: member.instanceId,
      });
    }
    if (group.suspended.has('ReplaceUnhealthy') || group.suspended.has('Terminate')) return;
    if (member.awaitingReplacement === undefined && !isLeaving(member)) group.unhealthyToReplace += 1;
    if (this.#launchesBeforeTerminating(group) && !group.suspended.has('Launch')) {
      member.awaitingReplacement ??= sentence;
    } else if (!isLeaving(member)) {
      this.depart(group, member, { sentences: [sentence] });
    }
    this.wake(group);
  }

  /** Looks again at every instance, after a process was resumed. */
  recheck(group: GroupRecord): void {
    for (const member of group.members.values()) {
      if (member.state === 'InService') this.#planHealthCheck(member.instanceId, this.#timing.noticeGone);
    }
    this.wake(group);
  }

  /** Ends everything about a group at once, its instances too (ForceDelete: no hooks, no draining). */
  forceEnd(group: GroupRecord): void {
    for (const member of [...group.members.values()]) {
      this.#interrupt(member);
      this.#detachFromTraffic(group, member);
      this.#enter(group, member, 'Terminating');
      this.#terminateInstance(group, member);
    }
    if (group.members.size === 0) this.#tellEmpty(group);
  }

  // ---- capacity

  #reconcile(group: GroupRecord): void {
    const counted = [...group.members.values()].filter(counts).length;
    if (counted < group.desired) this.#scaleOut(group, counted);
    else if (counted > group.desired) this.#scaleIn(group, counted);
    else {
      group.reason = '';
      this.#retireReplaced(group);
      this.#rebalance(group);
    }
    this.#fillWarmPool(group);
  }

  #scaleOut(group: GroupRecord, counted: number): void {
    if (group.suspended.has('Launch') || group.deleting) return;
    const replacing = group.reason === '' && group.unhealthyToReplace > 0;
    const sentence = replacing
      ? 'an instance was launched in response to an unhealthy instance needing to be replaced.'
      : `an instance was started in response to a difference between desired and actual capacity, increasing the capacity from ${counted} to ${group.desired}.`;
    for (let i = counted; i < group.desired; i += 1) {
      const warmed = this.#warmed(group);
      if (warmed) this.#takeFromWarmPool(group, warmed, sentence);
      else if (!this.#launch(group, sentence, false)) return;
    }
    group.unhealthyToReplace = 0;
    group.reason = '';
  }

  #scaleIn(group: GroupRecord, counted: number): void {
    if (group.suspended.has('Terminate')) return;
    const pending = [...group.members.values()].filter((m) => counts(m) && m.state !== 'InService').length;
    // A surplus that rebalancing launched leaves once its instance is in service, not before.
    if (group.reason === '' && pending >= counted - group.desired) return;
    const sentence = `an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from ${counted} to ${group.desired}.`;
    for (const victim of victimsOfScaleIn(group, counted - group.desired)) {
      this.depart(group, victim, {
        sentences: [sentence, `instance ${victim.instanceId} was selected for termination.`],
        mayReturnToWarmPool: true,
      });
    }
    group.reason = '';
  }

  // An unhealthy instance whose replacement is in service may go now.
  #retireReplaced(group: GroupRecord): void {
    const inService = [...group.members.values()].filter((m) => m.state === 'InService' && counts(m)).length;
    if (inService < group.desired) return;
    for (const member of [...group.members.values()]) {
      if (member.awaitingReplacement === undefined || isLeaving(member)) continue;
      const sentence = member.awaitingReplacement;
      member.awaitingReplacement = undefined;
      this.depart(group, member, { sentences: [sentence] });
    }
  }

  // Launches in the poor zone first; the surplus then leaves from the rich one by the termination policy.
  #rebalance(group: GroupRecord): void {
    if (group.deleting || ['AZRebalance', 'Launch', 'Terminate'].some((p) => group.suspended.has(p))) return;
    if ([...group.members.values()].some((m) => counts(m) && m.state !== 'InService')) return;
    const uneven = imbalance(group, (id) => this.#zoneOfSubnet(id), this.#world.now());
    if (!uneven) return;
    const sentence = `an instance was launched to aid in balancing the group's zones.  Availability Zones ${uneven.poor} had fewer instances than ${uneven.rich}.`;
    if (this.#launch(group, sentence, false))
      this.#world.history.record('autoscaling', 'ZoneRebalance', { group: group.name, ...uneven });
  }

  #fillWarmPool(group: GroupRecord): void {
    if (!group.warmPool) return;
    const pool = [...group.members.values()].filter((m) => isWarm(m) && !isLeaving(m));
    const missing = warmPoolTarget(group) - pool.length;
    const sentence =
      'an instance was started in response to a difference between the desired and actual warm pool capacity.';
    if (missing > 0 && !group.suspended.has('Launch')) {
      for (let i = 0; i < missing; i += 1) if (!this.#launch(group, sentence, true)) return;
    }
    if (missing < 0 && !group.suspended.has('Terminate')) {
      for (const member of pool.slice(missing)) {
        this.depart(group, member, {
          sentences: ['an instance was taken out of the warm pool to match its capacity.'],
        });
      }
    }
    if (group.warmPool.deleting && ![...group.members.values()].some(isWarm)) group.warmPool = undefined;
  }

  // ---- launching

  #launch(group: GroupRecord, sentence: string, warm: boolean): boolean {
    const now = this.#world.now();
    const subnetId = subnetForLaunch(group, (id) => this.#zoneOfSubnet(id), now, warm);
    if (subnetId === undefined) return false;
    const zone = this.#zoneOfSubnet(subnetId);
    const { templates } = this.#options;
    try {
      const instance = this.#options.instances.run(
        groupLaunch(group, subnetId, templates, this.#options.instances.network),
      );
      const member = this.#addMember(
        group,
        instance,
        launchedTemplate(group, templates),
        warm ? 'Warmed:Pending' : 'Pending',
      );
      const description = `Launching a new EC2 instance${warm ? ' into warm pool' : ''}: ${instance.instanceId}`;
      member.activity = this.activities.begin(group, description, [sentence], member, instance.instanceId);
      member.activity.statusCode = 'PreInService';
      member.activity.progress = 30;
      return true;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      this.#launchFailed(group, sentence, { zone, subnetId }, error.message);
      return false;
    }
  }

  #launchFailed(
    group: GroupRecord,
    sentence: string,
    place: { zone: string; subnetId: string },
    message: string,
  ): void {
    const activity = this.activities.begin(group, 'Launching a new EC2 instance', [sentence], place);
    this.activities.end(activity, 'Failed', `${message} Launching EC2 instance failed.`);
    group.avoidZones.set(place.zone, this.#world.now() + 10 * 60_000);
    this.#tellEnd(group, 'EC2 Instance Launch Unsuccessful', activity, ['EC2', 'AutoScalingGroup']);
    this.#world.history.record('autoscaling', 'LaunchFailed', { group: group.name, zone: place.zone, message });
    this.wake(group, this.#timing.retryLaunch);
  }

  #addMember(
    group: GroupRecord,
    instance: InstanceRecord,
    launchTemplate: MemberRecord['launchTemplate'],
    state: 'Pending' | 'Warmed:Pending',
  ): MemberRecord {
    const member: MemberRecord = {
      instanceId: instance.instanceId,
      instanceType: instance.instanceType,
      imageId: instance.imageId,
      zone: instance.subnet.availabilityZone,
      subnetId: instance.subnet.subnetId,
      launchTemplate,
      launchedAt: this.#world.now(),
      actions: new Map(),
      state,
      health: 'Healthy',
      protectedFromScaleIn: group.settings.NewInstancesProtectedFromScaleIn ?? false,
      inServiceAt: undefined,
      origin: 'EC2',
      activity: undefined,
      awaitingReplacement: undefined,
      timer: undefined,
      healthTimer: undefined,
    };
    group.members.set(member.instanceId, member);
    this.#groupOf.set(member.instanceId, group);
    this.#enter(group, member, state);
    return member;
  }

  // The instance runs: hooks, then service.
  #launched(group: GroupRecord, member: MemberRecord): void {
    const warm = isWarm(member);
    const prefix = warm ? 'Warmed:' : '';
    const hooks = this.#hooks(group, 'autoscaling:EC2_INSTANCE_LAUNCHING');
    const settle = () => (warm ? this.#settleInWarmPool(group, member) : this.#serve(group, member));
    if (hooks.length === 0) {
      settle();
      return;
    }
    this.activities.midLifecycleAction(member.activity);
    this.#enter(group, member, `${prefix}Pending:Wait` as MemberRecord['state']);
    const way = { origin: member.origin, destination: destinationOf(member) };
    this.actions.begin(group, member, hooks, way, (result, why) => {
      if (result === 'ABANDON') {
        this.#abandonLaunch(group, member, why);
        return;
      }
      this.#enter(group, member, `${prefix}Pending:Proceed` as MemberRecord['state']);
      member.timer = this.#after('proceed', this.#timing.proceed, member, settle);
    });
  }

  // Assumed, not documented: an abandoned launch leaves like any other instance, through the terminate hooks, and the
  // words of that termination's cause.
  #abandonLaunch(group: GroupRecord, member: MemberRecord, why: string): void {
    const activity = member.activity;
    this.activities.end(activity, 'Cancelled', `Instance failed to complete user's Lifecycle Action: ${why}`);
    if (activity)
      this.#tellEnd(group, 'EC2 Instance Launch Unsuccessful', activity, [member.origin, destinationOf(member)]);
    this.depart(group, member, {
      sentences: [`an instance was taken out of service in response to a launch failure.`],
    });
    this.wake(group);
  }

  #serve(group: GroupRecord, member: MemberRecord): void {
    if (!group.suspended.has('AddToLoadBalancer')) {
      for (const source of group.sources.values()) this.#options.traffic.attach(source, member.instanceId);
    }
    member.inServiceAt = this.#world.now();
    this.#enter(group, member, 'InService');
    if (member.activity) {
      this.activities.end(member.activity, 'Successful');
      this.#tellEnd(group, 'EC2 Instance Launch Successful', member.activity, [member.origin, destinationOf(member)]);
    }
    member.activity = undefined;
    for (const listener of this.#onInService) listener(group, member);
    this.#retireReplaced(group);
    if ([...group.members.values()].filter(counts).length > group.desired) this.wake(group);
    this.#planHealthCheck(member.instanceId, this.#timing.noticeUnhealthy);
  }

  // ---- warm pool

  #warmed(group: GroupRecord): MemberRecord | undefined {
    if (!group.warmPool) return undefined;
    for (const member of group.members.values()) {
      if (!isWarm(member)) continue;
      const { state } = this.#instance(member);
      if (member.state === 'Warmed:Stopped' && state === 'stopped') return member;
      if (member.state === 'Warmed:Running' && state === 'running') return member;
    }
    return undefined;
  }

  #takeFromWarmPool(group: GroupRecord, member: MemberRecord, sentence: string): void {
    const stopped = member.state === 'Warmed:Stopped';
    const description = `Launching a new EC2 instance from warm pool: ${member.instanceId}`;
    member.activity = this.activities.begin(group, description, [sentence], member, member.instanceId);
    member.activity.statusCode = 'PreInService';
    member.activity.progress = 30;
    member.origin = 'WarmPool';
    this.#enter(group, member, 'Pending');
    if (stopped) this.#options.instances.start(this.#instance(member));
    else member.timer = this.#after('notice', this.#timing.noticeRunning, member, () => this.#launched(group, member));
  }

  #settleInWarmPool(group: GroupRecord, member: MemberRecord): void {
    const stop = group.warmPool?.poolState !== 'Running';
    const instance = this.#instance(member);
    this.#enter(group, member, 'Warmed:Pending:Proceed');
    // Somebody may have stopped or terminated it meanwhile; the health check finds that out.
    if (instance.state !== 'running') this.#planHealthCheck(member.instanceId, this.#timing.noticeGone);
    else if (stop) this.#options.instances.stop(instance);
    else this.#warm(group, member, 'Warmed:Running');
  }

  #warm(group: GroupRecord, member: MemberRecord, state: 'Warmed:Running' | 'Warmed:Stopped'): void {
    this.#enter(group, member, state);
    if (member.activity) {
      this.activities.end(member.activity, 'Successful');
      this.#tellEnd(group, 'EC2 Instance Launch Successful', member.activity, [member.origin, destinationOf(member)]);
    }
    member.activity = undefined;
    this.wake(group);
  }

  #mayReturn(group: GroupRecord, member: MemberRecord): boolean {
    const pool = group.warmPool;
    if (!pool?.reuseOnScaleIn || pool.deleting || group.deleting || member.state !== 'InService') return false;
    return [...group.members.values()].filter((m) => isWarm(m) && !isLeaving(m)).length < warmPoolTarget(group);
  }

  // ---- terminating

  // Draining comes before the hook: the load balancers have let go when Terminating:Wait begins.
  #drain(group: GroupRecord, member: MemberRecord, activity: ActivityRecord, destination: Place): void {
    const milliseconds = isWarm(member) ? 0 : this.#detachFromTraffic(group, member);
    if (milliseconds === 0) {
      this.#terminating(group, member, destination);
      return;
    }
    activity.statusCode = 'WaitingForELBConnectionDraining';
    activity.description = `${activity.description} - Waiting For ELB Connection Draining.`;
    activity.progress = 20;
    member.timer = this.#world.after(milliseconds, `draining of ${member.instanceId}`, () =>
      this.#terminating(group, member, destination),
    );
  }

  #terminating(group: GroupRecord, member: MemberRecord, destination: Place): void {
    const warm = isWarm(member);
    const back = destination === 'WarmPool';
    const hooks = this.#hooks(group, 'autoscaling:EC2_INSTANCE_TERMINATING');
    if (hooks.length === 0) {
      this.#proceedTerminating(group, member, back);
      return;
    }
    this.activities.midLifecycleAction(member.activity);
    // An instance that returns to the warm pool waits in Warmed:Pending:Wait (user guide, "Warm pool example events").
    const waiting = back ? 'Warmed:Pending:Wait' : warm ? 'Warmed:Terminating:Wait' : 'Terminating:Wait';
    this.#enter(group, member, waiting);
    this.actions.begin(group, member, hooks, { origin: member.origin, destination }, (result, why) => {
      if (result === 'ABANDON' && this.#retains(group)) this.#retain(group, member, why);
      else this.#proceedTerminating(group, member, back && result === 'CONTINUE');
    });
  }

  #proceedTerminating(group: GroupRecord, member: MemberRecord, back: boolean): void {
    if (back) {
      this.#settleInWarmPool(group, member);
      return;
    }
    this.#enter(group, member, isWarm(member) ? 'Warmed:Terminating:Proceed' : 'Terminating:Proceed');
    member.timer = this.#after('proceed', this.#timing.proceed, member, () => this.#terminateInstance(group, member));
  }

  #retains(group: GroupRecord): boolean {
    return group.settings.InstanceLifecyclePolicy?.RetentionTriggers?.TerminateHookAbandon === 'retain';
  }

  #retain(group: GroupRecord, member: MemberRecord, why: string): void {
    this.activities.end(member.activity, 'Cancelled', `Instance failed to complete user's Lifecycle Action: ${why}`);
    member.activity = undefined;
    this.#enter(group, member, isWarm(member) ? 'Warmed:Terminating:Retained' : 'Terminating:Retained');
    this.wake(group);
  }

  #terminateInstance(group: GroupRecord, member: MemberRecord): void {
    const instance = this.#options.instances.all.get(member.instanceId);
    if (!instance || instance.state === 'terminated') this.#terminated(group, member);
    else this.#options.instances.terminate(instance);
  }

  #terminated(group: GroupRecord, member: MemberRecord): void {
    if (member.activity) {
      this.activities.end(member.activity, 'Successful');
      this.#tellEnd(group, 'EC2 Instance Terminate Successful', member.activity, [member.origin, 'EC2']);
    }
    this.#forget(group, member, 'Terminated');
  }

  #forget(group: GroupRecord, member: MemberRecord, state: 'Terminated' | 'Detached'): void {
    this.#interrupt(member);
    this.#enter(group, member, state);
    group.members.delete(member.instanceId);
    this.#groupOf.delete(member.instanceId);
    if (group.members.size === 0) this.#tellEmpty(group);
    if (!group.deleting) this.wake(group);
  }

  #tellEmpty(group: GroupRecord): void {
    for (const listener of this.#onEmpty) listener(group);
  }

  #detachFromTraffic(group: GroupRecord, member: MemberRecord): number {
    const draining = [...group.sources.values()].map((source) =>
      this.#options.traffic.detach(source, member.instanceId),
    );
    return Math.max(0, ...draining);
  }

  // ---- what EC2 and the load balancers tell

  #instanceChanged(instance: InstanceRecord): void {
    const group = this.#groupOf.get(instance.instanceId);
    const member = group?.members.get(instance.instanceId);
    if (!group || !member) return;
    if (instance.state === 'running' && (member.state === 'Pending' || member.state === 'Warmed:Pending')) {
      member.timer = this.#after('notice', this.#timing.noticeRunning, member, () => this.#launched(group, member));
    } else if (instance.state === 'stopped' && member.state === 'Warmed:Pending:Proceed') {
      this.#warm(group, member, 'Warmed:Stopped');
    } else if (instance.state === 'terminated' && /:Proceed$|^(Warmed:)?Terminating$/.test(member.state)) {
      if (member.state.includes('Terminating') && !member.timer) this.#terminated(group, member);
      else this.#planHealthCheck(member.instanceId, this.#timing.noticeGone);
    } else if (instance.state !== 'running' && instance.state !== 'pending') {
      this.#planHealthCheck(member.instanceId, this.#timing.noticeGone);
    }
  }

  #reachabilityChanged(instance: InstanceRecord): void {
    if (this.#groupOf.has(instance.instanceId) && this.#options.instances.failsCheck(instance)) {
      this.#planHealthCheck(instance.instanceId, this.#timing.noticeUnhealthy);
    }
  }

  // The one at risk leaves once its replacement is in service (user guide, "Capacity Rebalancing"; the cause's words are assumed).
  #rebalanceRecommended(instance: InstanceRecord): void {
    const group = this.#groupOf.get(instance.instanceId);
    const member = group?.members.get(instance.instanceId);
    if (!group?.settings.CapacityRebalance || !instance.spot || member?.state !== 'InService') return;
    if (group.suspended.has('Launch') || group.suspended.has('Terminate')) return;
    member.awaitingReplacement ??=
      'an instance was taken out of service in response to an EC2 instance rebalance recommendation.';
    this.wake(group);
  }

  #planHealthCheck(instanceId: string, span: Span): void {
    const group = this.#groupOf.get(instanceId);
    const member = group?.members.get(instanceId);
    if (!group || !member || member.healthTimer) return;
    const delay = this.#draw('health', span);
    member.healthTimer = this.#world.after(delay, `health of ${instanceId}`, () => {
      member.healthTimer = undefined;
      if (group.members.get(instanceId) === member) this.#checkHealth(group, member);
    });
  }

  #checkHealth(group: GroupRecord, member: MemberRecord): void {
    if (group.suspended.has('HealthCheck')) return;
    const instance = this.#options.instances.all.get(member.instanceId);
    const gone = !instance || ['shutting-down', 'terminated', 'stopping', 'stopped'].includes(instance.state);
    if (gone) {
      this.#foundGone(group, member, instance);
      return;
    }
    if (member.state !== 'InService') return;
    const verdict = this.#verdict(group, member, instance);
    if (!verdict) return;
    const graceEnds = (member.inServiceAt ?? 0) + (group.settings.HealthCheckGracePeriod ?? 0) * 1000;
    const left = graceEnds - this.#world.now();
    if (left > 0) {
      this.#planHealthCheck(member.instanceId, [left, left + 1]);
      return;
    }
    this.replaceUnhealthy(group, member, verdict);
  }

  // An instance that no longer runs is replaced at once, whatever the grace period (user guide, "Health check grace period").
  #foundGone(group: GroupRecord, member: MemberRecord, instance: InstanceRecord | undefined): void {
    const sentence =
      'an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.';
    if (member.state === 'Warmed:Stopped' && instance?.state === 'stopped') return;
    if (counts(member) || member.awaitingReplacement !== undefined) {
      this.replaceUnhealthy(group, member, sentence);
    } else if (
      isWarm(member) &&
      !isLeaving(member) &&
      instance?.state !== 'stopping' &&
      instance?.state !== 'stopped'
    ) {
      this.depart(group, member, { sentences: [sentence] });
    }
  }

  #verdict(group: GroupRecord, member: MemberRecord, instance: InstanceRecord): string | undefined {
    if (this.#options.instances.failsCheck(instance)) {
      return 'an instance was taken out of service in response to an EC2 instance status checks failure.';
    }
    if (!group.settings.HealthCheckType?.includes('ELB')) return undefined;
    const verdicts = [...group.sources.values()].map((source) =>
      this.#options.traffic.health(source, member.instanceId),
    );
    if (!verdicts.includes('unhealthy')) return undefined;
    return 'an instance was taken out of service in response to an ELB system health check failure.';
  }

  // ---- odds and ends

  #launchesBeforeTerminating(group: GroupRecord): boolean {
    const policy = group.settings.InstanceMaintenancePolicy;
    return (policy?.MinHealthyPercentage ?? -1) >= 100 && (policy?.MaxHealthyPercentage ?? 0) > 100;
  }

  #hooks(group: GroupRecord, transition: Transition) {
    return [...group.hooks.values()].filter((hook) => hook.transition === transition);
  }

  #instance(member: MemberRecord): InstanceRecord {
    const instance = this.#options.instances.all.get(member.instanceId);
    if (!instance) throw new Error(`${member.instanceId} is a member but not an instance`);
    return instance;
  }

  #zoneOfSubnet(subnetId: string): string {
    return this.#options.instances.network.subnet(subnetId).availabilityZone;
  }

  #interrupt(member: MemberRecord): void {
    this.actions.drop(member);
    member.timer?.cancel();
    member.timer = undefined;
    member.healthTimer?.cancel();
    member.healthTimer = undefined;
  }

  #after(what: string, span: Span, member: MemberRecord, run: () => void) {
    return this.#world.after(this.#draw(what, span), `${what} ${member.instanceId}`, () => {
      member.timer = undefined;
      run();
    });
  }

  #draw(what: string, span: Span): number {
    return within(this.#world.random.for(`autoscaling:${what}`), span);
  }

  #enter(group: GroupRecord, member: MemberRecord, state: MemberRecord['state']): void {
    member.state = state;
    this.#world.history.record('autoscaling', 'LifecycleStateChanged', {
      group: group.name,
      instanceId: member.instanceId,
      state,
    });
  }

  #tellEnd(group: GroupRecord, kind: ScalingEventKind, activity: ActivityRecord, way: [Place, Place]): void {
    const { instances, account, events } = this.#options;
    const { instanceId } = activity;
    const arn =
      instanceId === undefined ? undefined : `arn:aws:ec2:${instances.region}:${account}:instance/${instanceId}`;
    events.put(scalingEvent(group, kind, activity, { origin: way[0], destination: way[1] }, arn));
  }
}

function destinationOf(member: MemberRecord): Place {
  return isWarm(member) ? 'WarmPool' : 'AutoScalingGroup';
}
