import { type AnswerPage, told } from './answer-page.ts';
import { confirmLink, needsReason } from './confirm-link.ts';
import { type AnswerLink, linkFields, linkKind, readLink, sealedText } from './link.ts';
import { type Matter, matterOf } from './matter.ts';
import type { AnswerPorts, KnownUse } from './ports.ts';
import type { AnswerRequest } from './read-request.ts';
import { pressedBefore, whatCame } from './what-came.ts';

/** Longer than the function that acts can live: Lambda ends it after 30 s (serverless.yml). */
const ACTING_MS = 60_000;

/**
 * Answers whoever opens a link, and whoever confirms it. Opening one changes nothing: programs that scan mails open all of them.
 *
 * A link is good once, for what it names, and until its time; what is not signed is not believed. Two who press at once: one is the first.
 * A use of which nobody saw what came is looked at again: what it was for says whether it was done, and then it is closed by whoever opens it.
 */
export async function answerLink(request: AnswerRequest, ports: AnswerPorts, now: Date): Promise<AnswerPage> {
  if (!['GET', 'HEAD', 'POST'].includes(request.method))
    return told(405, 'Not here', 'A link is opened, and confirmed.');
  const read = readLink(request.fields);
  if (!read) return told(400, 'This is no link of Tender', 'It is not whole. Copy all of it from the message.');
  const { link, mac } = read;
  if (link.until * 1000 <= now.getTime()) return expired(link);
  if (!(await ports.seal(linkKind(link.action)).isGenuine(sealedText(ports.deployment, link), mac)))
    return told(403, 'This is no link of Tender', 'It was not made here, or was changed on its way. Nothing is done.');
  const last = await ports.used.useOf(link.nonce);
  if (last?.state === 'done') return usedBefore(last);
  if (last?.state === 'begun' && now.getTime() - Date.parse(last.at) < ACTING_MS) return beingUsed(last);
  const matter = await matterOf(link, ports);
  if (matter.kind === 'none') return whatCame(link, matter, last, ports);
  if (request.method !== 'POST') return asking(link, mac, matter, last && pressedBefore(last));
  const { by, reason } = { by: plain(request.fields.by, 60), reason: plain(request.fields.reason, 200) };
  if (by === '') return refused(link, mac, matter, 'Say who you are: it is kept with what is done.');
  if (needsReason(link) && reason === '') return refused(link, mac, matter, 'Say why.');
  const { id, from } = request;
  const use = { id, action: link.action, subject: link.subject, by, from, at: now.toISOString() };
  const holder = await ports.used.begin(link.nonce, use, last);
  if (holder.id !== use.id) return holder.state === 'done' ? usedBefore(holder) : beingUsed(holder);
  return confirmLink(link, matter, { use, reason, last }, ports);
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

function asking(link: AnswerLink, mac: string, matter: Matter, first?: string): AnswerPage {
  const [title, says, button] = WORDS[link.action];
  const about = matter.kind === 'restore' ? [`Cluster: ${matter.cluster}`] : [];
  return {
    status: 200,
    title,
    says: [...(first === undefined ? [] : [first]), ...about, says],
    ...(matter.kind === 'restore' && { quotes: matter.shows }),
    form: { button, fields: linkFields(link, mac), reason: needsReason(link) },
  };
}

function refused(link: AnswerLink, mac: string, matter: Matter, problem: string): AnswerPage {
  return { ...asking(link, mac, matter, problem), status: 400 };
}

function expired({ until }: AnswerLink): AnswerPage {
  const at = new Date(until * 1000).toISOString();
  return told(410, 'This link has expired', `It was good until ${at}. Nothing is done. The message has the command.`);
}

function usedBefore({ by, from, at }: KnownUse): AnswerPage {
  return told(410, 'This link has been used', `${by} did, from ${from}, at ${at}. It is good once.`);
}

function beingUsed({ by, from, at }: KnownUse): AnswerPage {
  const says = `${by} pressed it, from ${from}, at ${at}. Open it again in a minute: it says what came of that.`;
  return told(409, 'Somebody uses this link right now', says);
}

/** One line of printable text. */
function plain(text: string | undefined, most: number): string {
  return (text ?? '')
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
    .slice(0, most);
}
