import { type Mark, markOf, markText } from './mark.ts';
import { afterReboot, rebootInProgress, rebootMark, rebootNeeded, rebootOk } from './names.ts';
import { type ObservePorts, observe } from './observe.ts';
import type { RebootAgents, RebootEvents, RebootNode, RebootNodeChange, RebootPolicy, Way } from './ports.ts';
import { QUIET_MS } from './settle-reboot.ts';
import { whyAside } from './why-aside.ts';

export interface CheckRebootInput {
  readonly cluster: string;
  readonly instanceId: string;
  readonly nodeName: string;
  readonly owner: string;
  readonly way: Way;
  /** What it ran before. */
  readonly bootId: string;
  readonly osImage: string;
  readonly kernelVersion: string;
  /** Whether operating system or kernel have to be others. */
  readonly versionDue: boolean;
  /** Of our document; else empty. */
  readonly commandId: string;
  /** Since when it is seen to be well; ISO 8601, empty when it was not at the last look. */
  readonly wellSince: string;
  /** When its time is up; ISO 8601. */
  readonly until: string;
  /** The last look; ISO 8601, empty before the first. */
  readonly lookedAt: string;
}

/** How the reboot stands. */
export interface RebootCheck {
  /**
   * `updated`: it is verified. `again`: its agent started anew without a reboot, and has to be given leave once more. `failed`: it is there, and was not updated.
   * `lost`: its time is up and it is not there. `aside`: it is not ours any more.
   */
  readonly next: 'wait' | 'updated' | 'again' | 'failed' | 'lost' | 'aside';
  readonly why: string;
  /** Whether the instance goes in any case. */
  readonly leaves: boolean;
  readonly lookAgainSeconds: number;
  readonly osImage: string;
  readonly kernelVersion: string;
  /** For the next look. */
  readonly wellSince: string;
  readonly until: string;
  readonly lookedAt: string;
}

export interface CheckRebootPorts extends ObservePorts {
  readonly agents: RebootAgents | 'elsewhere';
  readonly events: RebootEvents;
}

const LOOK_AGAIN_SECONDS = 15;
/** An API server may be away for a day, and an execution has 25,000 events (S15). */
const BLIND_SECONDS = 60;

/**
 * Looks once whether a node has come back from its reboot as it should (S35): another boot, another operating system or kernel where one was due, Ready for as long as
 * the policy says. With FLUO's agent the part of its update-operator is played: the checks after the reboot, then the leave is taken back, which the agent waits for (S34).
 * While the API server cannot be asked the node's time stands still. Can run again.
 * @throws NodeChanged (try again).
 */
export async function checkReboot(
  input: CheckRebootInput,
  ports: CheckRebootPorts,
  policy: RebootPolicy,
  now: Date,
): Promise<RebootCheck> {
  const sight = await observe(input, ports);
  const { node } = sight;
  const turn = (next: RebootCheck['next'], why: string, leaves = false): RebootCheck => ({
    next,
    why,
    leaves,
    lookAgainSeconds: LOOK_AGAIN_SECONDS,
    osImage: typeof node === 'object' ? node.osImage : '',
    kernelVersion: typeof node === 'object' ? node.kernelVersion : '',
    wellSince: '',
    until: input.until,
    lookedAt: now.toISOString(),
  });
  const aside = whyAside(sight, input, true);
  if (aside) return turn('aside', aside.why, aside.leaves);
  const late = now.toISOString() >= input.until;
  if (node === 'unknown')
    return {
      ...turn('wait', 'the API server cannot be asked'),
      until: movedBy(input, now),
      lookAgainSeconds: BLIND_SECONDS,
    };
  if (node === 'none') return turn(late ? 'lost' : 'wait', 'its Node is gone');
  const step = stepOf(node, input, policy, now);
  if (step.change) await ports.nodes.change(node, step.change);
  if (step.next === 'again') return turn('again', step.why);
  if (step.next === 'given-back') return turn('aside', step.why);
  if (step.next === 'told') return turn('wait', step.why);
  // Nobody was told that he may: it serves on.
  if (step.next === 'untold') return turn(late && node.ready ? 'aside' : late ? 'lost' : 'wait', step.why);
  const refused = step.next === 'booting' && (await whyRefused(input, ports));
  if (refused) return turn('failed', refused);
  if (step.next !== 'verify') return turn(late ? (node.ready ? 'failed' : 'lost') : 'wait', step.why);
  if (!node.ready) return turn(late ? 'lost' : 'wait', 'it has booted, and is not Ready');
  if (input.versionDue && node.osImage === input.osImage && node.kernelVersion === input.kernelVersion)
    return turn('failed', `it booted what it had before: ${node.osImage}, ${node.kernelVersion}`);
  const wellSince = input.wellSince || now.toISOString();
  const lastsMs = now.getTime() - Date.parse(wellSince);
  if (lastsMs < policy.reboots.readyMinutes * 60_000)
    return { ...turn('wait', 'it has booted, is Ready, and watched'), wellSince };
  const message = `Tender had the node rebooted, and it runs ${node.osImage}, ${node.kernelVersion}`;
  await ports.events.record(node.name, { type: 'Normal', reason: 'NodeUpdated', message });
  return turn('updated', '');
}

