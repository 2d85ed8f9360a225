import type { AnswerLink } from './link.ts';

/** When a link would not be understood by whoever has to answer it: what it is about has spaces, or more than 100 characters. */
export class LinkNotMade extends Error {
  override readonly name = 'LinkNotMade';

  constructor(action: AnswerLink['action'], subject: string) {
    super(
      `No link that answers ${action} can be made for ${JSON.stringify(subject)}: it must be 1 to 100 printable characters without spaces`,
    );
  }
}
