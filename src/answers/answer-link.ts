import type { AnswerPage } from './answer-page.ts';
import { type AnswerLink, linkFields, readLink, sealedText } from './link.ts';
import type { AnswerPorts, AskedRestore, LinkUse } from './ports.ts';
import type { AnswerRequest } from './read-request.ts';

/** What came of a request: the page, and, where something was done, what. */
export interface Answer {
  readonly page: AnswerPage;
  readonly done?: LinkUse & { readonly cluster: string };
}

/** What a link is about, as it stands now. */
type Matter =
  | { readonly kind: 'restore'; readonly restore: AskedRestore }
  | { readonly kind: 'andon'; readonly cluster: string };

/**
 * Answers whoever opens a link, and whoever confirms it. Opening one changes nothing: programs that scan mails open all of them.
 *
 * A link is good once, for what it names, and until its time; what is not signed is not believed. Two who press at once: one is the first.
 */
export async function answerLink(request: AnswerRequest, ports: AnswerPorts, now: Date): Promise<Answer> {
  if (!['GET', 'HEAD', 'POST'].includes(request.method))
    return told(405, 'Not here', 'A link is opened, and confirmed.');
  const read = readLink(request.fields);
  if (!read) return told(400, 'This is no link of Tender', 'It is not whole. Copy all of it from the message.');
  const { link, mac } = read;
  if (link.until * 1000 <= now.getTime()) return expired(link);
  if (!(await ports.seal.isGenuine(sealedText(ports.deployment, link), mac)))
    return told(403, 'This is no link of Tender', 'It was not made here, or was changed on its way. Nothing is done.');
  const use = await ports.used.useOf(link.nonce);
  if (use) return usedBefore(use);
  const matter = await matterOf(link, ports);
  if (!matter) return told(409, 'Nobody waits for this any more', 'It was answered, or ended. Nothing is done.');
  if (request.method !== 'POST') return { page: asking(link, mac, matter) };
  return confirmed(request, link, mac, matter, ports, now);
}

async function matterOf(
  { action, subject }: AnswerLink,
  { restores, andon }: AnswerPorts,
): Promise<Matter | undefined> {
  if (action === 'approve-restore' || action === 'refuse-restore') {
    const restore = await restores.find(subject);
    return restore && { kind: 'restore', restore };
  }
  const on = await andon.read();
  if (action === 'pull-andon') return on ? undefined : { kind: 'andon', cluster: subject };
  // For that one only: somebody may have pulled it anew since, for another reason.
  return on?.since === subject ? { kind: 'andon', cluster: 'none' } : undefined;
}

const WORDS: Readonly<Record<AnswerLink['action'], readonly [title: string, says: string, button: string]>> = {
  'approve-restore': [
    'Approve the restore?',
    'The control plane stands still until it is done, and what was written since the snapshot is lost.',
    'Yes, restore',
  ],
  'refuse-restore': ['Refuse the restore?', 'Its execution ends, and nothing is changed.', 'No, do not restore'],
  'pull-andon': [
    'Stop everything?',
    'In all clusters of this deployment no repair, no retirement by choice and no update begins, or goes on to its next step, until the andon is released. What cannot wait, as spot interruptions and hooks, is answered all the same.',
    'Stop everything',
  ],
  'release-andon': ['Release the andon?', 'Repairs, retirements and updates go on in all clusters.', 'Go on'],
};

function asking(link: AnswerLink, mac: string, matter: Matter, problem?: string): AnswerPage {
  const [title, says, button] = WORDS[link.action];
  const about = matter.kind === 'restore' ? [`Cluster: ${matter.restore.cluster}`] : [];
  return {
    status: problem === undefined ? 200 : 400,
    title,
    says: [...(problem === undefined ? [] : [problem]), ...about, says],
    ...(matter.kind === 'restore' && { quotes: matter.restore.shows }),
    form: { button, fields: linkFields(link, mac), reason: needsReason(link) },
  };
}

const needsReason = ({ action }: AnswerLink): boolean => action === 'refuse-restore' || action === 'pull-andon';

async function confirmed(
  { fields, from }: AnswerRequest,
  link: AnswerLink,
  mac: string,
  matter: Matter,
  ports: AnswerPorts,
  now: Date,
): Promise<Answer> {
  const by = plain(fields.by, 60);
  const reason = plain(fields.reason, 200);
  if (by === '') return { page: asking(link, mac, matter, 'Say who you are: it is kept with what is done.') };
  if (needsReason(link) && reason === '') return { page: asking(link, mac, matter, 'Say why.') };
  const use: LinkUse = { action: link.action, subject: link.subject, by, from, at: now.toISOString() };
  if ((await ports.used.use(link.nonce, use)) === 'again')
    return usedBefore((await ports.used.useOf(link.nonce)) ?? use);
  try {
    const answered = await act(link, matter, { who: `${by}, by link, from ${from}`, reason, at: use.at }, ports);
    if (answered === 'gone')
      return told(409, 'Nobody waits for this any more', 'Somebody was faster. Nothing is done.');
  } catch (error) {
    await ports.used.giveBack(link.nonce);
    throw error;
  }
  const cluster = matter.kind === 'restore' ? matter.restore.cluster : matter.cluster;
  const page: AnswerPage = {
    status: 200,
    title: 'Done',
    says: [DONE[link.action], `For the record: ${by}, from ${from}.`],
  };
  return { page, done: { ...use, cluster } };
}

const DONE: Readonly<Record<AnswerLink['action'], string>> = {
  'approve-restore': 'The restore goes on. npx tender run ls says how far it is.',
  'refuse-restore': 'The restore was refused. Nothing is changed.',
  'pull-andon': 'The andon is on. A message with a link to release it is on its way; npx tender andon off does, too.',
  'release-andon': 'The andon is off.',
};

async function act(
  { action, subject }: AnswerLink,
  matter: Matter,
  { who, reason, at }: { readonly who: string; readonly reason: string; readonly at: string },
  { restores, andon, teller }: AnswerPorts,
): Promise<'answered' | 'gone'> {
  if (matter.kind === 'restore') {
    const { token } = matter.restore;
    return action === 'approve-restore' ? restores.approve(token, who) : restores.refuse(token, who, reason);
  }
  if (action === 'release-andon') {
    await andon.release();
    return 'answered';
  }
  await andon.pull({ reason, since: at, by: who });
  await teller.pulled({ by: who, since: at, cluster: subject });
  return 'answered';
}

function expired({ until }: AnswerLink): Answer {
  const at = new Date(until * 1000).toISOString();
  return told(410, 'This link has expired', `It was good until ${at}. Nothing is done. The message has the command.`);
}

function usedBefore({ by, from, at }: LinkUse): Answer {
  return told(410, 'This link has been used', `${by} did, from ${from}, at ${at}. It is good once.`);
}

function told(status: number, title: string, says: string): Answer {
  return { page: { status, title, says: [says] } };
}

/** One line of printable text. */
function plain(text: string | undefined, most: number): string {
  return (text ?? '')
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
    .slice(0, most);
}
