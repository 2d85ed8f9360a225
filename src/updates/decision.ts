import type { HooksDue } from './hooks-due.ts';
import type { UpdateRecord } from './update-record.ts';

/** Something that a turn does, after it is written down. Each can be done again. */
export type Action =
  /** The group launches this version from now on. */
  | { readonly kind: 'pin'; readonly launchTemplateId: string; readonly version: string }
  /** Desired capacity goes up to this, if it is lower. */
  | { readonly kind: 'raise'; readonly to: number }
  /** Desired capacity goes down by so much, for instances that were never launched. */
  | { readonly kind: 'lower'; readonly by: number }
  /** Launch, which a death in the middle of that has left suspended. */
  | { readonly kind: 'resume-launch' }
  /** An instance that has not come into service is terminated, and desired capacity goes down with it. */
  | { readonly kind: 'drop'; readonly instanceId: string }
  /** An execution for a node is started. */
  | {
      readonly kind: 'move';
      readonly instanceId: string;
      readonly nodeName: string;
      readonly execution: string;
      readonly shrink: boolean;
      /** And never below this: somebody else may have asked for less meanwhile. */
      readonly atLeast: number;
      /** No place in the disruption budget is waited for after that; empty: for as long as it takes. */
      readonly notAfter: string;
    }
  /** A Node is marked as outdated, or as not to be taken by cluster-autoscaler, or not any more. */
  | { readonly kind: 'mark'; readonly nodeName: string; readonly outdated: boolean; readonly held: boolean }
  /** EKS is asked to roll the group, once. */
  | { readonly kind: 'roll-node-group' }
  /** No group is updated to this image any more. */
  | { readonly kind: 'mark-bad'; readonly imageId: string; readonly why: string };

/** What a turn of an update decides. */
export interface Decision {
  /** To be written before anything is done. */
  readonly record: UpdateRecord;
  readonly actions: readonly Action[];
  /** `again`: look again in so many seconds. `hooks`: run these first, and say what they said. Anything else ends this execution. */
  readonly verdict: 'again' | 'hooks' | 'wait' | 'stop' | 'done' | 'rolled-back';
  readonly lookAgainSeconds: number;
  readonly hooks?: HooksDue;
}
