import { type Contact, contactAfter } from './contact.ts';
import { howSick } from './how-sick.ts';
import type { ToldEpisode } from './is-told-no-more.ts';
import { type ObservePorts, observe, type Sight } from './observe.ts';
import type { RepairAndon, RepairEvents, RepairPolicy, Standings } from './ports.ts';
import { type Aside, whyAside } from './why-aside.ts';
import { whyStopped } from './why-stopped.ts';

/** What a repair is about, when its node is about to be replaced. */
export interface CheckSicknessInput extends ToldEpisode {
  readonly cluster: string;
  readonly instanceId: string;
  readonly nodeName: string;
  readonly contact: Contact;
  /** Until when it is waited for somebody who can say; ISO 8601. */
  readonly until: string;
}

/** Whether a node is to be replaced still. */
export interface SicknessCheck {
  /**
   * `go-on`: it is sick, or goes anyway. `well`: it stays. `stopped`: somebody asked meanwhile that nothing is done to it. `aside`: it is sick, but not a repair's to work on any
   * more; or nobody could say for too long. `wait`: nobody can say just now how it is, or whose.
   */
  readonly next: 'go-on' | 'well' | 'stopped' | 'aside' | 'wait';
  readonly why: string;
  readonly contact: Contact;
}

export interface CheckSicknessPorts extends ObservePorts {
  readonly andon: RepairAndon;
  readonly standings: Standings;
  readonly events: RepairEvents;
}

/**
 * Looks once more at a node that a repair wants replaced, right before it is drained and before it is terminated (S17): a replacement that comes first takes up to half an hour,
 * a place in the budget or a drain longer, and a node that is well by then is not taken down. The same questions as before a rung.
 * Changes nothing but to tell people; can run again.
 */
export async function checkSickness(
  input: CheckSicknessInput,
  ports: CheckSicknessPorts,
  policy: RepairPolicy,
  now: Date,
): Promise<SicknessCheck> {
  const [sight, standing] = await Promise.all([
    observe(input, ports),
    ports.standings.of(input.cluster, input.instanceId),
  ]);
  const contact = contactAfter(input.contact, sight.node !== 'unknown', now);
  const turn = (next: SicknessCheck['next'], why: string): SicknessCheck => ({ next, why, contact });
  const aside = whyAside(sight, input);
  if (aside?.leaves) return turn('go-on', aside.why);
  const { is, why } = howSick(sight, input, { standing, contact }, policy, now);
  if (is === 'well') {
    const message = `Tender does not replace the node: it is well again (${input.signal || 'by hand'})`;
    await ports.events.record(input.nodeName, { type: 'Normal', reason: 'ReplacementCalledOff', message });
    return turn('well', 'it is well again');
  }
  const stopped = is === 'sick' ? await whyStopped(sight, input, ports.andon, policy, now) : undefined;
  if (stopped !== undefined) return turn('stopped', stopped);
  const unsure = is === 'unclear' ? why : whyUnsureWhose(sight, aside);
  if (unsure !== undefined) {
    const isLong = now.toISOString() >= input.until;
    return isLong ? turn('aside', `until ${input.until} nobody could say how it is: ${unsure}`) : turn('wait', unsure);
  }
  return aside ? turn('aside', aside.why) : turn('go-on', why);
}

/** One answer about instance refreshes that did not come says nothing of who works on the group. */
function whyUnsureWhose({ place }: Sight, aside: Aside | undefined): string | undefined {
  return place?.refreshes === 'unknown' ? aside?.why : undefined;
}
