/** Names outside that health goes by; the table for people is docs/tags-and-labels.md. */

/** Node annotation: no repair of this node until this time (ISO 8601), or for as long as it says `true`. */
export const pausedAnnotation = 'tender.sh/paused';

/** Tag of an Auto Scaling group: the same for all its nodes. */
export const pausedTag = 'tender:paused';

/** What the last health pass found, in the state bucket. */
export function healthKey(cluster: string): string {
  return `health/${cluster}/current.json`;
}

/** What a pass found when something had changed, in the state bucket. `at` is ISO 8601. */
export function healthHistoryKey(cluster: string, at: string): string {
  return `health/${cluster}/history/${at}.json`;
}

/** The SSM parameter that says until when no node of a cluster is repaired. There is none when it is not paused. */
export function clusterPauseParameter(cluster: string): string {
  return `/tender/paused/${cluster}`;
}
