import type { AnswerLink } from './link.ts';
import type { AnswerPorts, AskedRestore, PulledAndon } from './ports.ts';

/** What a link is about, as it stands now; `none` where it can do nothing, and why. */
export type Matter =
  | ({ readonly kind: 'restore' } & AskedRestore)
  | { readonly kind: 'pull'; readonly cluster: string }
  | { readonly kind: 'release'; readonly cluster: 'none'; readonly andon: PulledAndon }
  | { readonly kind: 'none'; readonly title: string; readonly says: string };

/** Looks at what a link is about. */
export async function matterOf(
  { action, subject }: Pick<AnswerLink, 'action' | 'subject'>,
  { restores, andon }: Pick<AnswerPorts, 'restores' | 'andon'>,
): Promise<Matter> {
  if (action === 'approve-restore' || action === 'refuse-restore') {
    const restore = await restores.look(subject);
    if (restore?.state === 'waits') return { ...restore, kind: 'restore' };
    return nothing('Nobody waits for this any more', restore?.words ?? 'Its execution is not known any more.');
  }
  const on = await andon.read();
  if (action === 'pull-andon')
    return on ? nothing('The andon is on already', wordsOf(on)) : { kind: 'pull', cluster: subject };
  // For that one only: somebody may have pulled it anew since, for another reason.
  if (on?.since === subject) return { kind: 'release', cluster: 'none', andon: on };
  if (!on) return nothing('The andon is off already', 'Somebody has released it.');
  return nothing('This link is for another andon', `The one that is on is not the one of the message. ${wordsOf(on)}`);
}

/** Who has it on, since when, and why. */
export function wordsOf({ reason, since, by }: PulledAndon): string {
  return `It is on since ${since}, by ${by}: ${reason}.`;
}

function nothing(title: string, says: string): Matter {
  return { kind: 'none', title, says: `${says} This link did nothing.` };
}
