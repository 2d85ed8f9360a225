import { awayTaints, excludeLabel, ownerAnnotation } from './names.ts';
import type { InstanceState, ListedNode, Member } from './ports.ts';

/** What a member of the cluster's groups is to load balancers. */
export interface Standing {
  readonly instanceId: string;
  readonly ipAddress: string;
  readonly role: string;
  /**
   * `serving`: belongs behind the load balancers of its role. `nodeless`: has had time to join, and has no Node. `gone`: terminated.
   * `alone`: not there yet, about to go, or another execution's to move: neither registered nor deregistered.
   */
  readonly as: 'serving' | 'nodeless' | 'gone' | 'alone';
}

/** What is known of a cluster's members. */
export interface MembersView {
  readonly members: readonly Member[];
  readonly instances: ReadonlyMap<string, InstanceState>;
  readonly nodes: readonly ListedNode[];
  /** How long an instance may take to become a Node. */
  readonly joinTimeoutSeconds: number;
}

/** What each member is to load balancers, by instance id. */
export function standings(view: MembersView, now: Date): ReadonlyMap<string, Standing> {
  const nodeOf = nodeFinder(view.nodes);
  return new Map(
    view.members.map((member) => {
      const instance = view.instances.get(member.instanceId);
      const node = nodeOf(member.instanceId, instance);
      const { instanceId, role } = member;
      const ipAddress = instance?.privateIpAddress ?? '';
      return [instanceId, { instanceId, ipAddress, role, as: standingOf(member, instance, node, view, now) }];
    }),
  );
}

/**
 * Whether so many members have lost their Node that the list of Nodes is to be doubted rather than they: more than one, and more than a fifth
 * (the share at which EKS's node repair stops, S18). A restored etcd looks so, and so does an entry with another cluster's endpoint.
 */
export function doubtful(all: Iterable<Standing>): boolean {
  const those = [...all].filter((one) => one.as === 'serving' || one.as === 'nodeless');
  const nodeless = those.filter((one) => one.as === 'nodeless').length;
  return nodeless > 1 && nodeless > those.length / 5;
}

/** Whether a load balancer may send connections to the node, as far as the Node itself says. */
export function mayServe({ ready, leaving, labels, annotations, taints }: ListedNode): boolean {
  const marked = excludeLabel in labels || ownerAnnotation in annotations;
  return ready && !leaving && !marked && !taints.some((key) => awayTaints.includes(key));
}

/** Finds an instance's Node: by provider id, and by address where nobody sets that. */
export function nodeFinder(
  nodes: readonly ListedNode[],
): (instanceId: string, instance: InstanceState | undefined) => ListedNode | undefined {
  const byId = new Map(nodes.map((node) => [node.providerId.split('/').at(-1) ?? '', node]));
  const unnamed = nodes.filter(({ providerId }) => providerId === '');
  const byAddress = new Map(unnamed.flatMap((node) => node.addresses.map((address) => [address, node])));
  return (instanceId, instance) => byId.get(instanceId) ?? byAddress.get(instance?.privateIpAddress || 'none');
}

function standingOf(
  { lifecycleState, role }: Member,
  instance: InstanceState | undefined,
  node: ListedNode | undefined,
  { joinTimeoutSeconds }: MembersView,
  now: Date,
): Standing['as'] {
  if (instance?.state === 'terminated') return 'gone';
  // An instance that EC2 does not show yet, one that is not in the cluster yet or only warms, and one that never becomes a Node.
  if (!instance || /^(Pending|Warmed)/.test(lifecycleState) || role === 'etcd') return 'alone';
  const joinedBy = Date.parse(instance.launchedAt) + joinTimeoutSeconds * 1000;
  if (!node) return now.getTime() >= joinedBy ? 'nodeless' : 'alone';
  return lifecycleState === 'InService' && instance.state === 'running' && mayServe(node) ? 'serving' : 'alone';
}
