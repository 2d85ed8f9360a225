import type { Sight } from './observe.ts';
import type { RepairPolicy, Standing } from './ports.ts';
import { isOld } from './why-held.ts';
import { type Episode, hasBooted, isAnnounced } from './why-sick.ts';

/** What a repair itself knows of how its sign stands. */
export interface ToldEpisode extends Episode {
  /** The execution. */
  readonly owner: string;
  /** Whether a rung was really done: its kubelet restarted, its machine booted. */
  readonly rungDone: boolean;
  /** A person asked for the next rung itself: it is taken of a node that looks well, too. */
  readonly asked?: boolean | undefined;
}

/**
 * Whether what brought a repair about was only told of, and is over: the machine has booted since, whoever did it; a rung was done; or the last health pass sees the sign no more (S17).
 * By then it is well if its node is Ready. A node that this repair has emptied is rebooted whatever passes see: the drain may have taken longer than an Event holds.
 */
export function isToldNoMore(
  { node, claim }: Sight,
  { signal, bootId, owner, rungDone }: ToldEpisode,
  standing: Standing | undefined,
  policy: RepairPolicy,
  now: Date,
): boolean {
  if (!isAnnounced(signal)) return false;
  if (rungDone || (typeof node === 'object' && hasBooted(node, bootId))) return true;
  const seen = standing?.repair?.signals;
  if (claim?.owner === owner || standing === undefined || !seen) return false;
  return !isOld(standing, policy, now) && !seen.includes(signal);
}
