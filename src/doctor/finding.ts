/** What a check is about: one file of checks each. */
export type Subject =
  | 'registry'
  | 'groups'
  | 'hooks'
  | 'user hooks'
  | 'owners'
  | 'templates'
  | 'permissions'
  | 'load balancers'
  | 'API server'
  | 'access'
  | 'nodes'
  | 'workloads'
  | 'etcd'
  | 'network'
  | 'deployment';

/** One thing that is wrong: what it is about, what is wrong with it, and what mends it. */
export interface Complaint {
  readonly about: string;
  readonly message: string;
  readonly cure: string;
  /** The command to run, where one mends it. */
  readonly command?: string;
}

/** What a check came to: a fault hurts already or will, a warning may be as you want it, unknown was not looked at. */
export type Finding = { readonly id: string; readonly subject: Subject } & (
  | ({ readonly severity: 'fault' | 'warning' } & Complaint)
  | { readonly severity: 'unknown'; readonly about: string; readonly message: string }
);
