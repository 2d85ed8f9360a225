import * as z from 'zod/mini';
import { rebootMark } from './names.ts';
import type { RebootNode, Way } from './ports.ts';

/** What our annotation on a Node says: who reboots it, and how far that has come. */
export interface Mark {
  /** The execution. */
  readonly owner: string;
  readonly way: Way;
  /** The boot before. */
  readonly bootId: string;
  /** `checks`: before the reboot, nothing is asked for. `asked`: the reboot is. `withdrawn`: the agent had started anew without one, and its leave was taken back. `released`: its FleetLock client has given the lock back, or was refused it in the end. */
  readonly step: 'checks' | 'asked' | 'withdrawn' | 'released';
  /** Of the step; ISO 8601. */
  readonly since: string;
  /** Whether its FleetLock client has been told yes: it may be on its way down. */
  readonly told?: boolean | undefined;
  /** Why its FleetLock client was refused after the drain. */
  readonly refused?: string | undefined;
}

const Written = z.object({
  owner: z.string(),
  way: z.enum(['agent', 'document', 'reboot', 'lock']),
  bootId: z.string(),
  step: z.enum(['checks', 'asked', 'withdrawn', 'released']),
  since: z.string(),
  told: z.optional(z.boolean()),
  refused: z.optional(z.string()),
});

/** The mark on a Node; undefined: there is none, or none that anybody understands. */
export function markOf({ annotations }: Pick<RebootNode, 'annotations'>): Mark | undefined {
  const text = annotations[rebootMark];
  if (text === undefined) return undefined;
  try {
    return z.parse(Written, JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Whether a FleetLock client has the lock of this node, or is to be told so. */
export function isLocked({ way, step }: Mark): boolean {
  return way === 'lock' && step === 'asked';
}

/** As it is written on a Node. */
export function markText(mark: Mark): string {
  return JSON.stringify(mark);
}
