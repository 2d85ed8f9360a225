import type { Turn } from './turn.ts';
import type { UpdateRecord } from './update-record.ts';

/** Why nothing new is begun. */
export interface Hold {
  readonly waitsFor: UpdateRecord['waitsFor'];
  readonly why: string;
}

/** An execution has 25,000 events, a turn about 14: after so many the next execution goes on (S15). */
export const TURNS_PER_EXECUTION = 1200;
/** How long a wave is thought to take before one was seen. */
const FIRST_WAVE_SECONDS = 1200;
/** Where nobody knows how long a window is, as of a Change Calendar. */
const LONGEST_GUESS_SECONDS = 3600;

/** What holds everything: the andon, pauses, and members that Auto Scaling is to replace first. */
export function holdOf({ record, sight, group }: Turn): Hold | undefined {
  const { andon, paused } = sight;
  if (andon) return { waitsFor: 'andon', why: `the andon is on since ${andon.since} (${andon.by}): ${andon.reason}` };
  if (paused !== '') return { waitsFor: 'pause', why: paused };
  if (record.asked?.what === 'pause')
    return { waitsFor: 'pause', why: `${record.asked.by} paused it: ${record.asked.reason}` };
  const unhealthy = unhealthyOf(record, group);
  if (unhealthy.length > 0 && record.suspended.includes('ReplaceUnhealthy'))
    return {
      waitsFor: 'replacement',
      why: `Auto Scaling thinks ${unhealthy.join(', ')} unhealthy, and is to replace it first`,
    };
  return undefined;
}

/**
 * Whether a wave may begin, as far as the window goes: it is to end within it. In the first half of a window one may begin in any case: a wave that took longer than that would otherwise be the
 * last one for ever. A rollback does not wait for a window.
 */
export function windowHold({ record, sight: { window }, now }: Turn): Hold | undefined {
  if (record.now || record.phase === 'roll-back') return undefined;
  if (!window.open)
    return { waitsFor: 'window', why: `${window.why}${window.next === '' ? '' : `; it opens at ${window.next}`}` };
  const seconds = Math.min(record.lastWaveSeconds || FIRST_WAVE_SECONDS, longestGuess(window));
  if (window.until === '' || Date.parse(window.until) - now.getTime() >= seconds * 1000) return undefined;
  return {
    waitsFor: 'window',
    why: `its window closes at ${window.until}, and a wave takes about ${Math.ceil(seconds / 60)} minutes`,
  };
}

function longestGuess({ since, until }: Turn['sight']['window']): number {
  return since === undefined ? LONGEST_GUESS_SECONDS : (Date.parse(until) - Date.parse(since)) / 2000;
}

/**
 * Members that Auto Scaling thinks unhealthy, and would replace if that were not suspended: it never thinks better of one. Those that this update brought are not among them: they are
 * its own fault.
 */
function unhealthyOf(record: UpdateRecord, { members }: Turn['group']): readonly string[] {
  return members
    .filter((one) => one.lifecycleState === 'InService' && !one.healthy && one.version !== record.target.version)
    .map(({ instanceId }) => instanceId);
}
