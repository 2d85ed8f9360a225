import { InstanceNotManaged, InstanceNotVisible } from './errors.ts';
import { clusterTag, defaultLaunchHook, launchHookTag, roleTag } from './names.ts';
import { nodeNameOf } from './node-name.ts';
import type { Groups, Instance, Instances, JoinPolicy, LifecycleHook, Membership, Role } from './ports.ts';

/** Seconds kept free before a hook's own end, to diagnose, undo and answer in. */
const hookMarginSeconds = 120;
/** Seconds after the join's own limit in which gated targets may turn healthy: an NLB takes up to 180 s. */
const targetGateSeconds = 300;
/** Control-plane nodes join one by one: two others may come first. */
const turnsOfControlPlane = 3;
const roles: readonly string[] = ['worker', 'control-plane', 'etcd'] satisfies Role[];

/** What a bootstrap execution goes by. Times are ISO 8601. */
export interface BootstrapPlan {
  readonly nodeName: string;
  /** The instance's primary private address: what ip target groups know it by. */
  readonly ipAddress: string;
  readonly groupName: string;
  readonly role: Role;
  /** `tender`: we mint the token; `self`: it joins by itself and is only verified; `aside`: it is to be no node now, only its hook is answered. */
  readonly mode: 'tender' | 'self' | 'aside';
  /** Whether the instance is in service already: then it is verified, and nothing but an offer of ours is ever undone. */
  readonly inService: boolean;
  /** Whether an unfinished launch hook of ours is to be answered. */
  readonly hasHook: boolean;
  readonly hookName: string;
  /** Half the hook's timeout (S6). */
  readonly heartbeatSeconds: number;
  /** When the first heartbeat is due at the latest: the hook began after the launch, but the event may have come late. */
  readonly heartbeatDue: string;
  /** The node must have joined by then. */
  readonly joinBy: string;
  /** The one deadline: everything is answered by then. */
  readonly deadline: string;
  readonly template: { readonly id: string; readonly version: string };
  /** When to look first: nothing can ask for a certificate while the machine boots. */
  readonly lookAgainSeconds: number;
}

/** A launch, as node-bootstrap was started with it. */
interface PlanBootstrapInput {
  readonly instanceId: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly hookExpected: boolean;
  /** Whether the hook's event says that the instance comes out of a warm pool. */
  readonly fromPool?: boolean | undefined;
}

/**
 * Computes the one deadline and everything else that a bootstrap goes by. Reads only, so it can run again.
 * @throws InstanceNotVisible while EC2 or Auto Scaling does not show the instance; InstanceNotManaged when its group is not this cluster's.
 */
export async function planBootstrap(
  { instanceId, startedAt, hookExpected, fromPool = false }: PlanBootstrapInput,
  { instances, groups }: { instances: Instances; groups: Groups },
  policy: JoinPolicy,
  now: Date,
): Promise<BootstrapPlan> {
  const [instance, membership] = await Promise.all([
    instances.describe([instanceId]).then((found) => found.get(instanceId)),
    groups.memberships([instanceId]).then((found) => found.get(instanceId)),
  ]);
  // EC2 fills in name and address as the instance begins to run (DescribeInstances, PrivateDnsName).
  if (!instance?.privateDnsName || !instance.privateIpAddress) throw new InstanceNotVisible(instanceId);
  if (!membership) throw notInAGroup(instance, policy, now);
  if (/Terminat|Detach/.test(membership.lifecycleState))
    throw new InstanceNotManaged(instanceId, policy.name, `it is on its way out (${membership.lifecycleState})`);
  const [tags, hooks] = await Promise.all([groups.tags(membership.groupName), groups.hooks(membership.groupName)]);
  const role = roleOf(instanceId, membership, tags ?? {}, policy);
  const hookName = tags?.[launchHookTag] ?? defaultLaunchHook;
  const hook = hooks.find((candidate) => candidate.name === hookName && candidate.transition === 'launching');
  const hasHook = hook !== undefined && waitsForHook(instanceId, membership, hookExpected);
  return {
    ...timesOf(
      policy,
      role,
      { ...instance, ...(fromPool && { launchedAt: startedAt }) },
      hasHook ? hook : undefined,
      new Date(startedAt),
    ),
    // Nobody knows since when it waits: at once, then.
    ...(fromPool && { heartbeatDue: startedAt }),
    nodeName: nodeNameOf(policy.nodeNames, instance),
    ipAddress: instance.privateIpAddress,
    groupName: membership.groupName,
    role,
    mode: modeOf(role, membership, policy),
    inService: membership.lifecycleState === 'InService',
    hasHook,
    hookName,
    template: membership.launchTemplate ?? { id: membership.groupName, version: '-' },
    lookAgainSeconds: secondsToFirstLook(instance, now),
  };
}

