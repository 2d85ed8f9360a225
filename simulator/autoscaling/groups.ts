import type {
  CreateAutoScalingGroupType,
  Filter,
  LifecycleHookSpecification,
  PutWarmPoolType,
  Tag,
  UpdateAutoScalingGroupType,
} from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../cloud/service.ts';
import { causeTime } from './activities.ts';
import { templateOf, withTemplate } from './group-launch.ts';
import {
  type ActivityRecord,
  counts,
  type GroupRecord,
  type GroupSettings,
  type HookRecord,
  isLeaving,
  isWarm,
  type MemberRecord,
  type TrafficSource,
  type Transition,
} from './group-record.ts';
import { InstanceRefreshes } from './instance-refreshes.ts';
import { Scaling, type ScalingOptions } from './scaling.ts';

const TRANSITIONS = ['autoscaling:EC2_INSTANCE_LAUNCHING', 'autoscaling:EC2_INSTANCE_TERMINATING'];

/** The processes that can be suspended (user guide, "Suspend and resume processes"). */
export const processTypes = [
  'AZRebalance',
  'AddToLoadBalancer',
  'AlarmNotification',
  'HealthCheck',
  'InstanceRefresh',
  'Launch',
  'ReplaceUnhealthy',
  'ScheduledActions',
  'Terminate',
] as const;

const SETTINGS = [
  'LaunchTemplate',
  'MixedInstancesPolicy',
  'DefaultCooldown',
  'HealthCheckType',
  'HealthCheckGracePeriod',
  'PlacementGroup',
  'TerminationPolicies',
  'NewInstancesProtectedFromScaleIn',
  'ServiceLinkedRoleARN',
  'MaxInstanceLifetime',
  'CapacityRebalance',
  'Context',
  'DesiredCapacityType',
  'DefaultInstanceWarmup',
  'InstanceMaintenancePolicy',
  'AvailabilityZoneDistribution',
  'AvailabilityZoneImpairmentPolicy',
  'CapacityReservationSpecification',
  'InstanceLifecyclePolicy',
  'DeletionProtection',
] as const satisfies readonly (keyof GroupSettings)[];

/** All Auto Scaling groups of one region, as the API changes them; {@link Scaling} does the work. */
export class Groups {
  readonly all = new Map<string, GroupRecord>();
  readonly scaling: Scaling;
  readonly refreshes: InstanceRefreshes;
  readonly #options: ScalingOptions;

  constructor(options: ScalingOptions) {
    this.#options = options;
    this.scaling = new Scaling(options);
    this.refreshes = new InstanceRefreshes(options.world, this.scaling);
    this.scaling.onEmpty((group) => {
      if (group.deleting) this.#end(group);
    });
  }

  /** @throws AwsError `ValidationError` with AWS's text when there is none. */
  group(name: string | undefined): GroupRecord {
    const group = this.all.get(name ?? '');
    if (!group)
      throw new AwsError(
        'ValidationError',
        `AutoScalingGroup name not found - AutoScalingGroup '${name ?? ''}' not found`,
      );
    return group;
  }

  /** The group and the member of an instance. @throws AwsError `ValidationError`. */
  memberOf(instanceId: string | undefined): { group: GroupRecord; member: MemberRecord } {
    const group = this.scaling.groupOf(instanceId ?? '');
    const member = group?.members.get(instanceId ?? '');
    if (!group || !member) {
      throw new AwsError(
        'ValidationError',
        `Instance Id not found - No managed instance found for instance ID: ${instanceId ?? ''}`,
      );
    }
    return { group, member };
  }

  /** The zones of a group's subnets. */
  zonesOf(group: GroupRecord): string[] {
    const { network } = this.#options.instances;
    return [...new Set(group.subnetIds.map((id) => network.subnet(id).availabilityZone))];
  }

