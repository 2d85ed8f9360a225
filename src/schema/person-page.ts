/** What a person is told, piece by piece: no secrets, ids and times as they are, sentences without their last full stop. */
export interface PersonPage {
  /** What it is about, in kebab-case, for subscribers to filter by: `node-not-retired`. */
  readonly kind: string;
  /** `critical`: somebody has to get up. `warning`: somebody has to see to it today. `info`: nothing is wrong. */
  readonly severity: 'critical' | 'warning' | 'info';
  readonly cluster: string;
  /** Without `Tender: `. */
  readonly subject: string;
  readonly what: string;
  /** The Node, the instance, or the group; empty: the cluster as a whole. */
  readonly node: string;
  /** What Tender did about it, or does. */
  readonly did: string;
  readonly todo: string;
  readonly command: string;
  /** The path of the page to read, in this repository. */
  readonly runbook: string;
}
