import type { EventSink } from '../cloud/ports.ts';
import { AwsError } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import {
  type ActionRecord,
  type ActionResult,
  type GroupRecord,
  globalTimeoutSeconds,
  type HookRecord,
  type MemberRecord,
  type Place,
  type Transition,
} from './group-record.ts';

/** Tells a hook's notification target (SQS queue, SNS topic); the body is JSON text. */
export type Notify = (targetArn: string, body: string) => void;

/** How a member's hooks ended: the result, and why when it was ABANDON. */
export type ActionsEnded = (result: ActionResult, why: string) => void;

const DETAIL_TYPE: Readonly<Record<Transition, string>> = {
  'autoscaling:EC2_INSTANCE_LAUNCHING': 'EC2 Instance-launch Lifecycle Action',
  'autoscaling:EC2_INSTANCE_TERMINATING': 'EC2 Instance-terminate Lifecycle Action',
};

/**
 * The waiting hooks of all instances: tokens, heartbeats, timeouts, results, and what is told about them
 * (user guide, "How lifecycle hooks work"; S3–S6).
 */
export class LifecycleActions {
  readonly #world: World;
  readonly #account: string;
  readonly #events: EventSink;
  readonly #notify: Notify;
  readonly #ended = new WeakMap<MemberRecord, ActionsEnded>();

  constructor(world: World, account: string, events: EventSink, notify: Notify) {
    this.#world = world;
    this.#account = account;
    this.#events = events;
    this.#notify = notify;
  }

  /**
   * Starts an action for each hook, each with a token of its own. `ended` is called once: when all hooks said CONTINUE,
   * or at the first ABANDON, which ends the others too.
   */
  begin(
    group: GroupRecord,
    member: MemberRecord,
    hooks: readonly HookRecord[],
    way: { readonly origin: Place; readonly destination: Place },
    ended: ActionsEnded,
  ): void {
    this.#ended.set(member, ended);
    for (const hook of hooks) {
      const action: ActionRecord = {
        token: this.#world.random.for('autoscaling:token').uuid(),
        hook,
        globalDeadline: this.#world.now() + globalTimeoutSeconds(hook) * 1000,
        timer: undefined,
      };
      member.actions.set(hook.name, action);
      this.#arm(group, member, action);
      this.#record(group, member, hook, 'LifecycleHookWaiting', way);
      this.#tell(group, member, action, way);
    }
  }

