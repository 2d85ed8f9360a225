import { InstanceNotManaged } from './errors.ts';
import { isLeaving, leavesPool } from './is-leaving.ts';
import { eventStands, membershipOf } from './membership-of.ts';
import { clusterTag, defaultTerminateHook, roleTag, terminateHookTag } from './names.ts';
import { nodeNameOf } from './node-name.ts';
import type { Groups, Instance, Membership, Role } from './ports.ts';
import { restsInPool } from './rests-in-pool.ts';
import type {
  AndonCord,
  NodeInstances,
  Quorum,
  QuorumAnswer,
  RetirePolicy,
  RetireSignal,
  RetiringGroup,
  RetiringGroups,
  TaggedInstances,
} from './retire-ports.ts';
import { retireVerdict, unavoidable } from './retire-verdict.ts';
import { waitingHook } from './waiting-hook.ts';
import { whyUnreplaced } from './why-unreplaced.ts';

/** Seconds kept free before a hook's own end, to undo and answer in. */
const hookMarginSeconds = 120;
/** A voluntary retirement that was not granted its place for a day is told to a person instead. */
const longestLeaseWaitSeconds = 86_400;
/** These leave by our choice, and what comes in their place may come before. */
const replacedFirst: readonly RetireSignal[] = ['rebalance-recommendation', 'repair'];
/** Auto Scaling puts it on every instance of a group. */
const groupNameTag = 'aws:autoscaling:groupName';

/** A signal, as node-retire was started with it. */
export interface PlanRetireInput {
  /** One of the two may be empty. */
  readonly instanceId: string;
  readonly nodeName: string;
  readonly signal: RetireSignal;
  /** When the execution began; ISO 8601. */
  readonly startedAt: string;
  /** When the instance goes away by itself; empty when nobody said. ISO 8601. */
  readonly deadline: string;
  /** Since when the hook of the signal waits; empty when there is none. ISO 8601. */
  readonly hookSince: string;
  /** The group whose terminate hook the signal tells of; absent or empty when it tells of none. */
  readonly hookGroup?: string | undefined;
  /** Whether a replacement has to be in service before a node goes by our choice, whatever the policy says; a repair knows of its group. */
  readonly launchFirst?: boolean | undefined;
  /** Whether its replacement is in service already, so that the group launches nobody for it. */
  readonly replaced?: boolean | undefined;
  /** No place in the disruption budget is waited for after that; empty when nobody said. ISO 8601. */
  readonly notAfter?: string | undefined;
  /** Whether an execution that retired it is dead: what waits on its way into a warm pool is its terminate hook then. */
  readonly wasRetired?: boolean | undefined;
  /** Whether the event of its terminate hook says that it goes into its group's warm pool. */
  readonly intoPool?: boolean | undefined;
}

/** What a retirement goes by. Times are ISO 8601, and empty where there is none. */
export interface RetirePlan {
  /**
   * `drain`: the node is emptied. `cordon`: it only takes no new pods. `aside`: there is no node to empty; a hook is answered. `ignore`: the policy says so.
   * `refuse`: it would do harm, or is somebody else's to do.
   */
  readonly verdict: 'drain' | 'cordon' | 'aside' | 'ignore' | 'refuse';
  readonly why: string;
  /** Whether what is refused may be planned otherwise later: then whoever has the time asks again. */
  readonly passes: boolean;
  readonly instanceId: string;
  readonly nodeName: string;
  readonly ipAddress: string;
  readonly zone: string;
  readonly groupName: string;
  readonly role: Role;
  /** Whether Tender could as well leave it: then it needs a place in the disruption budget, and is undone when it fails. */
  readonly voluntary: boolean;
  readonly hasHook: boolean;
  readonly hookName: string;
  readonly heartbeatSeconds: number;
  readonly heartbeatDue: string;
  /** The one deadline. */
  readonly deadline: string;
  /** Until when to wait for a place in the budget. */
  readonly leaseUntil: string;
  /** From when on it is no choice any more, since the instance goes by itself and a drain takes its time; empty when it does not. */
  readonly lastStart: string;
  /** Whether the instance is certain to go, so that its Node may be deleted. */
  readonly leaves: boolean;
  /** Whether it is in its group's warm pool, or on its way there: it serves nobody. */
  readonly pooled: boolean;
  /** Whether it leaves for a warm pool in which its kubelet runs on: its Node stays, cordoned, until it is back. */
  readonly nodeStays: boolean;
  readonly waitForTargets: boolean;
  readonly launchFirst: boolean;
  /** Why nobody comes in its place, where it goes by our choice; empty where somebody comes, or has come. */
  readonly unreplaced: string;
  /** What answers the hook when the node could not be emptied. */
  readonly whenDrainFails: 'continue' | 'abandon-and-retain' | 'expire';
}

export interface PlanRetirePorts {
  readonly instances: TaggedInstances;
  readonly groups: Groups;
  readonly retiring: RetiringGroups;
  readonly quorum: Quorum;
  readonly andon: AndonCord;
  readonly nodes: NodeInstances;
}

