import { LinkNotMade } from './errors.ts';
import { type AnswerLink, linkFields, linkUrl, readLink, sealedText } from './link.ts';
import type { LinkSeal } from './ports.ts';

/**
 * Makes and signs a link, good once. `base` is the address that answers, with a `/` at its end.
 *
 * @throws LinkNotMade
 */
export async function makeLink(
  { base, deployment, nonce }: { readonly base: string; readonly deployment: string; readonly nonce: string },
  { action, subject, until }: { readonly action: AnswerLink['action']; readonly subject: string; readonly until: Date },
  seal: Pick<LinkSeal, 'seal'>,
): Promise<string> {
  const link: AnswerLink = { action, subject, until: Math.floor(until.getTime() / 1000), nonce };
  const mac = await seal.seal(sealedText(deployment, link));
  // Whoever opens it gets no further than this: better no link than one that nobody can use.
  if (!readLink(linkFields(link, mac))) throw new LinkNotMade(action, subject);
  return linkUrl(base, link, mac);
}

/** A line of a page that has a link: what it does, and how long. */
export function linkLine(what: string, until: Date, url: string): string {
  return `By link, ${what} (once, until ${until.toISOString().slice(0, 16).replace('T', ' ')} UTC): ${url}`;
}
