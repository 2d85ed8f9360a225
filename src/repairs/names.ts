/** Names that repairs read on nodes and groups; the table for people is docs/tags-and-labels.md. */

/** A Node that is left alone: a time until, ISO 8601, or `true`. */
export const pausedAnnotation = 'tender.sh/paused';

/** The same on an Auto Scaling group. */
export const pausedTag = 'tender:paused';

/** The execution that works on a Node, or has left it drained. */
export const ownerAnnotation = 'tender.sh/owner';

/** By these Tender finds what it looks after (S7). */
export const clusterTag = 'tender:cluster';
export const roleTag = 'tender:role';