/** All that a retirement is planned from. */
export interface RetireFacts {
  /** undefined: EC2 does not know it any more. */
  readonly instance: Instance | undefined;
  readonly membership: Membership | undefined;
  readonly group: RetiringGroup | undefined;
  readonly instanceTags: Readonly<Record<string, string>>;
  readonly role: Role;
  readonly quorum: QuorumAnswer | 'not asked';
  /** Whether nothing is left of an instance that is gone. */
  readonly nodeIsGone: boolean;
  /** Whether the API server has named its Node; it is asked where EC2 cannot tell, and of what leaves a warm pool for good. */
  readonly hasNode: boolean;
  /** EC2 does not know the instance, and yet its Node is Ready: one of the two is wrong, and nothing is taken for gone. */
  readonly isDoubted: boolean;
  /** Whether nobody told of a hook lately: what Auto Scaling says of the instance is all that is known then. */
  readonly hookIsOld: boolean;
}

/**
 * Computes the one deadline and everything else that a retirement goes by. Reads only, so it can run again.
 * @throws InstanceNotManaged when the instance is not this cluster's; NodeNotFound, NodeWithoutInstance when only a Node is named.
 */
export async function planRetire(
  input: PlanRetireInput,
  ports: PlanRetirePorts,
  policy: RetirePolicy,
  now: Date,
): Promise<RetirePlan> {
  const instanceId = input.instanceId || (await ports.nodes.find(policy.name, input.nodeName));
  const gathered = await gather({ ...input, instanceId }, ports, policy, now);
  const named = input.nodeName || (gathered.instance ? nodeNameWhereKnown(policy, gathered.instance) : '');
  const isUnnamed = named === '' && isGone(gathered.instance);
  const isAsked = isUnnamed || !gathered.instance || leavesPool(gathered.membership);
  const told = isAsked ? await ports.nodes.ofInstance(instanceId) : 'unknown';
  // EC2 takes name and address from what terminates: the Node tells, once, for all steps that come.
  const node = isUnnamed ? told : { name: named };
  const isDoubted = !gathered.instance && typeof told === 'object' && told.isReady;
  const facts = { ...gathered, nodeIsGone: node === 'none', hasNode: typeof told === 'object', isDoubted };
  const { instance, membership, group, role } = facts;
  const hook = await waitingHook({ ...input, instanceId }, facts, ports.nodes, now);
  // Maintenance that has begun already is over, or will tell by the instance's state: no deadline to hurry for.
  const past = input.signal === 'scheduled-maintenance' && Date.parse(input.deadline) <= now.getTime();
  const deadline = earliest([past ? '' : input.deadline, hook ? endOf(hook, input) : '']);
  const verdict = await unlessPulled(retireVerdict(input.signal, facts, policy, hook !== undefined), ports.andon);
  return {
    ...verdict,
    instanceId,
    nodeName: typeof node === 'object' ? node.name : '',
    ipAddress: instance?.privateIpAddress || (typeof told === 'object' ? told.internalIp : ''),
    zone: instance?.availabilityZone ?? '',
    groupName: membership?.groupName ?? group?.name ?? '',
    role,
    // A signal that is ignored answers no hook: the hook's own signal does.
    hasHook: hook !== undefined && verdict.verdict !== 'ignore',
    hookName: hook?.name ?? group?.tags[terminateHookTag] ?? defaultTerminateHook,
    ...heartbeatsOf(hook, input, now),
    deadline,
    ...leaseTimes(deadline, input.notAfter ?? '', policy, now),
    leaves: hook !== undefined || isLeaving(membership) || (isGone(instance) && !isDoubted),
    nodeStays: restsInPool(facts, input.intoPool === true),
    pooled: /^Warmed:/.test(membership?.lifecycleState ?? ''),
    // One that is off serves nobody. A spot instance is waited for as long as it has: its load balancers send it connections to the last.
    waitForTargets: instance?.state === 'running',
    launchFirst: (input.launchFirst === true || policy.retire.launchFirst) && replacedFirst.includes(input.signal),
    unreplaced: verdict.voluntary ? whyUnreplaced(input, group) : '',
    whenDrainFails: whenDrainFails(policy, group),
  };
}

/** What could be left is left while the andon is on. What goes anyway is never asked about it. */
async function unlessPulled(verdict: ReturnType<typeof retireVerdict>, andon: AndonCord): Promise<typeof verdict> {
  if (!verdict.voluntary || (verdict.verdict !== 'drain' && verdict.verdict !== 'cordon')) return verdict;
  const cord = await andon.read();
  return cord
    ? {
        ...verdict,
        verdict: 'refuse',
        passes: false,
        why: `the andon is on since ${cord.since} (${cord.by}): ${cord.reason}`,
      }
    : verdict;
}

/**
 * Asks one after the other, who answers least often first: where a thousand hooks ask at once, what was answered is lost with the question that was not.
 */
