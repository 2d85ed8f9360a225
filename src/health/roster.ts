import type { Observations, ObservedGroup, ObservedInstance, ObservedMember, ObservedNode } from './observations.ts';
import type { Role } from './policy.ts';
import { seenOr } from './seen.ts';

/** An instance with its Node, or one of the two, and all that is known of it. */
export interface Subject {
  /** The instance's id, or `node/<name>`. */
  readonly id: string;
  readonly instanceId: string;
  readonly nodeName: string;
  readonly groupName: string;
  readonly zone: string;
  readonly role: Role;
  readonly node: ObservedNode | undefined;
  readonly group: ObservedGroup | undefined;
  readonly member: ObservedMember | undefined;
  /** undefined: EC2 does not know it, or was not seen. */
  readonly instance: ObservedInstance | undefined;
}

/**
 * Whether a Node waits for its instance to leave a warm pool: it is in none of the groups' service, and not gone. Nobody is to judge how it is, or to let pods onto it (S3).
 */
export function poolsOf({
  groups,
  instances,
}: Pick<Observations, 'groups' | 'instances'>): (node: ObservedNode) => boolean {
  const members = new Set(seenOr(groups, []).flatMap((group) => group.members.map(({ instanceId }) => instanceId)));
  const states = seenOr(instances, null);
  const there = new Set(states?.filter((one) => !isGone(one)).map(({ instanceId }) => instanceId));
  return ({ pooled, instanceId }) =>
    pooled === true && !members.has(instanceId) && (states === null || there.has(instanceId));
}

/** Everything that can be sick: each member of a group and each Node, ordered by id. Instances in warm pools are not in service, and not here. */
export function rosterOf(observations: Observations): readonly Subject[] {
  const groups = seenOr(observations.groups, []);
  const instances = new Map(seenOr(observations.instances, []).map((one) => [one.instanceId, one]));
  const places = new Map(
    groups.flatMap((group) => group.members.filter(isNoSpare).map((member) => [member.instanceId, { group, member }])),
  );
  const byName = new Map(
    [...instances.values()].flatMap(({ instanceId, nodeNames = [] }) => nodeNames.map((name) => [name, instanceId])),
  );
  const nodes = nodesByInstance(seenOr(observations.nodes, []).map((node) => placed(node, byName)));
  const subjects = [...nodes.named, ...nodes.unnamed].map(([instanceId, node]) =>
    subjectOf(instanceId, node, places.get(instanceId), instances.get(instanceId)),
  );
  const alone = [...places].filter(([instanceId]) => !nodes.named.has(instanceId));
  const members = alone.map(([instanceId, place]) =>
    subjectOf(instanceId, undefined, place, instances.get(instanceId)),
  );
  return [...subjects, ...members].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Whether the Node says that it is Ready. */
export function saysReady({ conditions }: ObservedNode): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Whether the group lets the member go, or never had it in service: it is no capacity that could be sick. */
export function isLeavingGroup({ lifecycleState }: ObservedMember): boolean {
  return /^(Terminat|Detach)/.test(lifecycleState);
}

/** Whether EC2 says that there is no such machine any more. Only where EC2 was seen. */
export function isGone(instance: ObservedInstance | undefined): boolean {
  return instance === undefined || instance.state === 'terminated';
}

function isNoSpare({ lifecycleState }: ObservedMember): boolean {
  return !lifecycleState.startsWith('Warmed');
}

/**
 * Whether some Node is of an instance that nobody can tell: it has no provider id, and a name that no instance explains. Then an instance without a Node may be
 * its machine.
 */
export function hasUnplacedNode(roster: readonly Subject[]): boolean {
  return roster.some(({ node }) => node?.instanceId === '' && node.foreign !== true);
}

function placed(node: ObservedNode, byName: ReadonlyMap<string, string>): ObservedNode {
  const instanceId = node.foreign === true || node.instanceId !== '' ? node.instanceId : (byName.get(node.name) ?? '');
  return instanceId === node.instanceId ? node : { ...node, instanceId };
}

// Two Nodes of one instance: the younger one is it. The other has no instance to be repaired by, so that nothing is done to one machine twice.
function nodesByInstance(nodes: readonly ObservedNode[]): {
  readonly named: ReadonlyMap<string, ObservedNode>;
  readonly unnamed: readonly (readonly [string, ObservedNode])[];
} {
  const named = new Map<string, ObservedNode>();
  const unnamed: [string, ObservedNode][] = [];
  for (const node of nodes) {
    const other = named.get(node.instanceId);
    const isTheOne = node.instanceId !== '' && (other === undefined || isYounger(node, other));
    if (isTheOne) named.set(node.instanceId, node);
    if (!isTheOne) unnamed.push(['', node]);
    else if (other !== undefined) unnamed.push(['', other]);
  }
  return { named, unnamed };
}

function isYounger(one: ObservedNode, other: ObservedNode): boolean {
  return (
    Date.parse(one.createdAt) > Date.parse(other.createdAt) ||
    (one.createdAt === other.createdAt && one.name < other.name)
  );
}

function subjectOf(
  instanceId: string,
  node: ObservedNode | undefined,
  place: { readonly group: ObservedGroup; readonly member: ObservedMember } | undefined,
  instance: ObservedInstance | undefined,
): Subject {
  return {
    id: instanceId === '' ? `node/${node?.name}` : instanceId,
    instanceId,
    nodeName: node?.name ?? '',
    groupName: place?.group.name ?? '',
    zone: place?.member.zone ?? node?.zone ?? '',
    role: place?.group.role ?? 'worker',
    node,
    group: place?.group,
    member: place?.member,
    instance,
  };
}
