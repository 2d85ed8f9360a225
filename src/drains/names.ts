/** Names that a drain writes on nodes; the table for people is docs/tags-and-labels.md. */

/** The execution that works on the node (S14). */
export const ownerAnnotation = 'tender.sh/owner';

/** What of the node's state is Tender's doing, as a comma-separated list of {@link Mark}: undo touches nothing else (S14). */
export const marksAnnotation = 'tender.sh/marks';

/** Something that Tender has done to a node and would undo; `warm-pool`: the node waits, as it is, for its instance to leave a warm pool. */
export type Mark = 'cordon' | 'exclude-from-external-load-balancers' | 'out-of-service' | 'warm-pool';

/** Controllers of load balancers leave such a node out (kubernetes.io/docs/reference/labels-annotations-taints). */
export const excludeLabel = 'node.kubernetes.io/exclude-from-external-load-balancers';

/**
 * Lets the volumes of a node that is off move at once. Only ever on an instance that EC2 says is off: on a node that is merely silent it corrupts
 * volumes (S10; kubernetes.io/docs/concepts/cluster-administration/node-shutdown, "Non-graceful node shutdown").
 */
export const outOfServiceTaint = {
  key: 'node.kubernetes.io/out-of-service',
  value: 'nodeshutdown',
  effect: 'NoExecute',
} as const;

/** The marks on a node, by its annotations. */
export function marksOf(annotations: Readonly<Record<string, string>>): ReadonlySet<Mark> {
  const marks = (annotations[marksAnnotation] ?? '').split(',').filter((mark) => mark !== '');
  return new Set(marks as Mark[]);
}

/** The annotation's text for these marks; null takes it off. */
export function marksText(marks: ReadonlySet<Mark>): string | null {
  return marks.size === 0 ? null : [...marks].sort().join(',');
}
