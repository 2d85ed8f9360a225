import { attemptAll } from './attempt-all.ts';
import type { TargetFailure } from './errors.ts';
import { attachedPlaces, leftToController, type Ownership, ownershipOf } from './ownership.ts';
import type { BalancerView } from './plan-sync.ts';
import type {
  LoadBalancerMap,
  RegisteredInstances,
  RegisteredTargets,
  RoleTargets,
  TargetGroup,
  TargetGroups,
} from './ports.ts';
import { balancerName } from './target-name.ts';

interface ViewPorts {
  readonly targetGroups: Pick<TargetGroups, 'describe'>;
  readonly targets: RegisteredTargets;
  readonly instances: Pick<RegisteredInstances, 'instances'>;
}

/** A place as it was when it was looked at. */
export interface LookedAtBalancer extends BalancerView {
  /** As it is now. */
  lookAgain(): Promise<BalancerView>;
}

/** Places that the registry names for roles, with who is registered there; what cannot be looked at does not hold up the rest. */
interface BalancerViews {
  readonly views: readonly LookedAtBalancer[];
  /** What the registry names and is not there, or is left alone since nobody can say whose it is. */
  readonly drift: readonly string[];
  readonly failures: readonly TargetFailure[];
}

/** Looks at everything that the registry names for a role and is not left to a controller (S20). Reads only. */
export async function viewBalancers(
  roles: Readonly<Record<string, RoleTargets>>,
  map: LoadBalancerMap,
  ports: ViewPorts,
): Promise<BalancerViews> {
  const arns = distinct(Object.values(roles).flatMap((role) => role.targetGroups.map(({ arn }) => arn)));
  const known = await ports.targetGroups.describe(arns);
  const tagged = new Map(map.classicLoadBalancers.map((one) => [one.name, one]));
  const names = distinct(Object.values(roles).flatMap((role) => role.classicLoadBalancers.map(({ name }) => name)));
  const marks = new Map<string, Partial<Ownership>>([
    ...[...known.values()].map(({ arn, tags }) => [arn, ownershipOf(tags)] as const),
    ...names.map((name) => [name, tagged.get(name) ?? {}] as const),
  ]);
  const attached = attachedPlaces(map.attached ?? {});
  const isOurs = (place: string) => !leftToController(marks.get(place) ?? {}, place, attached);
  const groups = [...known.values()].filter(({ arn, targetType }) => /^(instance|ip)$/.test(targetType) && isOurs(arn));
  const classics = names.filter(isOurs);
  const [inGroups, inClassic] = await Promise.all([
    attemptAll(
      groups,
      ({ arn }) => balancerName(arn),
      (group) => lookedAt(() => groupView(group, roles, ports.targets)),
    ),
    attemptAll(
      classics,
      (name) => name,
      (name) => lookedAt(() => classicView(name, roles, ports.instances)),
    ),
  ]);
  return {
    views: [...inGroups.results, ...inClassic.results],
    drift: [
      ...arns
        .filter((arn) => !known.has(arn))
        .map((arn) => `${arn}: the registry names this target group, and it does not exist`),
      ...doubts(marks, map),
    ],
    failures: [...inGroups.failures, ...inClassic.failures],
  };
}

/** What is left alone in this pass since Auto Scaling did not say whether it is attached to a group of the cluster. */
function doubts(marks: ReadonlyMap<string, Partial<Ownership>>, { attached }: LoadBalancerMap): readonly string[] {
  if (attached !== undefined) return [];
  return [...marks]
    .filter(([, { controllerOwned, clusterTagged }]) => clusterTagged === true && controllerOwned !== true)
    .map(
      ([place]) =>
        `${balancerName(place)}: tagged for the cluster, and Auto Scaling does not say whether it is attached to a group of it: left alone in this pass`,
    );
}

async function lookedAt(look: () => Promise<BalancerView>): Promise<LookedAtBalancer> {
  return { ...(await look()), lookAgain: look };
}

async function groupView(
  group: TargetGroup,
  roles: Readonly<Record<string, RoleTargets>>,
  registered: RegisteredTargets,
): Promise<BalancerView> {
  const { arn } = group;
  const targetAt = (id: string, port: number) => ({ kind: 'target-group', arn, id, port }) as const;
  return {
    byAddress: group.targetType === 'ip',
    targetsFor: (role, id) =>
      (roles[role]?.targetGroups ?? [])
        .filter((policy) => policy.arn === arn)
        .map((policy) => targetAt(id, policy.port ?? group.port)),
    registered: ((await registered.targets(arn)) ?? []).map(({ id, port, state, shiftedAway }) => ({
      target: targetAt(id, port),
      // Of those in a zone that a zonal shift leads away from nobody gets an answer.
      healthy: state === 'healthy' && !shiftedAway,
      unhealthy: state === 'unhealthy',
      leaving: /draining/.test(state),
    })),
  };
}

async function classicView(
  name: string,
  roles: Readonly<Record<string, RoleTargets>>,
  registered: Pick<RegisteredInstances, 'instances'>,
): Promise<BalancerView> {
  const targetFor = (id: string) => ({ kind: 'classic', name, id }) as const;
  return {
    byAddress: false,
    targetsFor: (role, id) =>
      roles[role]?.classicLoadBalancers.some((policy) => policy.name === name) ? [targetFor(id)] : [],
    registered: ((await registered.instances(name)) ?? []).map(({ instanceId, inService, leaving }) => ({
      target: targetFor(instanceId),
      healthy: inService && !leaving,
      unhealthy: !inService,
      leaving,
    })),
  };
}

function distinct(some: readonly string[]): readonly string[] {
  return [...new Set(some)];
}
