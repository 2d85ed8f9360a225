import { pausedAnnotation, pausedTag } from './names.ts';
import type { Sight } from './observe.ts';
import type { RepairPolicy } from './ports.ts';

/** Who asked that a node is left alone for now, in words; undefined: nobody. A text that is no time holds until it is taken away. */
export function whyPaused({ node, place }: Sight, { health }: RepairPolicy, now: Date): string | undefined {
  const paused = [
    [health.pausedBy ?? 'the registry entry (health.pausedUntil)', health.pausedUntil],
    [`tag ${pausedTag} of its group`, place?.tags[pausedTag]],
    [`its annotation ${pausedAnnotation}`, typeof node === 'object' ? node.annotations[pausedAnnotation] : undefined],
  ] as const;
  const holding = paused.find(([, until]) => until !== undefined && !isOver(until, now));
  return holding && `it is paused by ${holding[0]}: ${holding[1]}`;
}

function isOver(until: string, now: Date): boolean {
  return until === 'false' || until === '' || Date.parse(until) <= now.getTime();
}
