/** Names outside that updates go by; the table for people is docs/tags-and-labels.md. */

/** Effect PreferNoSchedule: the node runs an image that is on its way out, and new pods had better go elsewhere (S12). */
export const outdatedTaint = 'tender.sh/outdated';

/** cluster-autoscaler takes no node away that says so (github.com/kubernetes/autoscaler, its FAQ, "How can I prevent Cluster Autoscaler from scaling down a particular node?"). */
export const scaleDownDisabledAnnotation = 'cluster-autoscaler.kubernetes.io/scale-down-disabled';

/** Beside it, where it was Tender that disabled scaling down: only then it is taken off again. */
export const scaleDownDisabledByAnnotation = 'tender.sh/scale-down-disabled-by';

/** On a Node: the execution that has drained it. */
export const ownerAnnotation = 'tender.sh/owner';

/** How far the update of a group is, in the state bucket. */
export function updateKey(cluster: string, groupName: string): string {
  return `${updatesOfCluster(cluster)}${groupName}.json`;
}

/** Where the records of a cluster's groups begin. */
export function updatesOfCluster(cluster: string): string {
  return `updates/${cluster}/groups/`;
}

/** A finished update, in the state bucket. `at` is ISO 8601. */
export function pastUpdateKey(cluster: string, groupName: string, at: string): string {
  return `updates/${cluster}/past/${groupName}/${at}.json`;
}

/** An image that was rolled back: no group of any cluster is updated to it. */
export function badImageKey(imageId: string): string {
  return `updates/bad-images/${imageId}.json`;
}

/** By these Tender finds what it looks after (S7). */
export const clusterTag = 'tender:cluster';
export const roleTag = 'tender:role';

/** EKS puts these on the group of a managed node group. */
export const nodeGroupTag = 'eks:nodegroup-name';
export const eksClusterTag = 'eks:cluster-name';

/** A group that is left alone: a time until, ISO 8601, or `true`. */
export const pausedTag = 'tender:paused';
