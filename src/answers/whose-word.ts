import type { AnswerLink } from './link.ts';
import type { LinkUse } from './ports.ts';

/** The word of a person that stands: how a restore was answered, or how the andon is on. */
export interface StandingWord {
  readonly given: Exclude<AnswerLink['action'], 'release-andon'>;
  /** Who gave it; with a no, the reason follows. */
  readonly by: string;
  /** ISO 8601, of the andon: since when it is on. */
  readonly since?: string;
}

/** How whoever used a link is called where its word is kept. */
export function whoUsed({ by, from }: Pick<LinkUse, 'by' | 'from'>): string {
  return `${by}, by link, from ${from}`;
}

/** Whether the word that stands is the one that this use of a link gave. A release leaves no word: nobody can say whose it was. */
export function isWordOf(use: LinkUse, stands: StandingWord | undefined): boolean {
  if (stands?.given !== use.action) return false;
  if (stands.given === 'refuse-restore') return stands.by.startsWith(`${whoUsed(use)}: `);
  return stands.by === whoUsed(use) && (stands.since ?? use.at) === use.at;
}
