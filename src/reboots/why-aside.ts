import { clusterTag } from './names.ts';
import type { Sight } from './observe.ts';

/** Whoever puts these on groups and instances updates their nodes himself (S45; docs/scope.md). */
const otherOwners = [
  { tag: 'eks:nodegroup-name', on: 'group', who: 'an EKS managed node group' },
  { tag: 'karpenter.sh/nodepool', on: 'instance', who: 'Karpenter' },
] as const;

/** Why an update leaves an instance to somebody else, or to nobody. */
export interface Aside {
  readonly why: string;
  /** Whether it goes in any case: then nothing is put back, and whoever takes it goes on from here. */
  readonly leaves: boolean;
}

/**
 * Whether an instance is not, or no more, an update's to work on: it is gone, it goes, it is not in service, somebody else works on it or owns it
 * (S7, S43, S45). undefined: it is.
 */
export function whyAside(
  { instance, place, claim }: Sight,
  { cluster, owner }: { readonly cluster: string; readonly owner: string },
  /** In the middle of a reboot a refresh of the group is no reason to leave a node alone. */
  underWay = false,
): Aside | undefined {
  if (!instance || instance.state === 'terminated' || instance.state === 'shutting-down')
    return { why: 'its instance is gone', leaves: true };
  if (place && /^Terminat/.test(place.lifecycleState))
    return { why: `its lifecycle state is ${place.lifecycleState}: it leaves`, leaves: true };
  if (instance.state === 'stopping' || instance.state === 'stopped')
    return { why: `its instance is ${instance.state}`, leaves: true };
  if (claim?.leaving && claim.owner === owner) return { why: 'a later signal says that it goes', leaves: true };
  if (!place) return stays('it is in no Auto Scaling group');
  const named = place.tags[clusterTag];
  if (named !== cluster) return stays(`group ${place.groupName} has ${clusterTag}=${named ?? '(none)'}`);
  if (place.lifecycleState !== 'InService')
    return stays(`its lifecycle state is ${place.lifecycleState}, not InService`);
  if (claim && claim.owner !== owner) return stays(`another execution works on it: ${nameOf(claim.owner)}`);
  const other = otherOwners.find(({ tag, on }) => (on === 'group' ? place : instance).tags[tag] !== undefined);
  if (other) return stays(`${other.who} owns the node (${other.on} tag ${other.tag})`);
  if (underWay) return undefined;
  if (place.refreshes === 'unknown') return stays(`nobody can say whether group ${place.groupName} is being refreshed`);
  return place.refreshes > 0 ? stays(`an instance refresh of group ${place.groupName} is at work`) : undefined;
}

function stays(why: string): Aside {
  return { why, leaves: false };
}

// `node-retire:i-0abc` says enough.
function nameOf(owner: string): string {
  return owner.split(':').slice(6).join(':') || owner;
}