  /** @throws AwsError `ValidationError` when no such action waits (S6 has the text). */
  complete(group: GroupRecord, hookName: string, result: string, token?: string, instanceId?: string): void {
    if (result !== 'CONTINUE' && result !== 'ABANDON') {
      throw new AwsError(
        'ValidationError',
        `Lifecycle Action Result ${result} is not valid. Must be one of [CONTINUE, ABANDON].`,
      );
    }
    const { member, action } = this.#find(group, hookName, token, instanceId);
    this.#finish(
      group,
      member,
      action,
      result,
      'Lifecycle Action Completed with ABANDON Result',
      'LifecycleActionCompleted',
    );
  }

  /** Restarts the hook's timeout, never past its global deadline. @throws AwsError `ValidationError` as {@link LifecycleActions.complete}. */
  heartbeat(group: GroupRecord, hookName: string, token?: string, instanceId?: string): void {
    const { member, action } = this.#find(group, hookName, token, instanceId);
    this.#record(group, member, action.hook, 'LifecycleActionHeartbeat');
    this.#arm(group, member, action);
  }

  /** Ends a member's actions without a result: the instance goes another way. */
  drop(member: MemberRecord): void {
    for (const action of member.actions.values()) action.timer?.cancel();
    member.actions.clear();
    this.#ended.delete(member);
  }

  /** Sends the test message that a hook with a notification target begins with. */
  testNotification(group: GroupRecord, hook: HookRecord): void {
    if (!hook.notificationTargetArn) return;
    const body = {
      AccountId: this.#account,
      RequestId: this.#world.random.for('autoscaling:notification').uuid(),
      AutoScalingGroupARN: group.arn,
      AutoScalingGroupName: group.name,
      Service: 'AWS Auto Scaling',
      Event: 'autoscaling:TEST_NOTIFICATION',
      Time: this.#world.date().toISOString(),
    };
    this.#notify(hook.notificationTargetArn, JSON.stringify(body));
  }

  #find(
    group: GroupRecord,
    hookName: string,
    token?: string,
    instanceId?: string,
  ): { member: MemberRecord; action: ActionRecord } {
    if (token === undefined && instanceId === undefined) {
      throw new AwsError('ValidationError', 'Either LifecycleActionToken or InstanceId must be specified.');
    }
    const members = instanceId === undefined ? group.members.values() : [group.members.get(instanceId)];
    for (const member of members) {
      const action = member?.actions.get(hookName);
      if (member && action && (token === undefined || action.token === token)) return { member, action };
    }
    const what = token === undefined ? `instance ID ${instanceId}` : `token ${token}`;
    throw new AwsError('ValidationError', `No active Lifecycle Action found with ${what}`);
  }

  #arm(group: GroupRecord, member: MemberRecord, action: ActionRecord): void {
    action.timer?.cancel();
    const { hook } = action;
    const left = Math.min(hook.heartbeatTimeout * 1000, action.globalDeadline - this.#world.now());
    action.timer = this.#world.after(left, `hook ${hook.name} of ${member.instanceId}`, () =>
      this.#finish(group, member, action, hook.defaultResult, 'Heartbeat Timeout', 'LifecycleActionTimedOut'),
    );
  }

  #finish(
    group: GroupRecord,
    member: MemberRecord,
    action: ActionRecord,
    result: ActionResult,
    why: string,
    event: string,
  ): void {
    action.timer?.cancel();
    member.actions.delete(action.hook.name);
    this.#record(group, member, action.hook, event, { result });
    const ended = this.#ended.get(member);
    if (result === 'CONTINUE' && member.actions.size > 0) return;
    this.drop(member);
    ended?.(result, `Lifecycle Action with token ${action.token} was abandoned: ${why}`);
  }

  #tell(
    group: GroupRecord,
    member: MemberRecord,
    action: ActionRecord,
    way: { readonly origin: Place; readonly destination: Place },
  ): void {
    const { hook } = action;
    const detail = {
      LifecycleActionToken: action.token,
      AutoScalingGroupName: group.name,
      LifecycleHookName: hook.name,
      EC2InstanceId: member.instanceId,
      LifecycleTransition: hook.transition,
      ...(hook.notificationMetadata === undefined ? {} : { NotificationMetadata: hook.notificationMetadata }),
      Origin: way.origin,
      Destination: way.destination,
    };
    // `Action` is not documented; it was recorded on launches only (S3), so only launches carry it.
    const extra = hook.transition === 'autoscaling:EC2_INSTANCE_LAUNCHING' ? { Action: 'Launch' } : {};
    this.#events.put({
      source: 'aws.autoscaling',
      detailType: DETAIL_TYPE[hook.transition],
      detail: { ...detail, ...extra },
      resources: [group.arn],
    });
    if (hook.notificationTargetArn) this.#notify(hook.notificationTargetArn, this.#body(detail));
  }

  #body(detail: Readonly<Record<string, unknown>>): string {
    return JSON.stringify({
      Service: 'AWS Auto Scaling',
      Time: this.#world.date().toISOString(),
      RequestId: this.#world.random.for('autoscaling:notification').uuid(),
      AccountId: this.#account,
      ...detail,
    });
  }

  #record(group: GroupRecord, member: MemberRecord, hook: HookRecord, event: string, details: object = {}): void {
    this.#world.history.record('autoscaling', event, {
      group: group.name,
      hook: hook.name,
      instanceId: member.instanceId,
      transition: hook.transition,
      ...details,
    });
  }
}
