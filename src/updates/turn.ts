import type { Action, Decision } from './decision.ts';
import type { HooksDue } from './hooks-due.ts';
import type { UpdateRules } from './policy.ts';
import type { UpdateSight, UpdatingGroup } from './sight.ts';
import type { UpdateRecord, Wave } from './update-record.ts';
import { unvalidated } from './validate.ts';

/** What one turn of an update goes by. */
export interface Turn {
  readonly record: UpdateRecord;
  readonly sight: UpdateSight;
  readonly group: UpdatingGroup;
  readonly rules: UpdateRules;
  readonly now: Date;
}

/** Looks again later; `why` is what people read meanwhile. */
export function again(
  record: UpdateRecord,
  why: string,
  lookAgainSeconds: number,
  actions: readonly Action[] = [],
): Decision {
  return { record: { ...record, why }, actions, verdict: 'again', lookAgainSeconds };
}

/** Has hooks of the user's own run, and goes on when they have. */
export function runs(record: UpdateRecord, hooks: HooksDue): Decision {
  const why = `runs the hooks ${hooks.point === 'before-update-wave' ? 'before' : 'after'} wave ${hooks.wave}`;
  return { ...again(record, why, 0), verdict: 'hooks', hooks };
}

/** Ends this execution; the update goes on by itself when what it waits for is over. */
export function waits(record: UpdateRecord, waitsFor: UpdateRecord['waitsFor'], why: string): Decision {
  return { record: { ...record, status: 'waiting', waitsFor, why }, actions: [], verdict: 'wait', lookAgainSeconds: 0 };
}

/** Ends the update until a person says otherwise. */
export function stops(record: UpdateRecord, why: string): Decision {
  return {
    record: { ...record, status: 'stopped', why, stopping: '' },
    actions: [],
    verdict: 'stop',
    lookAgainSeconds: 0,
  };
}

/** The record with its wave in another stage; what was validated before says nothing of it. */
export function enter(record: UpdateRecord, wave: Wave, stage: Wave['stage'], now: Date): UpdateRecord {
  return { ...record, wave: { ...wave, stage, stageSince: now.toISOString() }, validation: unvalidated };
}

/** Minutes since a time. */
export function minutesSince(time: string, now: Date): number {
  return (now.getTime() - Date.parse(time)) / 60_000;
}

/** What of the raised capacity is still there: launched for nodes that have not gone. Whoever else asks for more or for less has his own count. */
export function surplusOf({ base, by, moves }: Wave, { desired }: UpdatingGroup): number {
  const shrunk = moves.filter((move) => move.shrunk).length;
  return Math.max(0, Math.min(by - shrunk, desired - base));
}

/**
 * Goes back: what was launched goes, and the group launches again what it did before. Where there is nothing to go back to, as in place or when nodes are rotated by
 * age, it stops instead.
 */
export function trip({ record, now }: Turn, why: string): Decision {
  const { wave, target, previous, way } = record;
  const backwards = way === 'image' && target.version !== previous.version;
  const cleared = wave ? enter(record, wave, 'give-back', now) : { ...record, validation: unvalidated };
  if (!backwards) return again({ ...cleared, stopping: record.stopping || why }, `stops: ${why}`, 5);
  const back: UpdateRecord = { ...cleared, phase: 'roll-back', tripped: why, bake: null, stopping: '' };
  return again(back, `rolls back: ${why}`, 5);
}
