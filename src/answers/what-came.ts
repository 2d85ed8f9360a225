import { type AnswerPage, told } from './answer-page.ts';
import type { AnswerLink } from './link.ts';
import type { NothingLeft } from './matter.ts';
import type { AnswerPorts, LinkUse } from './ports.ts';
import { isWordOf, whoUsed } from './whose-word.ts';

type Closing = Pick<AnswerPorts, 'used' | 'teller'>;

/**
 * Says what came of a link that can do nothing now. Where the word that stands is that of its last use, of which nobody saw the end, that use
 * is closed as any other that was done.
 *
 * @param last who used it before; undefined: nobody has
 */
export async function whatCame(
  link: AnswerLink,
  { title, says, stands }: NothingLeft,
  last: LinkUse | undefined,
  ports: Closing,
): Promise<AnswerPage> {
  if (!last) return told(409, title, `${says} This link did nothing.`);
  if (isWordOf(last, stands)) {
    await closeDone(link, last, ports);
    const tells = link.action === 'pull-andon' ? [RELEASE] : [];
    return told(200, 'Done, by this link', says, `${pressed(last)}.`, ...tells);
  }
  const unknown = `${pressed(last)}. Whether that released it is not to be seen.`;
  return told(409, title, `${says} ${link.action === 'release-andon' ? unknown : pressedBefore(last)}`);
}

/** What whoever has pulled the andon reads. */
export const RELEASE = 'A message with a link to release it is on its way; npx tender andon off does, too.';

/**
 * Tells people of a use that was done where they should know, and only then writes down that it was: whoever dies in between is followed by
 * whoever opens the link next, and people are rather told twice than never.
 */
export async function closeDone(
  { nonce, action, subject }: AnswerLink,
  use: LinkUse,
  { used, teller }: Closing,
): Promise<void> {
  if (action === 'pull-andon') await teller.pulled({ by: whoUsed(use), since: use.at, cluster: subject });
  await used.end(nonce, use, 'done');
}

/** That somebody was here, and that what they wanted is not so. */
export function pressedBefore(use: LinkUse): string {
  return `${pressed(use)}, and nothing has come of it that is to be seen now.`;
}

function pressed({ by, from, at }: LinkUse): string {
  return `${by} pressed this link, from ${from}, at ${at}`;
}
