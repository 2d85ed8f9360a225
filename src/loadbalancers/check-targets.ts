import type {
  ClassicLoadBalancers,
  ClusterAttachments,
  LeavingInstances,
  RoleTargets,
  TargetGroups,
  TargetHealth,
} from './ports.ts';
import { type Target, targetsOf } from './target.ts';

/** How the gated targets of a node are. */
export interface TargetsCheck {
  /** `healthy`: every gated one is, or can never be; `waiting`: look again; `late`: the time is up; `leaving`: its instance goes, and nothing is to be waited for. */
  readonly state: 'healthy' | 'waiting' | 'late' | 'leaving';
  /** What is waited for: `tender-workers: initial (Elb.RegistrationInProgress)`. */
  readonly waitingFor: readonly string[];
  /** Targets that can never turn healthy as things are; they gate nothing (S4). */
  readonly warnings: readonly string[];
  readonly lookAgainSeconds: number;
}

/** What one target says. */
type TargetState = { readonly kind: 'healthy' } | { readonly kind: 'waits' | 'never'; readonly why: string };

/**
 * Looks once at the targets that gate a node's admission, and whether a signal has come meanwhile that takes its instance: whoever drains it waits for the
 * claim of whoever waits here (S43). Reads only.
 * `unused` is a warning, not a wait: a group no listener uses, or a zone that its load balancer lacks, never turns healthy (S4).
 */
export async function checkTargets(
  node: { cluster: string; instanceId: string; ipAddress: string; owner: string; deadline: Date },
  role: RoleTargets,
  ports: {
    targetGroups: TargetGroups;
    classicLoadBalancers: ClassicLoadBalancers;
    attachments: ClusterAttachments;
    leaving: LeavingInstances;
  },
  now: Date,
): Promise<TargetsCheck> {
  if (await ports.leaving.leaves(node.cluster, node.instanceId, node.owner))
    return { state: 'leaving', waitingFor: [], warnings: [], lookAgainSeconds };
  const gatedRole = {
    targetGroups: role.targetGroups.filter((group) => group.gate),
    classicLoadBalancers: role.classicLoadBalancers.filter((balancer) => balancer.gate),
  };
  const { targets } = await targetsOf(node, gatedRole, ports);
  const states = await Promise.all(targets.map((target) => stateOf(target, ports)));
  return targetsCheck(states, node.deadline, now);
}

/**
 * Seconds between two looks after the first: an NLB calls a target healthy 30 to 180 s after it was registered, any second as likely as the
 * others, and health checks in between come every 10 to 30 s.
 */
const lookAgainSeconds = 20;

/** The rule of {@link checkTargets}. */
export function targetsCheck(states: readonly TargetState[], deadline: Date, now: Date): TargetsCheck {
  const waitingFor = states.flatMap((state) => (state.kind === 'waits' ? [state.why] : []));
  const warnings = states.flatMap((state) => (state.kind === 'never' ? [state.why] : []));
  const late = now.getTime() >= deadline.getTime();
  const state = waitingFor.length === 0 ? 'healthy' : late ? 'late' : 'waiting';
  return { state, waitingFor, warnings, lookAgainSeconds };
}

async function stateOf(
  target: Target,
  { targetGroups, classicLoadBalancers }: { targetGroups: TargetGroups; classicLoadBalancers: ClassicLoadBalancers },
): Promise<TargetState> {
  if (target.kind === 'target-group')
    return ofTargetGroup(target.arn, await targetGroups.health(target.arn, target.id, target.port));
  const health = await classicLoadBalancers.health(target.name, target.id);
  return health?.inService
    ? { kind: 'healthy' }
    : { kind: 'waits', why: `${target.name}: ${health?.description ?? 'not registered yet'}` };
}

function ofTargetGroup(arn: string, health: TargetHealth | undefined): TargetState {
  const name = arn.split('/')[1] ?? arn;
  if (health?.state === 'healthy') return { kind: 'healthy' };
  if (health?.state === 'unused' && health.reason === 'Target.NotInUse') {
    return { kind: 'never', why: `${name}: ${health.description || 'not in use'}` };
  }
  return { kind: 'waits', why: `${name}: ${health ? `${health.state} (${health.reason})` : 'not registered yet'}` };
}
