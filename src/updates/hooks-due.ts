import type { UpdateRules } from './policy.ts';
import type { UpdateRecord } from './update-record.ts';

/** A wave that hooks of the user's own are run around; the canary is wave 1. */
export interface HooksDue {
  readonly point: 'before-update-wave' | 'after-update-wave';
  readonly wave: number;
}

/** What they said. */
export interface HooksSaid {
  /** Empty: none were run. */
  readonly point: HooksDue['point'] | '';
  readonly wave: number;
  readonly passed: boolean;
  readonly why: string;
}

/** The record with what hooks have said: those that hold the update stop it, and are run anew when it is resumed. */
export function noteHooks(record: UpdateRecord, said: HooksSaid | undefined): UpdateRecord {
  if (!said || said.point === '' || isOnItsWayBack(record)) return record;
  if (!said.passed) return { ...record, stopping: record.stopping || said.why };
  const side = said.point === 'before-update-wave' ? 'before' : 'after';
  return { ...record, hooks: { ...record.hooks, [side]: said.wave } };
}

/** Whether hooks are to be run before the next wave begins. Nothing holds the way back. */
export function hooksBefore(record: UpdateRecord, { hooks }: UpdateRules): HooksDue | undefined {
  const due = hooks.includes('before-update-wave') && record.hooks.before <= record.waves && !isOnItsWayBack(record);
  return due ? { point: 'before-update-wave', wave: record.waves + 1 } : undefined;
}

/** Whether hooks are to be run after the wave that has ended. */
export function hooksAfter(record: UpdateRecord, { hooks }: UpdateRules): HooksDue | undefined {
  const due = hooks.includes('after-update-wave') && record.hooks.after < record.waves && !isOnItsWayBack(record);
  return due ? { point: 'after-update-wave', wave: record.waves } : undefined;
}

function isOnItsWayBack({ phase }: UpdateRecord): boolean {
  return phase === 'roll-back';
}