  /** The role that Auto Scaling itself works as. */
  get serviceLinkedRoleArn(): string {
    const role = 'role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling';
    return `arn:aws:iam::${this.#options.account}:${role}`;
  }

  /** The ARN that a group name stands for in policies, also when no such group exists. */
  arnOf(name: string | undefined): string {
    return this.all.get(name ?? '')?.arn ?? this.#arn('*', name ?? '*');
  }

  /** @throws AwsError `AlreadyExists`, `ValidationError`. */
  create(input: CreateAutoScalingGroupType): GroupRecord {
    const name = input.AutoScalingGroupName ?? '';
    if (this.all.has(name)) {
      throw new AwsError(
        'AlreadyExists',
        `AutoScalingGroup by this name already exists - A group with the name ${name} already exists`,
      );
    }
    const { world } = this.#options;
    const group: GroupRecord = {
      name,
      arn: this.#arn(world.random.for('autoscaling:group-id').uuid(), name),
      createdAt: world.date(),
      members: new Map(),
      hooks: new Map(),
      tags: new Map(),
      suspended: new Map(),
      sources: new Map(),
      activities: [],
      refreshes: [],
      settings: {},
      minSize: 0,
      maxSize: 0,
      desired: 0,
      subnetIds: [],
      warmPool: undefined,
      deleting: false,
      reason: '',
      unhealthyToReplace: 0,
      wake: undefined,
      avoidZones: new Map(),
    };
    this.#applySettings(group, input);
    this.#applySizes(group, input.MinSize ?? 0, input.MaxSize ?? 0, input.DesiredCapacity ?? input.MinSize ?? 0);
    this.#applyPlace(group, input);
    for (const hook of input.LifecycleHookSpecificationList ?? []) this.#putHook(group, hook);
    for (const source of this.#sourcesOf(input)) this.#addSource(group, source);
    this.tag(group, input.Tags ?? []);
    this.all.set(name, group);
    group.reason = `At ${causeTime(world.date())} a user request created an AutoScalingGroup changing the desired capacity from 0 to ${group.desired}.`;
    world.history.record('autoscaling', 'GroupCreated', { group: name, desired: group.desired });
    this.scaling.wake(group);
    return group;
  }

  update(input: UpdateAutoScalingGroupType): void {
    const group = this.group(input.AutoScalingGroupName);
    this.#applySettings(group, input);
    if (input.VPCZoneIdentifier !== undefined || input.AvailabilityZones !== undefined) this.#applyPlace(group, input);
    const before = group.desired;
    const min = input.MinSize ?? group.minSize;
    const max = input.MaxSize ?? group.maxSize;
    const desired = input.DesiredCapacity ?? Math.min(Math.max(group.desired, min), max);
    this.#applySizes(group, min, max, desired);
    if (before !== desired) {
      group.reason = `At ${this.#time()} a user request update of AutoScalingGroup constraints to min: ${min}, max: ${max}, desired: ${desired} changing the desired capacity from ${before} to ${desired}.`;
    }
    this.scaling.wake(group);
  }

  /** @throws AwsError `ResourceInUse` while it has instances and `force` is not set. */
  delete(name: string | undefined, force: boolean): void {
    const group = this.group(name);
    if (
      group.settings.DeletionProtection === 'prevent-all-deletion' ||
      (force && group.settings.DeletionProtection === 'prevent-force-deletion')
    ) {
      throw new AwsError(
        'ValidationError',
        `You cannot delete AutoScalingGroup ${group.name} because it has deletion protection enabled.`,
      );
    }
    if (group.members.size > 0 && !force) {
      throw new AwsError(
        'ResourceInUse',
        'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
      );
    }
    group.deleting = true;
    group.wake?.cancel();
    this.#options.world.history.record('autoscaling', 'GroupDeleting', { group: group.name, force });
    this.scaling.forceEnd(group);
  }

  /** @throws AwsError `ValidationError` outside of minimum and maximum. */
  setDesired(name: string | undefined, desired: number): void {
    const group = this.group(name);
    if (desired > group.maxSize) {
      throw new AwsError(
        'ValidationError',
        `New SetDesiredCapacity value ${desired} is above max value ${group.maxSize} for the AutoScalingGroup.`,
      );
    }
    if (desired < group.minSize) {
      throw new AwsError(
        'ValidationError',
        `New SetDesiredCapacity value ${desired} is below min value ${group.minSize} for the AutoScalingGroup.`,
      );
    }
    if (desired !== group.desired) {
      group.reason = `At ${this.#time()} a user request explicitly set group desired capacity changing the desired capacity from ${group.desired} to ${desired}.`;
    }
    this.#options.world.history.record('autoscaling', 'DesiredCapacitySet', {
      group: group.name,
      from: group.desired,
      to: desired,
    });
    group.desired = desired;
    this.scaling.wake(group);
  }

  /** Creates or changes a hook; instances that wait keep the hook as it was. @throws AwsError `ValidationError`. */
  putHook(name: string | undefined, hook: LifecycleHookSpecification): void {
    const group = this.group(name);
    this.scaling.actions.testNotification(group, this.#putHook(group, hook));
  }

  /** Deletes a hook; what waits for it ends: ABANDON for launching instances, CONTINUE for terminating ones. @throws AwsError `ValidationError`. */
  deleteHook(name: string | undefined, hookName: string | undefined): void {
    const group = this.group(name);
    if (!group.hooks.delete(hookName ?? '')) {
      throw new AwsError('ValidationError', `No Lifecycle Hook found with name ${hookName ?? ''}`);
    }
    for (const member of [...group.members.values()]) {
      const action = member.actions.get(hookName ?? '');
      if (!action) continue;
      // API reference of DeleteLifecycleHook.
      const result = action.hook.transition === 'autoscaling:EC2_INSTANCE_LAUNCHING' ? 'ABANDON' : 'CONTINUE';
      this.scaling.actions.complete(group, action.hook.name, result, action.token);
    }
  }

  tag(group: GroupRecord, tags: readonly Tag[]): void {
    for (const tag of tags) {
      group.tags.set(tag.Key ?? '', { value: tag.Value ?? '', propagateAtLaunch: tag.PropagateAtLaunch ?? false });
    }
  }

  attach(name: string | undefined, sources: readonly TrafficSource[]): void {
    const group = this.group(name);
    for (const source of sources) {
      this.#addSource(group, source);
      if (group.suspended.has('AddToLoadBalancer')) continue;
      for (const member of group.members.values()) {
        if (member.state === 'InService') this.#options.traffic.attach(source, member.instanceId);
      }
    }
  }

  detach(name: string | undefined, sources: readonly TrafficSource[]): void {
    const group = this.group(name);
    for (const source of sources) {
      if (!group.sources.delete(source.Identifier)) {
        throw new AwsError(
          'ValidationError',
          `Trying to remove ${source.Type === 'elb' ? 'Load Balancers' : 'Target Groups'} that are not part of the group`,
        );
      }
      for (const member of group.members.values()) this.#options.traffic.detach(source, member.instanceId);
    }
  }

  putWarmPool(input: PutWarmPoolType): void {
    const group = this.group(input.AutoScalingGroupName);
    if (input.PoolState === 'Hibernated') {
      throw new AwsError('NotImplemented', 'PutWarmPool with PoolState Hibernated is not supported.', { status: 501 });
    }
    const prepared = input.MaxGroupPreparedCapacity;
    group.warmPool = {
      minSize: input.MinSize ?? 0,
      maxGroupPreparedCapacity: prepared === -1 ? undefined : (prepared ?? group.warmPool?.maxGroupPreparedCapacity),
      poolState: input.PoolState === 'Running' ? 'Running' : 'Stopped',
      reuseOnScaleIn: input.InstanceReusePolicy?.ReuseOnScaleIn ?? group.warmPool?.reuseOnScaleIn ?? false,
      deleting: false,
    };
    this.scaling.wake(group);
  }

  /** @throws AwsError `ResourceInUse`, `ValidationError` when there is no warm pool. */
  deleteWarmPool(name: string | undefined, force: boolean): void {
    const group = this.group(name);
    const pool = group.warmPool;
    if (!pool) throw new AwsError('ValidationError', `No warm pool found for Auto Scaling group ${group.name}`);
    const warm = [...group.members.values()].filter(isWarm);
    if (warm.length > 0 && !force) {
      throw new AwsError(
        'ResourceInUse',
        'You cannot delete a warm pool while there are instances still in the warm pool.',
      );
    }
    pool.deleting = true;
    if (warm.length === 0) group.warmPool = undefined;
    this.scaling.wake(group);
  }

  /**
   * Terminates; one that is on its way out goes on as it was, and is not counted a second time (assumed: cluster-autoscaler
   * skips such instances as needless calls, not as errors). A retained one starts anew.
   * @throws AwsError `ValidationError`.
   */
  terminateInstance(
    instanceId: string | undefined,
    decrement: boolean,
  ): { group: GroupRecord; activity: ActivityRecord } {
    const { group, member } = this.memberOf(instanceId);
    const retained = member.state.endsWith(':Retained');
    if (isLeaving(member) && !retained && member.activity) return { group, activity: member.activity };
    if (decrement && retained) {
      throw new AwsError(
        'ValidationError',
        `The instance ${member.instanceId} is retained: ShouldDecrementDesiredCapacity must be false.`,
      );
    }
    const from = group.desired;
    if (decrement && counts(member)) this.#decrement(group, 1, 'Terminating instance without replacement');
    const shrinking = from === group.desired ? '' : `, shrinking the capacity from ${from} to ${group.desired}`;
    const activity = this.scaling.depart(group, member, {
      sentences: [`instance ${member.instanceId} was taken out of service in response to a user request${shrinking}.`],
    });
    this.scaling.wake(group);
    return { group, activity };
  }

  /** @throws AwsError `ValidationError`. */
  detachInstances(name: string | undefined, instanceIds: readonly string[], decrement: boolean): ActivityRecord[] {
    const { group, members } = this.#membersIn(name, instanceIds, ['InService', 'Standby'], 'detached');
    if (decrement) this.#decrement(group, members.filter(counts).length, 'Detaching instances without replacement');
    const activities = members.map((member) =>
      this.scaling.release(group, member, [
        `instance ${member.instanceId} was detached in response to a user request${decrement ? `, shrinking the capacity to ${group.desired}` : ''}.`,
      ]),
    );
    this.scaling.wake(group);
    return activities;
  }

  /** @throws AwsError `ValidationError`. */
  attachInstances(name: string | undefined, instanceIds: readonly string[]): void {
    const group = this.group(name);
    const instances = this.#options.instances.visibleAll(instanceIds);
    if (group.desired + instances.length > group.maxSize) {
      throw new AwsError(
        'ValidationError',
        `AutoScalingGroup ${group.name} would exceed its max size of ${group.maxSize} with these instances.`,
      );
    }
    for (const instance of instances) {
      if (this.scaling.groupOf(instance.instanceId)) {
        throw new AwsError('ValidationError', `Instance ${instance.instanceId} is already part of an AutoScalingGroup`);
      }
      if (instance.state !== 'running')
        throw new AwsError('ValidationError', `Invalid Instance ID(s): [${instance.instanceId}] specified`);
      this.scaling.adopt(group, instance, [
        `instance ${instance.instanceId} was attached in response to a user request.`,
      ]);
    }
    group.desired += instances.length;
  }

  /** @throws AwsError `ValidationError`. */
  enterStandby(name: string | undefined, instanceIds: readonly string[], decrement: boolean): ActivityRecord[] {
    const { group, members } = this.#membersIn(name, instanceIds, ['InService'], 'moved to Standby');
    const from = group.desired;
    if (decrement) this.#decrement(group, members.length, 'Moving instances to Standby without replacement');
    const shrinking = decrement ? `, shrinking the capacity from ${from} to ${group.desired}` : '';
    const activities = members.map((member) =>
      this.scaling.enterStandby(group, member, [
        `instance ${member.instanceId} was moved to standby in response to a user request${shrinking}.`,
      ]),
    );
    this.scaling.wake(group);
    return activities;
  }

  /** @throws AwsError `ValidationError`. */
  exitStandby(name: string | undefined, instanceIds: readonly string[]): ActivityRecord[] {
    const { group, members } = this.#membersIn(name, instanceIds, ['Standby'], 'moved out of Standby');
    const from = group.desired;
    if (from + members.length > group.maxSize) {
      throw new AwsError(
        'ValidationError',
        `AutoScalingGroup ${group.name} would exceed its max size of ${group.maxSize}.`,
      );
    }
    group.desired += members.length;
    return members.map((member) =>
      this.scaling.exitStandby(group, member, [
        `instance ${member.instanceId} was moved out of standby in response to a user request, increasing the capacity from ${from} to ${group.desired}.`,
      ]),
    );
  }

  /** @throws AwsError `ValidationError`. */
  setHealth(instanceId: string | undefined, status: string | undefined, respectGracePeriod: boolean): void {
    const { group, member } = this.memberOf(instanceId);
    if (status !== 'Healthy' && status !== 'Unhealthy') {
      throw new AwsError(
        'ValidationError',
        `1 validation error detected: Value '${status ?? ''}' at 'healthStatus' failed to satisfy constraint: Member must satisfy enum value set: [Healthy, Unhealthy]`,
      );
    }
    if (status === 'Healthy') {
      member.health = 'Healthy';
      return;
    }
    const graceEnds = (member.inServiceAt ?? 0) + (group.settings.HealthCheckGracePeriod ?? 0) * 1000;
    if (respectGracePeriod && this.#options.world.now() < graceEnds) return;
    this.scaling.replaceUnhealthy(
      group,
      member,
      'an instance was taken out of service in response to a user health-check.',
    );
  }

  /** @throws AwsError `ValidationError`. */
  setProtection(name: string | undefined, instanceIds: readonly string[], protect: boolean): void {
    const group = this.group(name);
    for (const id of instanceIds) {
      const member = group.members.get(id);
      if (!member)
        throw new AwsError('ValidationError', `The instance ${id} is not part of Auto Scaling group ${group.name}.`);
      member.protectedFromScaleIn = protect;
    }
    if (!protect) this.scaling.wake(group);
  }

  /** @throws AwsError `ValidationError` for an unknown process. */
  suspend(name: string | undefined, processes: readonly string[] | undefined): void {
    const group = this.group(name);
    for (const process of this.#processes(processes)) {
      group.suspended.set(process, `User suspended at ${this.#time()}`);
    }
    this.#options.world.history.record('autoscaling', 'ProcessesSuspended', {
      group: group.name,
      processes: [...group.suspended.keys()],
    });
  }

  /** @throws AwsError `ValidationError` for an unknown process. */
  resume(name: string | undefined, processes: readonly string[] | undefined): void {
    const group = this.group(name);
    for (const process of this.#processes(processes)) group.suspended.delete(process);
    this.#options.world.history.record('autoscaling', 'ProcessesResumed', {
      group: group.name,
      stillSuspended: [...group.suspended.keys()],
    });
    for (const member of [...group.members.values()]) {
      if (member.health === 'Unhealthy' && counts(member)) {
        this.scaling.replaceUnhealthy(
          group,
          member,
          'an instance was taken out of service in response to a health check failure.',
        );
      }
    }
    this.scaling.recheck(group);
  }

  /** Whether a group fits the filters of DescribeAutoScalingGroups (`tag-key`, `tag-value`, `tag:<key>`). */
  fits(group: GroupRecord, filters: readonly Filter[]): boolean {
    return filters.every(({ Name = '', Values = [] }) => {
      if (Name === 'tag-key') return Values.some((value) => group.tags.has(value));
      if (Name === 'tag-value') return [...group.tags.values()].some((tag) => Values.includes(tag.value));
      if (Name.startsWith('tag:')) return Values.includes(group.tags.get(Name.slice(4))?.value ?? '\0');
      throw new AwsError(
        'ValidationError',
        `Filter type ${Name} is not correct. Allowed Filter types are: tag-key, tag-value, tag:<key>`,
      );
    });
  }

  #putHook(group: GroupRecord, input: LifecycleHookSpecification): HookRecord {
    const name = input.LifecycleHookName ?? '';
    const known = group.hooks.get(name);
    const transition = input.LifecycleTransition ?? known?.transition;
    if (transition === undefined || !TRANSITIONS.includes(transition)) {
      throw new AwsError(
        'ValidationError',
        `Invalid Lifecycle Transition - valid transitions are [${TRANSITIONS.join(', ')}]`,
      );
    }
    const heartbeatTimeout = input.HeartbeatTimeout ?? known?.heartbeatTimeout ?? 3600;
    if (heartbeatTimeout < 30 || heartbeatTimeout > 7200) {
      throw new AwsError('ValidationError', 'Heartbeat timeout must be between 30 and 7200 seconds');
    }
    const hook: HookRecord = {
      name,
      transition: transition as Transition,
      heartbeatTimeout,
      defaultResult: (input.DefaultResult ?? known?.defaultResult) === 'CONTINUE' ? 'CONTINUE' : 'ABANDON',
      notificationTargetArn: input.NotificationTargetARN ?? known?.notificationTargetArn,
      roleArn: input.RoleARN ?? known?.roleArn,
      notificationMetadata: input.NotificationMetadata ?? known?.notificationMetadata,
    };
    group.hooks.set(name, hook);
    return hook;
  }

  #applySettings(group: GroupRecord, input: CreateAutoScalingGroupType | UpdateAutoScalingGroupType): void {
    if (input.LaunchConfigurationName !== undefined) {
      throw new AwsError(
        'ValidationError',
        `Launch configuration name not found - Launch configuration ${input.LaunchConfigurationName} not found`,
      );
    }
    const given = SETTINGS.filter((key) => input[key] !== undefined).map((key) => [key, input[key]] as const);
    group.settings = { ...group.settings, ...(Object.fromEntries(given) as GroupSettings) };
    const template = templateOf(group);
    if (!template) {
      throw new AwsError(
        'ValidationError',
        'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.',
      );
    }
    try {
      const { templates } = this.#options;
      const found = templates.find(template);
      templates.version(found, template.Version);
      group.settings = withTemplate(group.settings, {
        ...template,
        LaunchTemplateId: found.id,
        LaunchTemplateName: found.name,
      });
    } catch (error) {
      throw error instanceof AwsError
        ? new AwsError('ValidationError', `You must use a valid fully-formed launch template. ${error.message}`)
        : error;
    }
  }

  #applySizes(group: GroupRecord, min: number, max: number, desired: number): void {
    if (min > max) throw new AwsError('ValidationError', 'Max bound must be greater than or equal to min bound');
    if (desired < min || desired > max) {
      throw new AwsError(
        'ValidationError',
        `Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`,
      );
    }
    group.minSize = min;
    group.maxSize = max;
    group.desired = desired;
  }

  #applyPlace(group: GroupRecord, input: CreateAutoScalingGroupType | UpdateAutoScalingGroupType): void {
    const { network } = this.#options.instances;
    if (input.VPCZoneIdentifier) {
      const subnetIds = input.VPCZoneIdentifier.split(',').map((id) => id.trim());
      const unknown = subnetIds.find((id) => !network.subnets.has(id));
      if (unknown) throw new AwsError('ValidationError', `The subnet ID '${unknown}' does not exist`);
      group.subnetIds = subnetIds;
    } else {
      group.subnetIds = [...network.subnets.values()]
        .filter((subnet) => input.AvailabilityZones?.includes(subnet.availabilityZone))
        .map((subnet) => subnet.subnetId);
    }
    if (group.subnetIds.length === 0) {
      throw new AwsError('ValidationError', 'At least one Availability Zone or VPC Subnet is required.');
    }
  }

  #sourcesOf(input: CreateAutoScalingGroupType): TrafficSource[] {
    return [
      ...(input.TargetGroupARNs ?? []).map((Identifier) => ({ Identifier, Type: 'elbv2' as const })),
      ...(input.LoadBalancerNames ?? []).map((Identifier) => ({ Identifier, Type: 'elb' as const })),
      ...(input.TrafficSources ?? []).map((s) => trafficSource(s)),
    ];
  }

  #addSource(group: GroupRecord, source: TrafficSource): void {
    if (!this.#options.traffic.exists(source)) {
      const what =
        source.Type === 'elb'
          ? `Provided Load Balancers may not be valid. Please ensure they exist and try again.`
          : `Provided Target Groups may not be valid. Please ensure they exist and try again.`;
      throw new AwsError('ValidationError', what);
    }
    group.sources.set(source.Identifier, source);
  }

  #membersIn(
    name: string | undefined,
    instanceIds: readonly string[],
    states: readonly string[],
    verb: string,
  ): { group: GroupRecord; members: MemberRecord[] } {
    const group = this.group(name);
    const members = instanceIds.map((id) => {
      const member = group.members.get(id);
      if (!member)
        throw new AwsError('ValidationError', `The instance ${id} is not part of Auto Scaling group ${group.name}.`);
      if (!states.includes(member.state)) {
        throw new AwsError(
          'ValidationError',
          `The instance ${id} is not in ${states.join(' or ')} and cannot be ${verb}.`,
        );
      }
      return member;
    });
    return { group, members };
  }

  #decrement(group: GroupRecord, by: number, what: string): void {
    if (group.desired - by < group.minSize) {
      throw new AwsError(
        'ValidationError',
        `Currently, desiredSize equals minSize (${group.minSize}). ${what} will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
      );
    }
    group.desired -= by;
  }

  #processes(processes: readonly string[] | undefined): readonly string[] {
    const named = processes && processes.length > 0 ? processes : processTypes;
    const unknown = named.find((p) => !(processTypes as readonly string[]).includes(p));
    if (unknown) throw new AwsError('ValidationError', `Invalid scaling process type: ${unknown}`);
    return named;
  }

  #end(group: GroupRecord): void {
    if (this.all.get(group.name) === group) this.all.delete(group.name);
    this.#options.world.history.record('autoscaling', 'GroupDeleted', { group: group.name });
  }

  #time(): string {
    return causeTime(this.#options.world.date());
  }

  #arn(id: string, name: string): string {
    const { account, instances } = this.#options;
    return `arn:aws:autoscaling:${instances.region}:${account}:autoScalingGroup:${id}:autoScalingGroupName/${name}`;
  }
}

/** A traffic source as the API names it; the type is told by the identifier when it is left out. @throws AwsError `NotImplemented` for VPC Lattice. */
export function trafficSource(source: { Identifier?: string | undefined; Type?: string | undefined }): TrafficSource {
  const Identifier = source.Identifier ?? '';
  const Type = source.Type ?? (Identifier.startsWith('arn:') ? 'elbv2' : 'elb');
  if (Type !== 'elb' && Type !== 'elbv2') {
    throw new AwsError('NotImplemented', `Traffic sources of type ${Type} are not supported.`, { status: 501 });
  }
  return { Identifier, Type };
}
