import type { PersonPage } from '../schema/person-page.ts';

/** As SNS takes it. */
export interface PageText {
  readonly subject: string;
  readonly message: string;
  readonly attributes: Readonly<Record<'cluster' | 'kind' | 'severity', string>>;
}

/** SNS takes 100 characters of ASCII, in one line (docs.aws.amazon.com/sns/latest/api/API_Publish.html). */
const SUBJECT_LIMIT = 100;

/**
 * A page as it is mailed: what happened first, then a line each for where, what Tender did, what to do, the command, and what to read. State machines write the same
 * lines; test/unit/aws/page-text.test.ts holds them to it.
 *
 * @param docsUrl what `runbook` is below; empty: it is told as a path
 * @param links lines with links, after the command
 */
export function pageText(page: PersonPage, docsUrl: string, links: readonly string[] = []): PageText {
  const { kind, severity, cluster, node } = page;
  const lines = [
    sentence(page.what),
    '',
    `Cluster: ${cluster}`,
    ...(node === '' ? [] : [`Node: ${node}`]),
    `Tender: ${sentence(page.did)}`,
    `To do: ${sentence(page.todo)}`,
    `Command: ${page.command}`,
    ...links,
    `Runbook: ${docsUrl}${page.runbook}`,
  ];
  const subject = `Tender: ${page.subject}`.replace(/[^\x20-\x7e]/g, '?').slice(0, SUBJECT_LIMIT);
  return { subject, message: lines.join('\n'), attributes: { cluster, kind, severity } };
}

function sentence(words: string): string {
  return `${words.replace(/[.\s]+$/, '')}.`;
}
