import { type AnswerLink, type LinkKind, linkKind } from '../answers/link.ts';
import { linkLine, makeLink } from '../answers/make-link.ts';
import type { AwsAccess } from '../aws/aws-access.ts';
import { randomText } from '../runtime/random-text.ts';
import { type Environment, setting } from '../runtime/settings.ts';

/** A line with a link that does something, for a page. */
export type LinkLines = (
  wanted: readonly { readonly action: AnswerLink['action']; readonly subject: string; readonly what: string }[],
  until: Date,
) => Promise<readonly string[]>;

/** As many as make 128 bits and more. */
const NONCE_CHARACTERS = 26;
/** Long enough for who sleeps through a page, short enough that an old mail stops nothing. */
const ANDON_LINK_HOURS = 12;

/** Makes lines with links. None where the stage has no links: nothing answers at ANSWER_URL. A page never waits for them: what fails leaves them out. */
export function answerLinks(
  home: AwsAccess,
  environment: Environment,
  { error: log }: { error(message: string, fields?: Readonly<Record<string, unknown>>): void },
  base = environment.ANSWER_URL ?? '',
): LinkLines {
  return async (wanted, until) => {
    if (base === '') return [];
    try {
      // Most invocations send no page.
      const { kmsLinkSeal } = await import('../aws/kms-link-seal.ts');
      const deployment = setting(environment, 'DEPLOYMENT');
      const made = wanted.map(async ({ what, ...link }) => {
        const seal = kmsLinkSeal(home, linkKeyArn(environment, linkKind(link.action)));
        const nonce = randomText(NONCE_CHARACTERS);
        return linkLine(what, until, await makeLink({ base, deployment, nonce }, { ...link, until }, seal));
      });
      return await Promise.all(made);
    } catch (error) {
      log('no links were made', { error });
      return [];
    }
  };
}

/** The key that links of a kind are signed with. @throws SettingMissing */
export function linkKeyArn(environment: Environment, kind: LinkKind): string {
  return setting(environment, `${kind.toUpperCase()}_LINK_KEY_ARN`);
}

/** The line with which whoever reads a page stops everything. */
export function andonLinks(
  home: AwsAccess,
  environment: Environment,
  { now, logger }: { readonly now: () => Date; readonly logger: Parameters<typeof answerLinks>[2] },
): (page: { readonly cluster: string }) => Promise<readonly string[]> {
  const lines = answerLinks(home, environment, logger);
  return ({ cluster }) =>
    lines([{ action: 'pull-andon', subject: cluster, what: 'stop everything' }], hoursAfter(now(), ANDON_LINK_HOURS));
}

/** So many hours later. */
export function hoursAfter(time: Date, hours: number): Date {
  return new Date(time.getTime() + hours * 3_600_000);
}
