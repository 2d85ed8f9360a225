import { type Contact, contactAfter, isAwayForLong } from './contact.ts';
import { type ObservePorts, observe, type Sight } from './observe.ts';
import type { Agents, RepairEvents, RepairPolicy } from './ports.ts';
import { whyAside } from './why-aside.ts';
import { type Episode, isAnnounced, whySick } from './why-sick.ts';

export interface CheckRepairInput extends Episode {
  readonly cluster: string;
  readonly instanceId: string;
  readonly nodeName: string;
  readonly owner: string;
  readonly rung: 'restart' | 'reboot';
  /** Since when it is seen to be well; ISO 8601, empty when it was not at the last look. */
  readonly wellSince: string;
  /** Of a restart. */
  readonly commandId: string;
  /** When the rung's time is up; ISO 8601. */
  readonly until: string;
  readonly contact: Contact;
}

/** How a rung stands. */
export interface RepairCheck {
  /** `failed`: the next rung is to be tried. */
  readonly next: 'wait' | 'mended' | 'failed' | 'aside';
  readonly why: string;
  /** Whether the rung was done, whatever it has helped. */
  readonly done: boolean;
  /** Whether the instance goes in any case. */
  readonly leaves: boolean;
  readonly lookAgainSeconds: number;
  /** For the next look. */
  readonly wellSince: string;
  readonly until: string;
  readonly contact: Contact;
}

export interface CheckRepairPorts extends ObservePorts {
  readonly agents: Agents | 'elsewhere';
  readonly events: RepairEvents;
}

const LOOK_AGAIN_SECONDS = 15;
/** A kubelet that has died again is seen by Kubernetes after 40 to 50 s: a node has to be well for longer. By our clock, whatever the node's shows. */
const STEADY_SECONDS = 60;
/** One that came and went has to stay. */
const CALM_SECONDS = 180;

/**
 * Looks whether a restart or a reboot has mended the node, once (S17). Whoever comes to take the instance away is seen at each look, and served at once.
 * While the API server cannot be asked, the rung's time stands still.
 * Changes nothing but to tell people; can run again.
 */
export async function checkRepair(
  input: CheckRepairInput,
  ports: CheckRepairPorts,
  policy: RepairPolicy,
  now: Date,
): Promise<RepairCheck> {
  const sight = await observe(input, ports);
  const contact = contactAfter(input.contact, sight.node !== 'unknown', now);
  const turn = (next: RepairCheck['next'], why: string, leaves = false): RepairCheck => ({
    next,
    why,
    done: false,
    leaves,
    lookAgainSeconds: LOOK_AGAIN_SECONDS,
    wellSince: '',
    until: input.until,
    contact,
  });
  const aside = whyAside(sight, input);
  if (aside) return turn('aside', aside.why, aside.leaves);
  if (sight.node === 'unknown') {
    const why = 'the API server cannot be asked';
    return isAwayForLong(contact, now)
      ? turn('aside', `for an hour nobody could say how it is: ${why}`)
      : { ...turn('wait', why), until: movedBy(input.until, input.contact.lookedAt, now) };
  }
  return { ...turn('wait', ''), ...(await checkRung(input, sight, ports, policy, now)) };
}

/** How the node stands after the rung, when it could be looked at and is nobody else's. */
async function checkRung(
  input: CheckRepairInput,
  sight: Sight,
  ports: CheckRepairPorts,
  policy: RepairPolicy,
  now: Date,
): Promise<Pick<RepairCheck, 'next' | 'why' | 'done' | 'wellSince'>> {
  const undone = input.rung === 'restart' ? await whyNotRestarted(input, ports) : whyNotRebooted(input, sight.node);
  const stands = { done: undone === undefined, wellSince: '' };
  const flaps = input.signal === 'Flapping';
  // Whether it still flaps is what it is watched for; and what was told of once is over when the rung is done.
  const readyWillDo = flaps || isAnnounced(input.signal);
  const sick = undone?.why ?? whySick(sight, readyWillDo ? { ...input, signal: 'Ready' } : input, policy, now);
  if (sick === undefined) {
    const wellSince = input.wellSince || now.toISOString();
    const lastsSeconds = (now.getTime() - Date.parse(wellSince)) / 1000;
    if (lastsSeconds < (flaps ? CALM_SECONDS : STEADY_SECONDS))
      return { ...stands, next: 'wait', why: 'it is well, and watched', wellSince };
    const message = `Tender mended the node by a ${input.rung} (${input.signal || 'by hand'})`;
    await ports.events.record(input.nodeName, { type: 'Normal', reason: 'NodeMended', message });
    return { ...stands, next: 'mended', why: 'it is well' };
  }
  if (undone?.failed) return { ...stands, next: 'failed', why: sick };
  if (now.toISOString() < input.until) return { ...stands, next: 'wait', why: sick };
  const message = `Tender’s ${input.rung} did not mend the node: ${sick}`;
  await ports.events.record(input.nodeName, { type: 'Warning', reason: 'RepairFailed', message });
  return { ...stands, next: 'failed', why: sick };
}

/** By the time since the last look. */
function movedBy(until: string, lookedAt: string, now: Date): string {
  return new Date(
    Date.parse(until) + Math.max(0, now.getTime() - Date.parse(lookedAt || now.toISOString())),
  ).toISOString();
}

interface Undone {
  readonly why: string;
  readonly failed: boolean;
}

async function whyNotRestarted(
  { commandId, instanceId }: CheckRepairInput,
  { agents }: CheckRepairPorts,
): Promise<Undone | undefined> {
  if (agents === 'elsewhere' || commandId === '') return { why: 'its agent took no command', failed: true };
  const { status, output, errors } = await agents.result(commandId, instanceId);
  if (status === 'done') return undefined;
  if (status === 'under-way') return { why: 'its kubelet is being restarted', failed: false };
  const words = (errors.trim() || output.trim() || 'it gave no output').split('\n').slice(0, 3).join('; ');
  return { why: `the restart failed: ${words.slice(0, 300)}`, failed: true };
}

/** A Node that tells of another boot has rebooted. Where nobody knew the boot, or there is no Node, EC2 and the Node's health have to do. */
function whyNotRebooted(
  { bootId }: CheckRepairInput,
  node: Awaited<ReturnType<typeof observe>>['node'],
): Undone | undefined {
  if (bootId === '' || typeof node !== 'object' || node.bootId !== bootId) return undefined;
  return { why: 'it has not booted again yet', failed: false };
}