async function gather(
  { instanceId, signal, hookGroup = '', hookSince }: PlanRetireInput,
  ports: PlanRetirePorts,
  policy: RetirePolicy,
  now: Date,
): Promise<Omit<RetireFacts, 'nodeIsGone' | 'hasNode' | 'isDoubted'>> {
  const membership = await membershipOf({ instanceId, hookGroup, hookSince }, ports.groups, now);
  const isChoice = !unavoidable.includes(signal) && !isLeaving(membership);
  const described = (name: string) => ports.retiring.describe(name, isChoice);
  const groupOfMember = membership && (await described(membership.groupName));
  const instance = (await ports.instances.describe([instanceId])).get(instanceId);
  const instanceTags = instance?.tags ?? {};
  const groupName = membership?.groupName ?? instanceTags[groupNameTag];
  const group = membership ? groupOfMember : groupName === undefined ? undefined : await described(groupName);
  // A group that is gone speaks through what it had propagated to its instances.
  const tags = group?.tags ?? instanceTags;
  const known = instance !== undefined || membership !== undefined;
  if (known && tags[clusterTag] !== policy.name)
    throw new InstanceNotManaged(instanceId, policy.name, notOurs(groupName, tags[clusterTag]));
  const role = roleOf(tags[roleTag]);
  // What goes anyway does not wait for etcd's answer, and etcd members of their own are no nodes to retire.
  const asked = role === 'control-plane' && isChoice && !isGone(instance) ? instance : undefined;
  const quorum = asked ? await ports.quorum.without(asked) : 'not asked';
  return { instance, membership, group, instanceTags, role, quorum, hookIsOld: !eventStands(hookSince, now) };
}

function notOurs(groupName: string | undefined, cluster: string | undefined): string {
  if (groupName === undefined) return 'it is in no Auto Scaling group';
  return `group ${groupName} has ${clusterTag}=${cluster ?? '(none)'}`;
}

function roleOf(tag: string | undefined): Role {
  return tag === 'control-plane' || tag === 'etcd' ? tag : 'worker';
}

function nodeNameWhereKnown(policy: RetirePolicy, instance: Instance): string {
  // EC2 takes the private DNS name from an instance that terminates; its Node is found by its provider id then.
  const byDns = policy.nodeNames === 'private-dns' || policy.nodeNames === 'hostname';
  return byDns && instance.privateDnsName === '' ? '' : nodeNameOf(policy.nodeNames, instance);
}

function isGone(instance: Instance | undefined): boolean {
  return instance === undefined || instance.state === 'terminated' || instance.state === 'shutting-down';
}

/** In UTC: a person may write it in a time zone of his own, and the steps that come compare it as text. Empty where nobody said any. */
function earliest(times: readonly string[]): string {
  const said = times.filter((time) => time !== '').map((time) => new Date(time).toISOString());
  return said.sort()[0] ?? '';
}

function endOf({ globalTimeoutSeconds }: { globalTimeoutSeconds: number }, input: PlanRetireInput): string {
  const since = Date.parse(input.hookSince || input.startedAt);
  return new Date(since + (globalTimeoutSeconds - hookMarginSeconds) * 1000).toISOString();
}

function heartbeatsOf(
  hook: { readonly heartbeatTimeoutSeconds: number } | undefined,
  input: PlanRetireInput,
  now: Date,
): Pick<RetirePlan, 'heartbeatSeconds' | 'heartbeatDue'> {
  const heartbeatSeconds = Math.max(10, Math.floor((hook?.heartbeatTimeoutSeconds ?? 60) / 2));
  // By hand nobody knows since when it waits: at once, then.
  const since = input.hookSince === '' ? now.getTime() : Date.parse(input.hookSince) + heartbeatSeconds * 1000;
  return { heartbeatSeconds, heartbeatDue: new Date(since).toISOString() };
}

function leaseTimes(
  deadline: string,
  notAfter: string,
  { drain }: RetirePolicy,
  now: Date,
): Pick<RetirePlan, 'leaseUntil' | 'lastStart'> {
  const own = (drain.timeoutSeconds + drain.graceCapSeconds) * 1000;
  const latest = deadline === '' ? Number.POSITIVE_INFINITY : Date.parse(deadline) - own;
  const patience = deadline === '' ? now.getTime() + longestLeaseWaitSeconds * 1000 : latest;
  const until = notAfter === '' ? patience : Math.min(patience, Date.parse(notAfter));
  return {
    leaseUntil: new Date(Math.max(until, now.getTime())).toISOString(),
    lastStart: deadline === '' ? '' : new Date(latest).toISOString(),
  };
}

function whenDrainFails({ retire }: RetirePolicy, group: RetiringGroup | undefined): RetirePlan['whenDrainFails'] {
  // Without a retention policy ABANDON terminates the instance all the same (S5).
  const retains = retire.whenDrainFails !== 'abandon-and-retain' || group?.retainsOnAbandon === true;
  return retains ? retire.whenDrainFails : 'continue';
}
