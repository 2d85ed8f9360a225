/** Names outside that disruptions go by; the table for people is docs/tags-and-labels.md. */

/** Which execution is working on a Node (S14). */
export const ownerAnnotation = 'tender.sh/owner';

/** What of a node's state is Tender's doing; `warm-pool` among it: the node waits, as it is, for its instance to leave a warm pool. */
export const marksAnnotation = 'tender.sh/marks';

/** The ledger of a cluster, in the state bucket. */
export function ledgerKey(cluster: string): string {
  return `disruptions/${cluster}.json`;
}
