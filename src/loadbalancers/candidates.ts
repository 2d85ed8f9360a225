import type { TargetFailure } from './errors.ts';
import { known, lookUpMap } from './look-up-map.ts';
import type {
  Attachments,
  GroupAttachments,
  KnownClassicLoadBalancer,
  KnownTargetGroup,
  LoadBalancerMap,
  LoadBalancerMaps,
  NotedTarget,
  RoleTargets,
  TaggedLoadBalancers,
  TargetGroups,
} from './ports.ts';

/** A map that is older is looked up again: three passes of the usual schedule have failed by then. */
const MAP_LIVES_MS = 15 * 60_000;

/** Load balancers that a node may be behind, and what could not be looked up. */
export interface Candidates {
  readonly targetGroups: readonly KnownTargetGroup[];
  readonly classicLoadBalancers: readonly KnownClassicLoadBalancer[];
  readonly failures: readonly TargetFailure[];
}

export interface CandidatePorts {
  readonly maps: LoadBalancerMaps;
  readonly tagged: TaggedLoadBalancers;
  readonly attachments: GroupAttachments;
  readonly targetGroups: Pick<TargetGroups, 'describe'>;
}

/**
 * Every target group and classic load balancer that a node of the cluster may be behind: those that the registry names for any role, those of its
 * Auto Scaling group, those where it was noted before, and those tagged for the cluster: the group's and the tagged ones from the map that
 * load-balancer-sync keeps (S22).
 * What cannot be looked up is told and does not hold up the rest. Reads only.
 */
export async function candidates(
  { cluster, groupName, noted }: { cluster: string; groupName: string; noted: readonly NotedTarget[] },
  roles: readonly RoleTargets[],
  ports: CandidatePorts,
  now: Date,
): Promise<Candidates> {
  const failures: TargetFailure[] = [];
  const orElse = async <T>(where: string, work: Promise<T>, otherwise: T) =>
    work.catch((error: unknown) => {
      failures.push({ where, error });
      return otherwise;
    });
  const map = await freshMap(cluster, ports, now, orElse);
  const attached =
    attachedByMap(groupName, map, now) ??
    (await orElse(`what is attached to group ${groupName}`, attachedTo(groupName, ports), NOTHING));
  const arns = [
    ...roles.flatMap((role) => role.targetGroups.map(({ arn }) => arn)),
    ...attached.targetGroupArns,
    ...noted.flatMap((target) => (target.kind === 'target-group' ? [target.arn] : [])),
  ];
  const names = [
    ...roles.flatMap((role) => role.classicLoadBalancers.map(({ name }) => name)),
    ...attached.classicLoadBalancers,
    ...noted.flatMap((target) => (target.kind === 'classic' ? [target.name] : [])),
  ];
  const unknownArns = without(
    arns,
    map.targetGroups.map(({ arn }) => arn),
  );
  const described = await orElse(unknownArns.join(', '), ports.targetGroups.describe(unknownArns), new Map());
  return {
    targetGroups: [...map.targetGroups, ...[...described.values()].map(known)],
    classicLoadBalancers: [
      ...map.classicLoadBalancers,
      ...without(
        names,
        map.classicLoadBalancers.map(({ name }) => name),
      ).map((name) => ({ name, controllerOwned: false, clusterTagged: false })),
    ],
    failures,
  };
}

const NOTHING = { targetGroupArns: [], classicLoadBalancers: [] };

type OrElse = <T>(where: string, work: Promise<T>, otherwise: T) => Promise<T>;

async function freshMap(cluster: string, ports: CandidatePorts, now: Date, orElse: OrElse): Promise<LoadBalancerMap> {
  const kept = await orElse('the map of load balancers', ports.maps.read(cluster), undefined);
  if (kept && isFresh(kept, now)) return kept;
  const none = { targetGroups: [], classicLoadBalancers: [], at: '' };
  return orElse(`load balancers tagged for ${cluster}`, lookUpMap(cluster, ports, now), kept ?? none);
}

function isFresh({ at }: LoadBalancerMap, now: Date): boolean {
  return now.getTime() - Date.parse(at) < MAP_LIVES_MS;
}

/** A thousand nodes of one group may leave at once, and Auto Scaling answers some ten questions a second. */
function attachedByMap(groupName: string, map: LoadBalancerMap, now: Date): Attachments | undefined {
  return isFresh(map, now) ? map.attached?.[groupName] : undefined;
}

async function attachedTo(groupName: string, { attachments }: CandidatePorts) {
  return groupName === '' ? NOTHING : attachments.attachedTo(groupName);
}

function without(some: readonly string[], others: readonly string[]): readonly string[] {
  return [...new Set(some)].filter((one) => !others.includes(one));
}
