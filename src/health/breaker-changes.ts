import { isShiftedOnly } from './breakers.ts';
import type { HealthDocument } from './health-document.ts';

/** A breaker as a metric tells it. */
export interface BreakerChange {
  /** `group workers-a`, `zone us-east-1b`, `cluster`, `image lt-1:7`. */
  readonly name: string;
  readonly open: boolean;
  /** Whether it is a zone that somebody leads traffic away from, and nothing else is wrong with it. */
  readonly shifted: boolean;
}

/** Those that are open, and those that have closed since the pass before: a metric of which nobody hears again is not 0. */
export function openOrClosed(
  { breakers }: HealthDocument,
  before: HealthDocument | undefined,
): readonly BreakerChange[] {
  const open = breakers
    .filter((one) => one.open)
    .map((one) => ({ name: one.name, open: true, shifted: isShiftedOnly(one) }));
  const names = new Set(open.map(({ name }) => name));
  const closed = Object.keys(before?.memory.breakers ?? {}).filter((name) => !names.has(name));
  return [...open, ...closed.map((name) => ({ name, open: false, shifted: false }))];
}