interface Step {
  /** `told`: to be looked at again, whatever the time. `untold`: whoever may reboot it does not know so yet. */
  readonly next: 'booting' | 'protocol' | 'verify' | 'again' | 'told' | 'untold' | 'given-back';
  readonly why: string;
  readonly change?: RebootNodeChange;
}

/** Where the reboot stands by the Node, and what is to be written on it. */
function stepOf(node: RebootNode, input: CheckRebootInput, policy: RebootPolicy, now: Date): Step {
  const booted = input.bootId !== '' && node.bootId !== input.bootId;
  if (input.way === 'lock') return stepOfLock(markOf(node), booted, now);
  if (input.way !== 'agent')
    return booted ? { next: 'verify', why: '' } : { next: 'booting', why: 'it has not booted again yet' };
  const { annotations } = node;
  const mark = markOf(node);
  if (annotations[rebootOk] !== 'true') {
    if (booted) return { next: 'verify', why: '' };
    return mark?.step === 'withdrawn' && annotations[rebootNeeded] === 'true'
      ? { next: 'again', why: 'its agent had started anew, and wants a reboot again' }
      : { next: 'protocol', why: 'its agent has started anew without a reboot, and has not asked for one again' };
  }
  const back = annotations[rebootNeeded] === 'false' && annotations[rebootInProgress] === 'false';
  if (back) return booted ? afterIts(node, policy) : withdrawn(mark, now);
  if (booted) return { next: 'booting', why: 'it has booted, and its agent has not started yet' };
  const begun = annotations[rebootInProgress] === 'true';
  return { next: 'booting', why: begun ? 'its agent reboots it' : 'its agent has not begun to reboot it' };
}

/**
 * The machine reboots when it likes, and says so when it is done. Its client is up before its kubelet has told of the new boot, and a machine that boots fast is Ready throughout: that it did not
 * reboot is believed once it can have told.
 */
function stepOfLock(mark: Mark | undefined, booted: boolean, now: Date): Step {
  const released = mark?.step === 'released';
  if (booted)
    return released
      ? { next: 'verify', why: '' }
      : { next: 'protocol', why: 'it has booted, and its client holds its lock' };
  if (!released && mark?.told !== true)
    return { next: 'untold', why: 'its client has not asked since its node is empty, or could not be answered' };
  if (!released) return { next: 'booting', why: 'its client holds the lock, and has not rebooted yet' };
  return now.getTime() - Date.parse(mark.since) < QUIET_MS
    ? { next: 'told', why: 'its lock is given back, and its kubelet tells of no other boot yet' }
    : {
        next: 'given-back',
        why:
          mark.refused === undefined
            ? 'its client has given the lock back, and did not reboot'
            : `its client was refused the lock in the end: ${mark.refused}`,
      };
}

/** Its leave is taken back, for which the agent waits before it tells anew what it wants. */
function withdrawn(mark: Mark | undefined, now: Date): Step {
  const note: Mark | undefined = mark && { ...mark, step: 'withdrawn', since: now.toISOString() };
  const annotations = { [rebootOk]: 'false', ...(note && { [rebootMark]: markText(note) }) };
  return { next: 'protocol', why: 'its agent has started anew without a reboot', change: { annotations } };
}

/** The checks after a reboot, and then its leave is taken back. */
function afterIts({ annotations, labels }: RebootNode, { reboots }: RebootPolicy): Step {
  const names = reboots.afterRebootAnnotations;
  const cleared = Object.fromEntries(names.map((name) => [name, null]));
  if (labels[afterReboot] !== 'true') {
    const change = { labels: { [afterReboot]: 'true' }, annotations: cleared };
    return { next: 'protocol', why: 'it has booted, and its checks begin', change };
  }
  const missing = names.filter((name) => annotations[name] !== 'true');
  if (missing.length > 0)
    return { next: 'protocol', why: `it has booted, and these checks have not said yes: ${missing.join(', ')}` };
  const change = { labels: { [afterReboot]: null }, annotations: { ...cleared, [rebootOk]: 'false' } };
  return { next: 'protocol', why: 'it has booted, and its agent may go on', change };
}

async function whyRefused(
  { way, commandId, instanceId }: CheckRebootInput,
  { agents }: CheckRebootPorts,
): Promise<string | undefined> {
  if (way !== 'document' || commandId === '' || agents === 'elsewhere') return undefined;
  const { status, output, errors } = await agents.result(commandId, instanceId);
  if (status !== 'failed') return undefined;
  const words = ((errors || output).trim() || 'it gave no output').split('\n').slice(0, 3).join('; ');
  return `its machine does not reboot: ${words.slice(0, 300)}`;
}

/** By the time since the last look. */
function movedBy({ until, lookedAt }: CheckRebootInput, now: Date): string {
  const passed = lookedAt === '' ? 0 : Math.max(0, now.getTime() - Date.parse(lookedAt));
  return new Date(Date.parse(until) + passed).toISOString();
}
