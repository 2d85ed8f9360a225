/** Names outside that disruptions go by; the table for people is docs/tags-and-labels.md. */

/** Which execution is working on a Node (S14). */
export const ownerAnnotation = 'tender.sh/owner';

/** The ledger of a cluster, in the state bucket. */
export function ledgerKey(cluster: string): string {
  return `disruptions/${cluster}.json`;
}
