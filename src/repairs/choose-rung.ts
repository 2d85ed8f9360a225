import type { Rung } from './ports.ts';

const RUNGS: readonly Rung[] = ['restart', 'reboot', 'replace', 'page'];

/** A rung that was tried, or left out. */
export interface TriedRung {
  readonly rung: Rung;
  /** What became of it, in words. */
  readonly outcome: string;
  readonly seconds: number;
}

/**
 * The ladder that a repair climbs: the one it was given, that of its signal's rule, or all of it; from a certain rung on where a person says so. It ends with
 * a page, whatever was given: what is not mended is told.
 */
export function ladderOf(
  given: readonly Rung[],
  rule: readonly Rung[] | undefined,
  from: Rung | undefined,
): readonly Rung[] {
  const base = [given, rule ?? [], RUNGS].find(({ length }) => length > 0) ?? RUNGS;
  const start = from === undefined ? 0 : RUNGS.indexOf(from);
  return RUNGS.filter((rung, index) => index >= start && (base.includes(rung) || rung === from || rung === 'page'));
}

/** What is left of a ladder: what comes after the highest rung that was tried. */
export function rungsLeft(ladder: readonly Rung[], tried: readonly Pick<TriedRung, 'rung'>[]): readonly Rung[] {
  const highest = Math.max(-1, ...tried.map(({ rung }) => RUNGS.indexOf(rung)));
  return ladder.filter((rung) => RUNGS.indexOf(rung) > highest || rung === 'page');
}
