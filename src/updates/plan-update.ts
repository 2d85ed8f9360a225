import { wordsOfLeftOut } from './left-out.ts';
import { leftOutOf, orderOfMoves, outdatedOf } from './outdated.ts';
import { refusalOfManaged, shareOfManaged } from './plan-managed.ts';
import type { UpdateRules } from './policy.ts';
import { shareOf } from './policy.ts';
import type { BadImage, DescribedGroup, SeenImage } from './ports.ts';
import type { NodeGroup, UpdateSight, UpdatingMember, WindowSight } from './sight.ts';
import { isEksAtWork, isOnlyWatched, type Launches, type NodeGroupName, type UpdateRecord } from './update-record.ts';

/** What somebody wants of a group. */
export interface UpdateWish {
  readonly cluster: string;
  readonly groupName: string;
  /** Of its launch template; empty: the newest. */
  readonly version: string;
  /** Nodes that are older than so many days are outdated, whatever they run; 0: age is no reason. */
  readonly olderThanDays: number;
  /** An update that waits or has stopped goes on. */
  readonly resume: boolean;
  /** It goes back. */
  readonly rollBack: boolean;
  /** Outside its window. */
  readonly now: boolean;
}

/** All that a plan is made from. */
export interface UpdateFacts {
  readonly group: DescribedGroup | undefined;
  /** What the group launches now, by number; undefined: nobody knows. */
  readonly current: Launches | undefined;
  /** undefined: there is no such version. */
  readonly target: Launches | undefined;
  /** That of the target; undefined: there is none. */
  readonly image: SeenImage | undefined;
  /** What the group launches now; undefined: it is gone. */
  readonly imageBefore: SeenImage | undefined;
  readonly bad: BadImage | undefined;
  readonly record: UpdateRecord | undefined;
  /** Whether the record's execution runs. */
  readonly isUnderWay: boolean;
  /** Another group of the cluster that is updated now; empty: none. */
  readonly otherGroup: string;
  readonly paused: string;
  readonly andon: UpdateSight['andon'];
  readonly window: WindowSight;
  readonly nodes: UpdateSight['nodes'];
  readonly etcdLeader: string;
  readonly wanting: UpdateSight['wanting'];
  /** Where EKS rolls the group; undefined: it does not. */
  readonly managed: ManagedFacts | undefined;
}

/** A managed node group; of one that EKS does not know there is only the name. */
export interface ManagedFacts {
  readonly name: NodeGroupName;
  readonly group: NodeGroup | undefined;
}

/** What an update would do, or why there is none. */
export interface UpdatePlan {
  /** `update`: it begins, or goes on. `nothing`: all nodes are current. `refuse`: it would do harm, or is somebody else's. */
  readonly verdict: 'update' | 'nothing' | 'refuse';
  readonly why: string;
  readonly way: UpdateRecord['way'];
  readonly target: Launches;
  readonly previous: Launches;
  /** What the group follows, where that is no number: it is pinned first (S46). */
  readonly followed: string;
  readonly launchedBefore: string;
  /** The managed node group that EKS is to roll; null: there is none. */
  readonly managed: NodeGroupName | null;
  /** In the order in which they are moved. */
  readonly nodes: readonly { readonly instanceId: string; readonly nodeName: string; readonly zone: string }[];
  /** How many nodes move at a time, after the canary. */
  readonly waveSize: number;
  /** Whether instances are launched before others go. */
  readonly surges: boolean;
  readonly expectedMinutes: number;
  readonly expectedDollars: number;
  readonly window: WindowSight;
}

const nothing: Launches = { launchTemplateId: '', version: '', imageId: '' };
/** About what a wave takes: an instance that launches and joins, a drain, load balancers that have to notice, and two looks. */
const WAVE_MINUTES = 9;
/** About 60 transitions for each node, and three for each turn of the update. */
const DOLLARS_PER_NODE = 0.0018;
const DOLLARS_PER_MINUTE = 0.000225;

