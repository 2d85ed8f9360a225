import type { Bake } from './update-record.ts';

/** What is worse for less long may be a pod that has just come; what restarts again after it is no slow start. */
export const WORSE_FOR_MINUTES = 5;
/** What nobody can tell in so long needs a person. */
export const UNDECIDED_FOR_MINUTES = 30;

/** How the pods of the cluster are after a bake, against before there was a canary. */
export interface Compared {
  /** What is worse, in words; empty: nothing. */
  readonly why: string;
  /**
   * `fault`: it is for so long, or so often, that it is no coincidence. `worse`: not yet. `undecided`: it is, and neither the canary's fault for certain nor certainly not, for half an hour.
   */
  readonly verdict: 'well' | 'worse' | 'fault' | 'undecided';
  /** With what the next look compares. */
  readonly bake: Bake;
}
