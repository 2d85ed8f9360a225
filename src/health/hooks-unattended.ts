import type { Memory } from './memory.ts';
import type { ObservedGroup, Seen } from './observations.ts';
import type { KnownClaim } from './ports.ts';

/** A member that waits at a hook, and that no execution keeps waiting. */
export interface UnattendedMember {
  readonly instanceId: string;
  readonly groupName: string;
  readonly lifecycleState: string;
}

const WAITS = /^(Pending|Terminating):Wait$/;
/** An owner answers at its deadline, and has to be heard. */
const LATE_MS = 60_000;
const PATIENCE_MS = 120_000;

/**
 * Members whose lifecycle hooks wait and that nobody keeps alive: no execution has claimed the instance, or its owner should have answered a minute ago. A hook's
 * heartbeats are half its timeout apart, so such a one ends with its default result before two more would have been due.
 *
 * One that has just begun is among them until its execution has claimed it, seconds later: only what stays says something. null where the groups
 * could not be seen.
 */
export function unattendedMembers(
  groups: Seen<readonly ObservedGroup[]>,
  claims: readonly KnownClaim[],
  now: Date,
): readonly UnattendedMember[] | null {
  if ('problem' in groups) return null;
  const attended = new Set(
    claims
      // Whoever has made one that cannot be read may be at work.
      .filter(({ deadline, problem }) => problem !== undefined || Date.parse(deadline) + LATE_MS > now.getTime())
      .map(({ instanceId }) => instanceId),
  );
  return waitingMembers(groups.value).filter(({ instanceId }) => !attended.has(instanceId));
}

function waitingMembers(groups: readonly ObservedGroup[]): readonly UnattendedMember[] {
  return groups.flatMap(({ name, members }) =>
    members
      .filter(({ lifecycleState }) => WAITS.test(lifecycleState))
      .map(({ instanceId, lifecycleState }) => ({ instanceId, groupName: name, lifecycleState })),
  );
}

/**
 * Since when passes see each of them wait so; what could not be seen is remembered as it was. What was due is remembered for as long as it waits, whoever has claimed it by then: the
 * execution that was started for it is called by that time, and is not started again when it has given up.
 */
export function rememberUnattended(
  before: Memory['unattended'],
  groups: Seen<readonly ObservedGroup[]>,
  unattended: readonly UnattendedMember[] | null,
  at: string,
): Memory['unattended'] {
  if (unattended === null || 'problem' in groups) return before;
  const alone = new Set(unattended.map(({ instanceId }) => instanceId));
  return Object.fromEntries(
    waitingMembers(groups.value).flatMap(({ instanceId, lifecycleState }) => {
      const known = before[instanceId]?.lifecycleState === lifecycleState ? before[instanceId] : undefined;
      if (!alone.has(instanceId) && (known === undefined || !isDue(known.since, new Date(at)))) return [];
      return [[instanceId, known ?? { lifecycleState, since: at }]];
    }),
  );
}

/** Whether nobody has come for so long that nobody will. An event that was not understood at once comes again after one minute, and after three; a hook lasts five. */
export function isDue(since: string, now: Date): boolean {
  return now.getTime() - Date.parse(since) >= PATIENCE_MS;
}
