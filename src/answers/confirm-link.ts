import { type AnswerPage, told } from './answer-page.ts';
import type { AnswerLink } from './link.ts';
import { type Matter, type NothingLeft, onAlready, waitsNoMore } from './matter.ts';
import type { AnswerPorts, LinkUse } from './ports.ts';
import { closeDone, RELEASE, whatCame } from './what-came.ts';
import { isWordOf, whoUsed } from './whose-word.ts';

type Possible = Exclude<Matter, NothingLeft>;
/** `unseen`: whether it was done could not be seen. Otherwise why nothing is. */
type Outcome = 'done' | 'unseen' | NothingLeft;

/** Whether whoever confirms it has to say why. */
export function needsReason({ action }: Pick<AnswerLink, 'action'>): boolean {
  return action === 'refuse-restore' || action === 'pull-andon';
}

/** A button that was pressed. */
interface Press {
  readonly use: LinkUse;
  readonly reason: string;
  /** Who pressed it before, of which nobody saw what came. */
  readonly last: LinkUse | undefined;
}

/** Does what a link is for, once its use has been written down, and writes down how that ended. */
export async function confirmLink(
  link: AnswerLink,
  matter: Possible,
  { use, reason, last }: Press,
  ports: AnswerPorts,
): Promise<AnswerPage> {
  const { used, teller } = ports;
  teller.acting({ ...use, cluster: matter.cluster });
  let outcome: Outcome = 'unseen';
  try {
    outcome = doneOr(await act(link, matter, { use, reason }, ports), use);
  } finally {
    if (outcome !== 'done') await used.end(link.nonce, use, 'open');
  }
  if (outcome === 'unseen')
    return told(503, 'Not seen yet', 'Whether it was done is not to be seen yet. Open the link again in a minute.');
  // The one who was here before may have done it all the same; it stands under this one's id now.
  if (outcome !== 'done') return whatCame(link, outcome, last && { ...last, id: use.id }, ports);
  await closeDone(link, use, ports);
  return told(200, 'Done', DONE[link.action], `For the record: ${use.by}, from ${use.from}.`);
}

const DONE: Readonly<Record<AnswerLink['action'], string>> = {
  'approve-restore': 'The restore goes on. npx tender run ls says how far it is.',
  'refuse-restore': 'The restore was refused. Nothing is changed.',
  'pull-andon': `The andon is on. ${RELEASE}`,
  'release-andon': 'The andon is off.',
};

/** An answer that was taken, of which Tender was not told, is refused when it is given again: the word that stands says whose it is. */
function doneOr(outcome: Outcome, use: LinkUse): Outcome {
  return typeof outcome !== 'string' && isWordOf(use, outcome.stands) ? 'done' : outcome;
}

async function act(
  { action, subject }: AnswerLink,
  matter: Possible,
  { use, reason }: Omit<Press, 'last'>,
  { restores, andon }: Pick<AnswerPorts, 'restores' | 'andon'>,
): Promise<Outcome> {
  const who = whoUsed(use);
  if (matter.kind === 'restore') {
    const isYes = action === 'approve-restore';
    const { token } = matter;
    const given = await (isYes ? restores.approve(token, who) : restores.refuse(token, `${who}: ${reason}`));
    if (given === 'answered') return 'done';
    const now = await restores.look(subject);
    return now?.state === 'waits' ? 'unseen' : waitsNoMore(now);
  }
  if (matter.kind === 'release') {
    const says = 'Somebody released it, or pulled it anew, meanwhile. npx tender andon show says how it is.';
    const isOff = (await andon.release(matter.andon)) === 'released';
    return isOff ? 'done' : { kind: 'none', title: 'The andon has changed', says };
  }
  return onAlready(await andon.pull({ reason, since: use.at, by: who }));
}
