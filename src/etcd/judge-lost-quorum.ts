import { problemsOf } from './healthy-voters.ts';
import { isAddress, outsideHostsOf } from './member-place.ts';
import type { ListedMember, SeenEndpoint } from './ports.ts';
import type { ControlPlaneMachine, InspectedNode } from './restore-ports.ts';

/** Whether etcd has lost its quorum for good, and how one knows. */
export interface QuorumJudgement {
  /** `unknown` counts as not lost. */
  readonly quorum: 'kept' | 'lost' | 'unknown';
  readonly why: string;
}

/** Everything that was seen of etcd and of the machines that carry it. */
export interface QuorumView {
  readonly seen: readonly SeenEndpoint[];
  /** By the list of any member that answers; empty when none does. */
  readonly members: readonly ListedMember[];
  readonly instances: readonly ControlPlaneMachine[];
  readonly nodes: readonly InspectedNode[];
  /** Addresses of members that an instance has which is not terminated. */
  readonly inUse: ReadonlySet<string>;
}

/**
 * A quorum is lost only if every member that answers knows no leader, and EC2 says that the machines of the others are off (S28). What does not
 * answer from here may be well: its machine runs, or nobody knows where it is.
 */
export function judgeLostQuorum(view: QuorumView): QuorumJudgement {
  const { seen } = view;
  const answering = seen.flatMap(({ status }) => status ?? []);
  const said = problemsOf(seen).join('; ');
  if (answering.some(({ leaderId }) => leaderId !== '0'))
    return { quorum: 'kept', why: `a member has a leader (${said})` };
  const maybeWell = answering.length > 0 ? silentMembers(view) : runningNodes(view);
  if (maybeWell.length > 0)
    return { quorum: 'unknown', why: `no answer, and not known to be off: ${maybeWell.join(', ')} (${said})` };
  return { quorum: 'lost', why: `nobody has a leader, and the machines of the others are off (${said})` };
}

function silentMembers({ seen, members, instances, nodes, inUse }: QuorumView): readonly string[] {
  const answered = new Set(seen.flatMap(({ status }) => status?.memberId ?? []));
  return members
    .filter(({ memberId }) => !answered.has(memberId))
    .filter((member) => {
      const at = instanceOf(member, instances, nodes);
      // The address of a member that is gone may be another machine's by now: one that says that it has no etcd.
      if (at && without(nodes).has(at.instanceId)) return false;
      if (at) return at.state !== 'stopped' && at.state !== 'terminated';
      // Nobody's address any more: its machine was terminated and forgotten. A name may be anywhere.
      return outsideHostsOf(member).some((host) => !isAddress(host) || inUse.has(host));
    })
    .map(({ name, memberId }) => `member ${name || memberId}`);
}

/** Nobody answers: any machine that runs and has an etcd may hide one that does. */
function runningNodes({ instances, nodes }: QuorumView): readonly string[] {
  return instances
    .filter(({ instanceId, state }) => state !== 'stopped' && state !== 'terminated' && !without(nodes).has(instanceId))
    .map(({ instanceId, state }) => `${instanceId} (${state})`);
}

/** Those that answered, and have no etcd. */
function without(nodes: readonly InspectedNode[]): ReadonlySet<string> {
  return new Set(nodes.filter(({ etcd }) => !etcd).map(({ instanceId }) => instanceId));
}

function instanceOf(
  member: ListedMember,
  instances: readonly ControlPlaneMachine[],
  nodes: readonly InspectedNode[],
): ControlPlaneMachine | undefined {
  const hosts = outsideHostsOf(member);
  const node = nodes.find(({ peerUrl }) => member.peerUrls.includes(peerUrl));
  return instances.find((one) => one.instanceId === node?.instanceId || one.hosts.some((host) => hosts.includes(host)));
}
