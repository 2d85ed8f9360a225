/** Names outside that the watch for new images goes by; the table for people is docs/tags-and-labels.md. */

/** What the last pass over a cluster's groups found, in the state bucket. */
export function watchKey(cluster: string): string {
  return `updates/${cluster}/watch.json`;
}

/** What runs where in a cluster now, in the state bucket. */
export function runningKey(cluster: string): string {
  return `updates/${cluster}/history/current.json`;
}

/** A change of what runs where. */
export function changeKey(cluster: string, id: string): string {
  return `updates/${cluster}/history/changes/${id}.json`;
}

/** By these Tender finds what it looks after (S7). */
export const clusterTag = 'tender:cluster';
export const roleTag = 'tender:role';

/** A group that is left alone: a time until, ISO 8601, or `true`. */
export const pausedTag = 'tender:paused';

/** Whoever puts these on groups updates their nodes himself (S45; docs/scope.md). */
export const nodeGroupTag = 'eks:nodegroup-name';
export const eksClusterTag = 'eks:cluster-name';
export const karpenterTag = 'karpenter.sh/nodepool';

/** The account that Flatcar's images belong to (flatcar.org/docs/latest/installing/cloud/aws-ec2). */
export const flatcarOwner = '075585003325';