/**
 * Whether the hook waits. An event can be faster than what Auto Scaling shows: with one in hand, `Pending` is on its way to `Pending:Wait`; without
 * one, it is too early to say.
 */
function waitsForHook(instanceId: string, { lifecycleState }: Membership, hookExpected: boolean): boolean {
  if (lifecycleState.endsWith('Pending:Wait')) return true;
  if (!lifecycleState.endsWith('Pending')) return false;
  if (!hookExpected) throw new InstanceNotVisible(instanceId);
  return true;
}

/**
 * Control-plane instances join by themselves unless the registry says that kubeadm joins them with what Tender gives. External etcd members never become
 * nodes, and an instance that goes into a warm pool must not (S3).
 */
function modeOf(role: Role, { lifecycleState }: Membership, policy: JoinPolicy): BootstrapPlan['mode'] {
  if (role === 'etcd' || lifecycleState.startsWith('Warmed:')) return 'aside';
  if (role === 'control-plane') return policy.join.controlPlane === 'kubeadm' ? 'tender' : 'self';
  return policy.bootstrap;
}

function notInAGroup(instance: Instance, policy: JoinPolicy, now: Date): Error {
  // Auto Scaling shows an instance a little after EC2 does; one that has been up for minutes is in no group.
  const age = now.getTime() - new Date(instance.launchedAt).getTime();
  return age < 120_000
    ? new InstanceNotVisible(instance.instanceId)
    : new InstanceNotManaged(instance.instanceId, policy.name, 'it is in no Auto Scaling group');
}

function roleOf(
  instanceId: string,
  membership: Membership,
  tags: Readonly<Record<string, string>>,
  policy: JoinPolicy,
): Role {
  const [cluster, role] = [tags[clusterTag], tags[roleTag]];
  if (cluster !== policy.name) {
    throw new InstanceNotManaged(
      instanceId,
      policy.name,
      `group ${membership.groupName} has ${clusterTag}=${cluster ?? '(none)'}`,
    );
  }
  if (role === undefined || !roles.includes(role)) {
    throw new InstanceNotManaged(
      instanceId,
      policy.name,
      `group ${membership.groupName} has ${roleTag}=${role ?? '(none)'}`,
    );
  }
  return role as Role;
}

function timesOf(
  policy: JoinPolicy,
  role: Role,
  instance: Instance,
  hook: LifecycleHook | undefined,
  start: Date,
): Pick<BootstrapPlan, 'heartbeatSeconds' | 'heartbeatDue' | 'joinBy' | 'deadline'> {
  const hookEnd = hook ? endOf(hook, new Date(instance.launchedAt), start) : Number.POSITIVE_INFINITY;
  const turns = role === 'control-plane' && policy.join.controlPlane === 'kubeadm' ? turnsOfControlPlane : 1;
  const joinBy = Math.min(start.getTime() + turns * policy.join.timeoutSeconds * 1000, hookEnd);
  const deadline = Math.min(joinBy + targetGateSeconds * 1000, hookEnd);
  const heartbeatSeconds = Math.max(10, Math.floor((hook?.heartbeatTimeoutSeconds ?? 3600) / 2));
  return {
    heartbeatSeconds,
    heartbeatDue: new Date(new Date(instance.launchedAt).getTime() + heartbeatSeconds * 1000).toISOString(),
    joinBy: new Date(joinBy).toISOString(),
    deadline: new Date(deadline).toISOString(),
  };
}

/**
 * When the waiting hook is to be answered at the latest, in ms. It began to wait at the launch; one that waits longer after the launch than AWS lets
 * any hook wait began when the instance came out of a warm pool, so about when the execution started.
 */
function endOf(hook: LifecycleHook, launchedAt: Date, start: Date): number {
  const cap = hook.globalTimeoutSeconds * 1000;
  const began = start.getTime() - launchedAt.getTime() < cap ? launchedAt : start;
  return began.getTime() + cap - hookMarginSeconds * 1000;
}

/** EC2 takes 10 s and more from pending to running, a kernel and cloud-init at least as long again: few ask for a certificate before this age. */
const firstLookAgeSeconds = 45;

/** Counted from the launch, as a machine's boot is. */
function secondsToFirstLook(instance: Instance, now: Date): number {
  const age = (now.getTime() - new Date(instance.launchedAt).getTime()) / 1000;
  return Math.max(5, Math.round(firstLookAgeSeconds - age));
}
