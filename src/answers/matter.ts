import type { AnswerLink } from './link.ts';
import type { AnswerPorts, AskedRestore, PulledAndon, RestoreState } from './ports.ts';
import type { StandingWord } from './whose-word.ts';

/** That a link can do nothing, and why. */
export interface NothingLeft {
  readonly kind: 'none';
  readonly title: string;
  readonly says: string;
  /** What a person has said about it, where that is to be seen. */
  readonly stands?: StandingWord;
}

/** What a link is about, as it stands now. */
export type Matter =
  | ({ readonly kind: 'restore' } & AskedRestore)
  | { readonly kind: 'pull'; readonly cluster: string }
  | { readonly kind: 'release'; readonly cluster: 'none'; readonly andon: PulledAndon }
  | NothingLeft;

/** Looks at what a link is about. */
export async function matterOf(
  { action, subject }: Pick<AnswerLink, 'action' | 'subject'>,
  { restores, andon }: Pick<AnswerPorts, 'restores' | 'andon'>,
): Promise<Matter> {
  if (action === 'approve-restore' || action === 'refuse-restore') {
    const restore = await restores.look(subject);
    if (restore?.state === 'waits') return { ...restore, kind: 'restore' };
    return waitsNoMore(restore);
  }
  const on = await andon.read();
  if (action === 'pull-andon') return on ? onAlready(on) : { kind: 'pull', cluster: subject };
  // For that one only: somebody may have pulled it anew since, for another reason.
  if (on?.since === subject) return { kind: 'release', cluster: 'none', andon: on };
  if (!on) return nothing('The andon is off already', 'Somebody has released it.');
  return nothing('This link is for another andon', `The one that is on is not the one of the message. ${wordsOf(on)}`);
}

/** A restore that has its answer, or needs none any more. undefined: there is none. */
export function waitsNoMore(restore: Extract<RestoreState, { readonly state: 'over' }> | undefined): NothingLeft {
  const says = restore?.words ?? 'Its execution is not known any more.';
  const over = nothing('Nobody waits for this any more', says);
  if (!restore || restore.answer === 'none') return over;
  const given = restore.answer === 'approved' ? 'approve-restore' : 'refuse-restore';
  return { ...over, stands: { given, by: restore.by } };
}

/** An andon that nobody can pull, because somebody has. */
export function onAlready(on: PulledAndon): NothingLeft {
  const { by, since } = on;
  return { ...nothing('The andon is on already', wordsOf(on)), stands: { given: 'pull-andon', by, since } };
}

function wordsOf({ reason, since, by }: PulledAndon): string {
  return `It is on since ${since}, by ${by}: ${reason}.`;
}

function nothing(title: string, says: string): NothingLeft {
  return { kind: 'none', title, says };
}
