import type { Pod } from '../api/objects.ts';

/** How long containers take. */
export interface PodTiming {
  /** From binding to Ready; default 1–4 s, seeded. */
  readonly startSeconds?: (pod: Pod) => number | undefined;
  /** From SIGTERM to exit; default, and for undefined, 1–3 s. Longer than the grace period means that the pod is killed at its end. */
  readonly stopSeconds?: (pod: Pod) => number | undefined;
  /** Seconds after which its containers die and are started anew, again and again; undefined, and by default: they live. */
  readonly crashSeconds?: (pod: Pod) => number | undefined;
}
