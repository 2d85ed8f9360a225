import { type AnswerPage, told } from './answer-page.ts';
import type { AnswerLink } from './link.ts';
import { type Matter, wordsOf } from './matter.ts';
import type { AnswerPorts, LinkUse } from './ports.ts';

type Possible = Exclude<Matter, { readonly kind: 'none' }>;
/** `unseen`: whether it was done could not be seen. Otherwise why nothing is. */
type Outcome = 'done' | 'unseen' | { readonly title: string; readonly says: string };

/** Whether whoever confirms it has to say why. */
export function needsReason({ action }: Pick<AnswerLink, 'action'>): boolean {
  return action === 'refuse-restore' || action === 'pull-andon';
}

/** Does what a link is for, once its use has been written down, and writes down how that ended. */
export async function confirmLink(
  { nonce, action, subject }: AnswerLink,
  matter: Possible,
  use: LinkUse,
  reason: string,
  { used, teller, ...ports }: AnswerPorts,
): Promise<AnswerPage> {
  const who = `${use.by}, by link, from ${use.from}`;
  teller.acting({ ...use, cluster: matter.cluster });
  let outcome: Outcome = 'unseen';
  try {
    outcome = await act(action, subject, matter, { who, reason, at: use.at }, ports);
  } finally {
    await used.end(nonce, use, outcome === 'done' ? 'done' : 'open');
  }
  if (outcome === 'unseen')
    return told(503, 'Not seen yet', 'Whether it was done is not to be seen yet. Open the link again in a minute.');
  if (outcome !== 'done') return told(409, outcome.title, `${outcome.says} This link did nothing.`);
  if (matter.kind === 'pull') await teller.pulled({ by: who, since: use.at, cluster: subject });
  return told(200, 'Done', DONE[action], `For the record: ${use.by}, from ${use.from}.`);
}

const DONE: Readonly<Record<AnswerLink['action'], string>> = {
  'approve-restore': 'The restore goes on. npx tender run ls says how far it is.',
  'refuse-restore': 'The restore was refused. Nothing is changed.',
  'pull-andon': 'The andon is on. A message with a link to release it is on its way; npx tender andon off does, too.',
  'release-andon': 'The andon is off.',
};

interface Word {
  readonly who: string;
  readonly reason: string;
  readonly at: string;
}

async function act(
  action: AnswerLink['action'],
  subject: string,
  matter: Possible,
  { who, reason, at }: Word,
  { restores, andon }: Pick<AnswerPorts, 'restores' | 'andon'>,
): Promise<Outcome> {
  if (matter.kind === 'restore') return answerRestore(action, subject, matter.token, { who, reason, at }, restores);
  if (matter.kind === 'release') {
    const says = 'Somebody released it, or pulled it anew, meanwhile. npx tender andon show says how it is.';
    return (await andon.release(matter.andon)) === 'released' ? 'done' : { title: 'The andon has changed', says };
  }
  const on = await andon.pull({ reason, since: at, by: who });
  return on.since === at && on.by === who ? 'done' : { title: 'The andon is on already', says: wordsOf(on) };
}

/** An answer that was taken, of which Tender was not told, is refused when it is given again: so the restore itself is asked whose it has. */
async function answerRestore(
  action: AnswerLink['action'],
  execution: string,
  token: string,
  { who, reason }: Word,
  restores: AnswerPorts['restores'],
): Promise<Outcome> {
  const isYes = action === 'approve-restore';
  const why = `${who}: ${reason}`;
  const given = isYes ? await restores.approve(token, who) : await restores.refuse(token, why);
  if (given === 'answered') return 'done';
  const now = await restores.look(execution);
  if (now?.state === 'waits') return 'unseen';
  if (isYes && now?.answer === 'approved' && now.by === who) return 'done';
  if (!isYes && now?.answer === 'refused' && now.by === why) return 'done';
  return { title: 'Nobody waits for this any more', says: now?.words ?? 'Its execution is not known any more.' };
}
