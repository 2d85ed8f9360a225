import type { InstanceState, NotedTarget } from './ports.ts';
import type { Standing } from './standings.ts';
import { targetName } from './target-name.ts';

/** Who is registered in one place that the registry names, and who belongs there. */
export interface BalancerView {
  /** Whether targets are addresses. */
  readonly byAddress: boolean;
  /** The registrations that a node of this role, with this id or address, has here; none where the registry does not name the place for the role. */
  readonly targetsFor: (role: string, id: string) => readonly NotedTarget[];
  readonly registered: readonly {
    readonly target: NotedTarget;
    readonly healthy: boolean;
    /** Looked at and found so; of one that was just registered nobody can say. */
    readonly unhealthy: boolean;
    /** Deregistered by somebody; its connections drain. */
    readonly leaving: boolean;
  }[];
}

/** What EC2 knows now, and what earlier passes have seen. */
export interface KnownInstances {
  /** Of all that are registered by instance id, or have had a registered address. */
  readonly instances: ReadonlyMap<string, InstanceState>;
  /** Whose registered addresses were, by address. */
  readonly addresses: ReadonlyMap<string, string>;
}

/** What a pass does in one place. */
export interface BalancerPlan {
  readonly register: readonly NotedTarget[];
  readonly deregister: readonly NotedTarget[];
  /** What is not as it should be, and is left so: for people. */
  readonly drift: readonly string[];
}

/**
 * What a pass does in one place (S21): nodes that serve and are missing are registered; targets whose instance or Node is gone are deregistered.
 * A target that is not the cluster's, or of another role, is told and left. The last healthy target stays, also when several go in one pass, and
 * where nobody is healthy everybody that runs stays: a load balancer that finds no healthy target sends connections to all.
 *
 * An address that has no instance any more goes when it was seen to be a member's whose instance is gone, and finds no answer there: if somebody else has it
 * by now, it answers, or is too new to say.
 *
 * @param trustNodes whether a missing Node means that it is gone
 */
export function planSync(
  view: BalancerView,
  members: ReadonlyMap<string, Standing>,
  knownInstances: KnownInstances,
  trustNodes: boolean,
): BalancerPlan {
  const ids = new Map([...members.values()].map((one) => [view.byAddress ? one.ipAddress : one.instanceId, one]));
  const present = new Set(view.registered.map(({ target }) => targetName(target)));
  const missing = [...ids]
    .filter(([id, { as }]) => id !== '' && as === 'serving')
    .flatMap(([id, { role }]) => view.targetsFor(role, id))
    .filter((target) => !present.has(targetName(target)));
  const verdicts = view.registered
    .filter(({ leaving }) => !leaving)
    .map((one) => ({ ...one, verdict: verdictOn(one, ids.get(one.target.id), view, knownInstances) }));
  const goers = verdicts.filter(({ verdict }) => verdict === 'gone' || (trustNodes && verdict === 'nodeless'));
  const { going, kept } = withoutTheLast(goers, verdicts.filter(({ healthy }) => healthy).length);
  return {
    register: missing,
    deregister: going.map(({ target }) => target),
    drift: [
      ...verdicts.flatMap(({ target, verdict }) =>
        DRIFT[verdict] ? [`${targetName(target)}: ${DRIFT[verdict]}`] : [],
      ),
      ...kept.map(
        ({ target, verdict }) => `${targetName(target)}: ${WHY[verdict]}, and stays as the last target that may answer`,
      ),
      ...(trustNodes ? [] : verdicts.filter(({ verdict }) => verdict === 'nodeless')).map(
        ({ target }) => `${targetName(target)}: has no Node, and stays because too many others have none either`,
      ),
    ],
  };
}

type Verdict = 'fine' | 'gone' | 'nodeless' | 'unknown' | 'foreign' | 'other-role';

interface Judged {
  readonly target: NotedTarget;
  readonly healthy: boolean;
  readonly verdict: Verdict;
}

const DRIFT: Readonly<Partial<Record<Verdict, string>>> = {
  unknown: 'an address of no instance of the cluster',
  foreign: 'an instance of no group of the cluster',
  'other-role': 'a node of another role',
};
const WHY: Readonly<Partial<Record<Verdict, string>>> = { gone: 'is terminated', nodeless: 'has no Node' };

function verdictOn(
  { target: { id }, unhealthy }: BalancerView['registered'][number],
  member: Standing | undefined,
  view: BalancerView,
  { instances, addresses }: KnownInstances,
): Verdict {
  if (member?.as === 'gone') return 'gone';
  if (member && view.targetsFor(member.role, id).length === 0) return 'other-role';
  if (member) return member.as === 'nodeless' ? 'nodeless' : 'fine';
  if (view.byAddress) {
    const formerly = addresses.get(id);
    return formerly !== undefined && unhealthy && isGone(instances.get(formerly)) ? 'gone' : 'unknown';
  }
  return isGone(instances.get(id)) ? 'gone' : 'foreign';
}

/** Elastic Load Balancing took only instances that existed, so one that EC2 does not know any more is terminated for long. */
function isGone(instance: InstanceState | undefined): boolean {
  return instance === undefined || instance.state === 'terminated';
}

function withoutTheLast<T extends Judged>(
  goers: readonly T[],
  healthy: number,
): { going: readonly T[]; kept: readonly T[] } {
  const going: T[] = [];
  const kept: T[] = [];
  let left = healthy;
  for (const one of goers) {
    const runs = one.verdict === 'nodeless';
    const stays = one.healthy ? left <= 1 : healthy === 0 && runs;
    (stays ? kept : going).push(one);
    if (one.healthy && !stays) left -= 1;
  }
  return { going, kept };
}
