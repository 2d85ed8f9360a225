import { controllerTag, kubernetesTagPrefix, serviceTag } from './names.ts';
import type { Attachments } from './ports.ts';

/** What tags say about who keeps the targets of a target group or classic load balancer (S20). */
export interface Ownership {
  /** A controller in the cluster does: it has that controller's own mark. */
  readonly controllerOwned: boolean;
  /** It is marked as the cluster's and no more: by such a controller, or by what made the cluster, as kOps marks all that it makes. */
  readonly clusterTagged?: boolean | undefined;
}

/** What the tags with these keys say. */
export function ownershipOf(tags: Readonly<Record<string, string>>): Ownership {
  const keys = Object.keys(tags);
  const controllerOwned = keys.some((key) => key === controllerTag || key === serviceTag);
  return { controllerOwned, clusterTagged: keys.some((key) => key.startsWith(kubernetesTagPrefix)) };
}

/**
 * Whether Tender neither registers nor deregisters there to keep it in step (S20). Where Auto Scaling puts a group's instances no controller does, whatever
 * the cluster's tag says. What Tender itself has taken out for a drain it puts back all the same, unless a controller has marked the place (S14).
 *
 * @param attached what is attached to the Auto Scaling groups of the cluster
 */
export function leftToController(
  { controllerOwned = false, clusterTagged = false }: Partial<Ownership>,
  place: string,
  attached: ReadonlySet<string>,
): boolean {
  return controllerOwned || (clusterTagged && !attached.has(place));
}

/** ARNs of target groups and names of classic load balancers that any group has. */
export function attachedPlaces(groups: Readonly<Record<string, Attachments>>): ReadonlySet<string> {
  return new Set(
    Object.values(groups).flatMap(({ targetGroupArns, classicLoadBalancers }) => [
      ...targetGroupArns,
      ...classicLoadBalancers,
    ]),
  );
}