/** What updating a group would mean. Pure; reads nothing. */
export function planUpdate(wish: UpdateWish, facts: UpdateFacts, rules: UpdateRules, now: Date): UpdatePlan {
  const { record, group } = facts;
  const goesOn = (wish.resume || wish.rollBack) && record !== undefined;
  const target = goesOn ? record.target : (facts.target ?? nothing);
  const previous = goesOn ? record.previous : (facts.current ?? nothing);
  const isNumber = group === undefined || /^\d+$/.test(group.version);
  const launchedBefore =
    wish.olderThanDays > 0 ? new Date(now.getTime() - wish.olderThanDays * 86_400_000).toISOString() : '';
  const plan: UpdatePlan = {
    verdict: 'refuse',
    why: '',
    way: goesOn ? record.way : facts.managed ? 'managed' : rules.way,
    target,
    previous,
    followed: goesOn ? record.followed : isNumber || facts.managed ? '' : (group?.version ?? ''),
    launchedBefore: goesOn ? record.launchedBefore : launchedBefore,
    managed: facts.managed?.name ?? null,
    nodes: [],
    waveSize: 1,
    surges: false,
    expectedMinutes: 0,
    expectedDollars: 0,
    window: facts.window,
  };
  const refusal = whyNot(wish, whatCounts(wish, facts, now), plan, rules);
  if (refusal !== undefined || !group) return { ...plan, why: refusal ?? 'there is no such group' };
  const nodes = nodesOf(plan, facts, group, wish.rollBack || (goesOn && record.phase === 'roll-back'));
  const leftOut = wordsOfLeftOut(leftOutOf(whatOf(plan, facts), facts, group), wish.cluster);
  const estimated = { ...plan, nodes, ...estimateOf(nodes.length, group, rules, plan.way, facts.managed) };
  // One that was begun has something to put back, and a group that follows an alias is pinned, even where no node is left.
  if (nodes.length === 0 && !goesOn && plan.followed === '')
    return {
      ...estimated,
      verdict: 'nothing',
      why: `all ${leftOut === '' ? '' : 'other '}nodes are current${leftOut}`,
    };
  const outdated = `${nodes.length} of ${group.members.length} nodes are outdated`;
  return { ...estimated, verdict: 'update', why: `${outdated}${leftOut}` };
}

/** What EKS has begun it goes on with, also where the image was called bad meanwhile: whoever watches it changes nothing. */
function whatCounts({ resume }: UpdateWish, facts: UpdateFacts, now: Date): UpdateFacts {
  const { record } = facts;
  return resume && record && isOnlyWatched(record, now) ? { ...facts, bad: undefined } : facts;
}

function whyNot(wish: UpdateWish, facts: UpdateFacts, plan: UpdatePlan, rules: UpdateRules): string | undefined {
  const { group, record, andon, paused, window } = facts;
  if (!group) return 'there is no Auto Scaling group of this name that is tagged for the cluster';
  // What EKS has begun it goes on with, and is only watched.
  const isWatch = wish.resume && record !== undefined && isEksAtWork(record);
  return (
    whoseElse(facts, group) ??
    (facts.isUnderWay ? `an update is under way since ${record?.startedAt}: ${record?.why}` : undefined) ??
    (facts.otherGroup === ''
      ? undefined
      : `group ${facts.otherGroup} of the cluster is updated now, and one goes after the other`) ??
    (andon && !isWatch ? `the andon is on since ${andon.since} (${andon.by}): ${andon.reason}` : undefined) ??
    (isWatch ? undefined : paused || undefined) ??
    whyNotThis(wish, facts, plan, rules) ??
    (window.open || isOutside(wish, record)
      ? undefined
      : `${window.why}. With now: true it does not wait for its window`)
  );
}

/** What a person began outside its window goes on outside, and a way back waits for none. */
function isOutside({ now, rollBack, resume }: UpdateWish, record: UpdateRecord | undefined): boolean {
  const goesOn = record !== undefined && (record.now || record.phase === 'roll-back' || wasEksAsked(record));
  return now || rollBack || (resume && goesOn);
}

function whoseElse(
  { group, managed }: UpdateFacts,
  { instanceRefreshes, hasOwnTemplates, role }: DescribedGroup,
): string | undefined {
  if (instanceRefreshes === 'unknown') return 'nobody can say whether an instance refresh is at work';
  if (instanceRefreshes > 0) return 'an instance refresh is at work';
  // The template of its group is EKS's own.
  if (managed) return undefined;
  if (hasOwnTemplates) return 'overrides of its mixed instances policy have launch templates of their own';
  if (role === 'etcd') return 'members of an etcd of its own become no nodes, and are replaced by etcd-member-replace';
  if (group?.launchTemplateId === '') return 'it has no launch template';
  return undefined;
}

function whyNotThis(
  { resume, rollBack, version, olderThanDays }: UpdateWish,
  facts: UpdateFacts,
  plan: UpdatePlan,
  rules: UpdateRules,
): string | undefined {
  const { record, bad, target, current } = facts;
  if (resume || rollBack) {
    if (!record) return 'it was never updated, so there is nothing to go on with';
    const over = record.status === 'done' || record.status === 'rolled-back';
    if (resume && over) return `its last update is over (${record.status} at ${record.endedAt})`;
    if (rollBack && record.status === 'rolled-back') return `its last update was rolled back at ${record.endedAt}`;
    if (rollBack && record.way === 'in-place') return 'what was updated in place cannot be taken back';
    if (rollBack && record.way === 'managed') return 'EKS takes no managed node group back to an earlier release';
    if (rollBack && record.way === 'image')
      return whyNotLaunchable(record.previous, { ...facts, image: facts.imageBefore });
    if (resume && record.phase !== 'roll-back' && bad)
      return `image ${bad.imageId} was rolled back at ${bad.since} in cluster ${bad.cluster}: ${bad.why}`;
    return undefined;
  }
  if (
    record &&
    (record.wave !== null || record.extra > 0) &&
    record.status !== 'done' &&
    record.status !== 'rolled-back'
  )
    return `its last update is in the middle of something (${record.why}): resume it, or end it with a rollback, first`;
  if (rules.policy === 'off') return 'updates.policy of the registry entry is off';
  if (plan.way === 'in-place')
    return facts.wanting === 'unknown' ? 'nobody can say which of its nodes want a reboot' : undefined;
  const unknown = current ? undefined : 'nobody can say what its launch template has';
  const refusal = facts.managed ? refusalOfManaged(facts.managed, plan.target, olderThanDays) : unknown;
  if (refusal !== undefined) return refusal;
  if (!target) return `its launch template has no version ${version}`;
  if (bad) return `image ${bad.imageId} was rolled back at ${bad.since} in cluster ${bad.cluster}: ${bad.why}`;
  return whyNotLaunchable(target, facts) ?? whoseNodesAreUnknown(facts);
}

