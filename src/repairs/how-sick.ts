import { type Contact, whyTooEarly } from './contact.ts';
import { isToldNoMore, type ToldEpisode } from './is-told-no-more.ts';
import type { Sight } from './observe.ts';
import type { RepairPolicy, Standing } from './ports.ts';
import { isOld } from './why-held.ts';
import { whySick, whyUnsure } from './why-sick.ts';

/** How a node stands at a look. `unclear`: nobody can say, or not yet. `why` is in words, for people. */
export interface Sickness {
  readonly is: 'well' | 'sick' | 'unclear';
  readonly why: string;
}

/** Whether a node that is nobody else's to work on is sick still, of what its repair began for (S16, S17). */
export function howSick(
  sight: Sight,
  episode: ToldEpisode,
  { standing, contact }: { readonly standing: Standing | undefined; readonly contact: Contact },
  policy: RepairPolicy,
  now: Date,
): Sickness {
  if (sight.node === 'unknown')
    return { is: 'unclear', why: 'the API server does not answer, or not which Node is its' };
  const isOver = isToldNoMore(sight, episode, standing, policy, now);
  const sick =
    whySick(sight, isOver ? { ...episode, signal: 'Ready' } : episode, policy, now) ??
    whyByHand(episode, standing, policy, now);
  if (sick === undefined) return { is: 'well', why: episode.signal === '' ? WELL_BY_HAND : 'it is well' };
  const early = whyTooEarly(contact, policy.health.quietMinutes, now) ?? whyUnsure(sight, episode);
  return early === undefined ? { is: 'sick', why: sick } : { is: 'unclear', why: early };
}

const WELL_BY_HAND =
  'it is Ready, and neither it nor the last health pass shows a sign of anything; --from takes a rung all the same';

/** A person asked for it, and it looks well to us: for the rung itself, or for what the last health pass sees, until a rung was done about that. */
function whyByHand(
  { signal, asked, rungDone }: ToldEpisode,
  standing: Standing | undefined,
  policy: RepairPolicy,
  now: Date,
): string | undefined {
  if (signal !== '') return undefined;
  if (asked) return 'a person asked for it';
  const signs = rungDone || standing === undefined || isOld(standing, policy, now) ? [] : (standing.signs ?? []);
  return signs.length === 0 ? undefined : `the last health pass sees ${signs.join(', ')}`;
}
