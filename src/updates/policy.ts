/** A number, or a percentage as in `10%`. */
export type Share = number | string;

/** What a cluster's registry entry says about updates of one group; the registry's `updatesOf` gives this shape. */
export interface UpdatePolicy {
  readonly policy: 'auto' | 'notify' | 'manual' | 'off';
  readonly way: 'image' | 'in-place';
  readonly maxSurge: Share;
  readonly maxUnavailable: Share;
  readonly bakeMinutes: number;
  readonly joinMinutes: number;
  /** How many more pods than before may be not ready after a bake. */
  readonly podsNotReady: number;
  /** How many pods of workloads that ran well before may be restarted on new nodes while they bake. */
  readonly podsRestarted: number;
}

/** The policy, with what the disruption budget and the health schedule of the cluster say. */
export interface UpdateRules extends UpdatePolicy {
  /** Of one group, at a time (`disruptions.perGroup`). */
  readonly perGroup: Share;
  /** Points at which hooks of the user's own are run for the group. */
  readonly hooks: readonly string[];
  /** 0: nobody looks. */
  readonly healthMinutes: number;
}

/** How many of so many a share is: rounded down, one at least, and never all of two or more (docs/adr/0009). */
export function shareOf(share: Share, size: number): number {
  const wanted = typeof share === 'number' ? share : Math.floor((size * Number.parseInt(share, 10)) / 100);
  return Math.max(1, Math.min(wanted, size - 1));
}
