import { keptDrained } from '../schema/drain-by-hand.ts';
import { markOf } from './mark.ts';
import { afterReboot, beforeReboot, newVersion, rebootNeeded, rebootOk, roleTag } from './names.ts';
import { type ObservePorts, observe, type Sight } from './observe.ts';
import type { RebootAgents, RebootAndon, RebootNode, RebootPolicy, RebootQuorum, Role, Way } from './ports.ts';
import { type Report, readReport } from './read-report.ts';
import { whyAside } from './why-aside.ts';
import { whyStopped } from './why-stopped.ts';

/** How far an update has come. */
export interface PlanRebootInput {
  readonly cluster: string;
  /** One of the two may be empty. */
  readonly instanceId: string;
  readonly nodeName: string;
  /** The execution. */
  readonly owner: string;
  readonly way: Way | 'auto';
  /** Whether nothing is to be changed, not even the machine's idle partition. */
  readonly preview: boolean;
  /** That it is due is known already: then nobody is asked again, as long as it has not booted since. */
  readonly due: boolean;
  /** Of the last look; empty: there was none, or nobody could say. */
  readonly bootId: string;
  /** Our document's, when it was sent; else empty. */
  readonly commandId: string;
}

/** What comes next. */
export interface RebootPlan {
  /**
   * `reboot`: it is to be rebooted, and may. `not-due`: nothing waits for a boot. `aside`: it is not ours to update, or not any more. `stopped`: somebody paused it.
   * `refused`: it may not be rebooted, and a person is told why. `wait`: nobody can say yet.
   */
  readonly verdict: 'reboot' | 'not-due' | 'aside' | 'stopped' | 'refused' | 'wait';
  readonly why: string;
  readonly instanceId: string;
  readonly nodeName: string;
  readonly ipAddress: string;
  readonly groupName: string;
  readonly zone: string;
  readonly role: Role;
  readonly way: Way | 'auto';
  /** What it runs now. */
  readonly bootId: string;
  readonly osImage: string;
  readonly kernelVersion: string;
  /** What it would boot; empty where nobody says. */
  readonly toVersion: string;
  /** Whether operating system or kernel have to be others afterwards. */
  readonly versionDue: boolean;
  readonly commandId: string;
  /** Whether the instance goes in any case: then nothing is put back. */
  readonly leaves: boolean;
  /** By the policy: how long checks are waited for, and how long the reboot may take. */
  readonly checkSeconds: number;
  readonly bootSeconds: number;
}

export interface PlanRebootPorts extends ObservePorts {
  readonly agents: RebootAgents | 'elsewhere';
  readonly andon: RebootAndon;
  readonly quorum: RebootQuorum;
}

/**
 * Looks at a node and says whether it is to be rebooted, and how (S30, S34). Where our document has to be asked it is sent, and the next look reads what it says; beside
 * that, reads only. Can run again: a command that was sent is not sent again.
 * @throws NodeNotFound, NodeWithoutInstance when only a Node is named
 */
export async function planReboot(
  input: PlanRebootInput,
  ports: PlanRebootPorts,
  policy: RebootPolicy,
  now: Date,
): Promise<RebootPlan> {
  const instanceId = input.instanceId || (await ports.nodes.instanceOf(input.cluster, input.nodeName));
  const sight = await observe({ ...input, instanceId }, ports);
  const { node } = sight;
  const known = knownOf({ ...input, instanceId }, sight, policy);
  const aside = whyAside(sight, input);
  if (aside) return { ...known, verdict: 'aside', ...aside };
  if (node === 'unknown') return { ...known, why: 'the API server does not answer, or not which Node is its' };
  if (node === 'none') return { ...known, verdict: 'aside', why: 'it has no Node' };
  if (sight.keptBy !== undefined)
    return { ...known, verdict: 'aside', why: keptDrained(sight.keptBy, node.name, input.cluster) };
  if (!node.ready) return { ...known, verdict: 'aside', why: 'its node is not Ready: that is for a repair' };
  const stopped = await whyStopped(sight, policy, ports.andon, now);
  if (stopped !== undefined) return { ...known, verdict: 'stopped', why: stopped };
  const due = await isDue(known, node, input, ports, policy);
  if (due.verdict !== 'reboot') return { ...known, ...due };
  const refused = await whyNotSpared(known.role, sight, ports.quorum);
  return refused === undefined ? { ...known, ...due } : { ...known, ...due, verdict: 'refused', why: refused };
}

function knownOf(input: PlanRebootInput, { instance, place, node }: Sight, { reboots }: RebootPolicy): RebootPlan {
  const seen = typeof node === 'object' ? node : undefined;
  const role = place?.tags[roleTag];
  return {
    verdict: 'wait',
    why: '',
    instanceId: input.instanceId,
    nodeName: seen?.name ?? input.nodeName,
    ipAddress: instance?.ipAddress ?? '',
    groupName: place?.groupName ?? '',
    zone: instance?.zone ?? '',
    role: role === 'control-plane' || role === 'etcd' ? role : 'worker',
    way: input.way,
    bootId: seen?.bootId ?? '',
    osImage: seen?.osImage ?? '',
    kernelVersion: seen?.kernelVersion ?? '',
    toVersion: '',
    versionDue: false,
    commandId: input.commandId,
    leaves: false,
    checkSeconds: 60 * reboots.checkMinutes,
    bootSeconds: 60 * reboots.bootMinutes,
  };
}

