import { markOf, markText } from './mark.ts';
import { beforeReboot, rebootMark, rebootOk } from './names.ts';
import type { RebootNodes, RebootPolicy } from './ports.ts';

export interface PrepareRebootInput {
  readonly instanceId: string;
  readonly nodeName: string;
  readonly owner: string;
  readonly bootId: string;
  /** When the checks have had their time; ISO 8601. */
  readonly until: string;
}

/** Checks may be waited for a day, and an execution is to stay below 10,000 events (S15): the longer it lasts the longer the pause. */
const FIRST_LOOK_SECONDS = 15;
const LONGEST_LOOK_SECONDS = 120;

/**
 * Has the checks before a reboot run on a node with FLUO's agent, as its update-operator does: old answers are taken away, the label says that they may begin, and each of
 * the annotations that the entry names has to be `true`. Nothing is disrupted yet. Can run again.
 * @throws NodeChanged (try again).
 */
export async function prepareReboot(
  { owner, bootId, until, ...target }: PrepareRebootInput,
  { nodes }: { readonly nodes: RebootNodes },
  { reboots }: RebootPolicy,
  now: Date,
): Promise<{ next: 'ready' | 'wait' | 'failed'; why: string; lookAgainSeconds: number }> {
  const turn = (next: 'ready' | 'wait' | 'failed', why: string, lookAgainSeconds = LONGEST_LOOK_SECONDS) => ({
    next,
    why,
    lookAgainSeconds,
  });
  const late = now.toISOString() >= until;
  const node = await nodes.find({ ...target, names: [] });
  if (typeof node === 'string')
    return turn(late ? 'failed' : 'wait', node === 'none' ? 'it has no Node' : 'the API server cannot be asked');
  const names = reboots.beforeRebootAnnotations;
  const mark = markOf(node);
  if (mark?.owner !== owner) {
    const begun = markText({ owner, way: 'agent', bootId, step: 'checks', since: now.toISOString() });
    const cleared = Object.fromEntries(names.map((name) => [name, null]));
    const change = { labels: { [beforeReboot]: 'true' }, annotations: { ...cleared, [rebootMark]: begun } };
    await nodes.change(node, change);
    return names.length === 0
      ? turn('ready', '')
      : turn('wait', `checks are asked for: ${names.join(', ')}`, FIRST_LOOK_SECONDS);
  }
  if (mark.step === 'checks' && node.annotations[rebootOk] === 'true')
    return turn('failed', 'somebody else has given its agent leave to reboot: FLUO’s update-operator has to be off');
  const missing = names.filter((name) => node.annotations[name] !== 'true');
  if (missing.length === 0) return turn('ready', '');
  const said = `these checks have not said yes: ${missing.join(', ')}`;
  return turn(late ? 'failed' : 'wait', said, nextLook(mark.since, now));
}

/** A twentieth of the time that has passed. */
function nextLook(since: string, now: Date): number {
  const passed = (now.getTime() - Date.parse(since)) / 20_000;
  return Math.max(FIRST_LOOK_SECONDS, Math.min(LONGEST_LOOK_SECONDS, Math.floor(passed)));
}
