/** Tags that signals are routed by; docs/tags-and-labels.md is the table for people. */

/** On an Auto Scaling group, and on its instances where it is propagated: the cluster that it belongs to (S7). */
export const clusterTag = 'tender:cluster';
/** On every instance of an Auto Scaling group; nobody but Auto Scaling can write it. */
export const groupNameTag = 'aws:autoscaling:groupName';

/** Object in the state bucket: the tags of a group of a cluster, as they were found. `place` is account and region. */
export function groupMemoryKey(place: string, groupName: string): string {
  return `groups/${place}/${encodeURIComponent(groupName)}.json`;
}

/** Object in the state bucket: when a node's problem last asked for a health pass over the cluster. */
export function askedPassKey(cluster: string): string {
  return `passes/${cluster}.json`;
}

/** Which hooks of a group are Tender's: the one that this tag names, or else the one of this name. */
export const ourHooks = {
  'launch-hook': { tag: 'tender:launch-hook', name: 'tender-launch' },
  'terminate-hook': { tag: 'tender:terminate-hook', name: 'tender-terminate' },
} as const;