/** What there is to see of whether it launches; the canary is the proof (docs/adr/0013). Where the template names other machines for another architecture, that is the same image's matter. */
function whyNotLaunchable(
  { imageId, version, instanceType }: Launches,
  { image, imageBefore, current }: UpdateFacts,
): string | undefined {
  if (imageId === '') return undefined;
  const what = `image ${imageId} of version ${version}`;
  if (image?.state !== 'available') return `${what} ${image === undefined ? 'does not exist' : `is ${image.state}`}`;
  const isOther = imageBefore !== undefined && imageBefore.architecture !== image.architecture;
  return isOther && instanceType === current?.instanceType
    ? `${what} is for ${image.architecture}, and the group’s machines are ${imageBefore.architecture}`
    : undefined;
}

/** An update has to know which Node is whose: one without a provider id, of a kubelet without a cloud provider, would be waited for in vain. */
function whoseNodesAreUnknown({ group, nodes }: UpdateFacts): string | undefined {
  if (nodes === 'unknown' || !group) return undefined;
  const nameless = nodes.filter(({ instanceId }) => instanceId === '').map(({ name }) => name);
  const known = new Set(nodes.map(({ instanceId }) => instanceId));
  const missing = group.members.filter((one) => one.lifecycleState === 'InService' && !known.has(one.instanceId));
  return nameless.length === 0 || missing.length === 0
    ? undefined
    : `nobody can say whose Nodes these are, which have no provider id: ${nameless.slice(0, 3).join(', ')}${nameless.length > 3 ? ` and ${nameless.length - 3} more` : ''} (kubelet --provider-id, or a cloud controller)`;
}

/** Whether EKS was asked to roll the group. */
function wasEksAsked({ managed }: UpdateRecord): boolean {
  return managed !== null && managed.askedAt !== '';
}

function nodesOf(plan: UpdatePlan, facts: UpdateFacts, group: DescribedGroup, back: boolean): UpdatePlan['nodes'] {
  // EKS says no order.
  if (plan.way === 'managed')
    return plan.target.version === plan.previous.version ? [] : group.members.map((one) => nodeOf(one, facts));
  const what = whatOf(plan, facts, back);
  const ordered = orderOfMoves(what, facts, group);
  const others = outdatedOf(what, facts, group).filter((one) => !ordered.includes(one));
  return [...ordered, ...others].map((one) => nodeOf(one, facts));
}

/** What the update would be about. */
function whatOf(plan: UpdatePlan, { record }: UpdateFacts, back = false) {
  const moved = record?.status === 'done' ? [] : (record?.moved ?? []);
  return { ...plan, moved, phase: back ? ('roll-back' as const) : ('waves' as const) };
}

function nodeOf({ instanceId, zone }: UpdatingMember, { nodes }: UpdateFacts): UpdatePlan['nodes'][number] {
  const node = nodes === 'unknown' ? undefined : nodes.find((one) => one.instanceId === instanceId);
  return { instanceId, zone, nodeName: node?.name ?? '' };
}

function estimateOf(
  nodes: number,
  group: DescribedGroup,
  rules: UpdateRules,
  way: UpdatePlan['way'],
  managed: UpdateFacts['managed'],
) {
  const surges = way === 'managed' || (way === 'image' && group.max > group.desired);
  const share = surges ? rules.maxSurge : rules.maxUnavailable;
  const most = Math.min(shareOf(share, group.desired), shareOf(rules.perGroup, group.desired));
  const eks = managed?.group && shareOfManaged(managed.group, group.desired);
  const waveSize = eks ?? (group.role === 'worker' ? Math.max(1, most) : 1);
  const waves = nodes === 0 ? 0 : 1 + Math.ceil((nodes - 1) / waveSize);
  const expectedMinutes = waves === 0 ? 0 : waves * WAVE_MINUTES + (way === 'managed' ? 0 : rules.bakeMinutes);
  const expectedDollars = Number((nodes * DOLLARS_PER_NODE + expectedMinutes * DOLLARS_PER_MINUTE).toFixed(4));
  return { surges, waveSize, expectedMinutes, expectedDollars };
}
