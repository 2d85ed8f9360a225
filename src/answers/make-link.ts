import { type AnswerLink, linkUrl, sealedText } from './link.ts';
import type { LinkSeal } from './ports.ts';

/** Makes and signs a link, good once. `base` is the address that answers, with a `/` at its end. */
export async function makeLink(
  { base, deployment, nonce }: { readonly base: string; readonly deployment: string; readonly nonce: string },
  { action, subject, until }: { readonly action: AnswerLink['action']; readonly subject: string; readonly until: Date },
  seal: Pick<LinkSeal, 'seal'>,
): Promise<string> {
  const link: AnswerLink = { action, subject, until: Math.floor(until.getTime() / 1000), nonce };
  return linkUrl(base, link, await seal.seal(sealedText(deployment, link)));
}

/** A line of a page that has a link: what it does, and how long. */
export function linkLine(what: string, until: Date, url: string): string {
  return `By link, ${what} (once, until ${until.toISOString().slice(0, 16).replace('T', ' ')} UTC): ${url}`;
}