type Due = Pick<RebootPlan, 'verdict' | 'why'> &
  Partial<Pick<RebootPlan, 'way' | 'toVersion' | 'versionDue' | 'commandId'>>;

async function isDue(
  { instanceId }: RebootPlan,
  node: RebootNode,
  input: PlanRebootInput,
  ports: PlanRebootPorts,
  policy: RebootPolicy,
): Promise<Due> {
  const way = input.way === 'auto' ? await wayOf(node, instanceId, ports) : input.way;
  switch (way) {
    case 'none':
      return { verdict: 'aside', why: 'neither FLUO’s agent nor SSM’s is there to say whether a reboot is due' };
    case 'reboot':
      return { verdict: 'reboot', why: 'a reboot was asked for', way };
    case 'lock':
      return { verdict: 'reboot', why: 'its machine has asked by FleetLock', way };
    case 'agent':
      return { ...wantOfAgent(node, input.owner), way };
    case 'document':
      return { ...(await wantOfDocument(instanceId, node, input, ports, policy)), way };
  }
}

/** The agent tells of itself when it starts, so that its annotation is there or it is not. */
async function wayOf(
  { annotations }: RebootNode,
  instanceId: string,
  { agents }: PlanRebootPorts,
): Promise<Way | 'none'> {
  if (annotations[rebootNeeded] !== undefined) return 'agent';
  return agents !== 'elsewhere' && (await agents.answers(instanceId)) ? 'document' : 'none';
}

/** What FLUO's agent wants. One coordinator at a time: whose marks these are, if they are not this execution's, is not to be guessed. */
function wantOfAgent(node: RebootNode, owner: string): Due {
  const { annotations, labels } = node;
  const toVersion = versionIn(annotations[newVersion]);
  const coordinated =
    annotations[rebootOk] === 'true' || labels[beforeReboot] !== undefined || labels[afterReboot] !== undefined;
  if (coordinated && markOf(node)?.owner !== owner)
    return { verdict: 'aside', why: 'another coordinator is at work on it: FLUO’s update-operator has to be off' };
  if (annotations[rebootNeeded] === 'true')
    return {
      verdict: 'reboot',
      why: toVersion === '' ? 'its agent wants a reboot' : `its agent wants to boot ${toVersion}`,
      toVersion,
      versionDue: toVersion !== '',
    };
  return { verdict: 'not-due', why: 'its agent wants no reboot' };
}

async function wantOfDocument(
  instanceId: string,
  { bootId }: RebootNode,
  { due, preview, commandId: known, bootId: before }: PlanRebootInput,
  { agents }: PlanRebootPorts,
  { reboots }: RebootPolicy,
): Promise<Due> {
  // Whoever has booted it meanwhile has done what it had asked for, or not: what it said then says nothing now.
  const hasBooted = before !== '' && before !== bootId;
  const commandId = hasBooted ? '' : known;
  if (due && !hasBooted) return { verdict: 'reboot', why: 'its machine asks for a reboot' };
  if (agents === 'elsewhere') return { verdict: 'refused', why: 'Tender’s document is not in its account and region' };
  if (commandId === '') {
    const action = preview ? 'look' : 'update';
    const comment = 'Tender: is a reboot due?';
    const sent = await agents.send(instanceId, { action, bootId, minutes: reboots.updateMinutes, comment });
    return sent === 'unreachable'
      ? { verdict: 'aside', why: 'its SSM agent does not answer' }
      : { verdict: 'wait', why: 'its machine is being asked', commandId: sent.commandId };
  }
  const { status, output, errors } = await agents.result(commandId, instanceId);
  if (status === 'under-way') return { verdict: 'wait', why: 'its machine is being asked' };
  const report = readReport(output);
  if (status === 'failed' || !report)
    return { verdict: 'refused', why: `its machine could not be asked: ${wordsOf(errors || output)}` };
  return wantIn(report);
}

function wantIn({ rebootRequired, versionChanges, newVersion: toVersion, why }: Report): Due {
  return { verdict: rebootRequired ? 'reboot' : 'not-due', why, toVersion, versionDue: versionChanges };
}

/** A member of etcd that reboots is away for minutes: nobody takes it where the others could not do without (S19). */
async function whyNotSpared(role: Role, { instance }: Sight, quorum: RebootQuorum): Promise<string | undefined> {
  if (role === 'worker' || !instance) return undefined;
  const answer = await quorum.without(instance);
  if (answer.quorum === 'kept') return undefined;
  return answer.quorum === 'lost'
    ? `etcd would lose its quorum without it: ${answer.why}`
    : `nobody can say whether etcd would keep its quorum without it: ${answer.why}`;
}

// update_engine says 0.0.0 where it knows of none.
function versionIn(version: string | undefined): string {
  return version === undefined || version === '0.0.0' ? '' : version;
}

function wordsOf(text: string): string {
  return (text.trim() || 'it gave no output').split('\n').slice(0, 3).join('; ').slice(0, 300);
}
