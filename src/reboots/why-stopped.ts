import { pausedAnnotation, pausedTag, rebootPaused } from './names.ts';
import type { Sight } from './observe.ts';
import type { RebootAndon, RebootPolicy } from './ports.ts';

/**
 * Who asked that the node is left alone for now, in words; undefined: nobody. FLUO's own pause counts whatever the way: it says that this machine is not to
 * boot. A text that is no time holds until it is taken away.
 */
export async function whyStopped(
  { node, place }: Pick<Sight, 'node' | 'place'>,
  { health }: RebootPolicy,
  andon: RebootAndon,
  now: Date,
): Promise<string | undefined> {
  const annotations = typeof node === 'object' ? node.annotations : {};
  if (annotations[rebootPaused] === 'true') return `its annotation ${rebootPaused} is true`;
  const paused = [
    [health.pausedBy ?? 'the registry entry (health.pausedUntil)', health.pausedUntil],
    [`tag ${pausedTag} of its group`, place?.tags[pausedTag]],
    [`its annotation ${pausedAnnotation}`, annotations[pausedAnnotation]],
  ] as const;
  const holding = paused.find(([, until]) => until !== undefined && !isOver(until, now));
  if (holding) return `it is paused by ${holding[0]}: ${holding[1]}`;
  const cord = await andon.read();
  return cord ? `the andon is on since ${cord.since} (${cord.by}): ${cord.reason}` : undefined;
}

function isOver(until: string, now: Date): boolean {
  return until === 'false' || until === '' || Date.parse(until) <= now.getTime();
}
