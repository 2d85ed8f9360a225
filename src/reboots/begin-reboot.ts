import { type Mark, markOf, markText } from './mark.ts';
import { beforeReboot, ownerAnnotation, rebootMark, rebootNeeded, rebootOk } from './names.ts';
import type {
  RebootAgents,
  RebootEvents,
  RebootInstances,
  RebootNode,
  RebootNodes,
  RebootPolicy,
  Way,
} from './ports.ts';

export interface BeginRebootInput {
  readonly instanceId: string;
  readonly nodeName: string;
  readonly owner: string;
  readonly way: Way;
  /** The boot that is to end. */
  readonly bootId: string;
  readonly reason: string;
}

export interface BeginRebootPorts {
  readonly nodes: RebootNodes;
  readonly instances: RebootInstances;
  readonly agents: RebootAgents | 'elsewhere';
  readonly events: RebootEvents;
}

/** Whether the reboot is asked for; `why` says what stood in its way. */
export interface BegunReboot {
  readonly begun: boolean;
  readonly why: string;
  /** Of our document; else empty. */
  readonly commandId: string;
}

/**
 * Asks for the reboot of a node that this execution has emptied, and of no other (S34). The mark is written first, so that whoever comes after a death knows that a
 * reboot may be on its way. Can run again: one that has booted since is left alone.
 * @throws NodeChanged (try again).
 */
export async function beginReboot(
  input: BeginRebootInput,
  ports: BeginRebootPorts,
  policy: RebootPolicy,
  now: Date,
): Promise<BegunReboot> {
  const node = await ports.nodes.find({ ...input, names: [] });
  if (typeof node === 'string') return notBegun(node === 'none' ? 'it has no Node' : 'the API server cannot be asked');
  if (input.bootId !== '' && node.bootId !== input.bootId) return { begun: true, why: 'it has booted', commandId: '' };
  if (!node.unschedulable || node.annotations[ownerAnnotation] !== input.owner)
    return notBegun('it is not emptied by this execution');
  const mark: Mark = {
    owner: input.owner,
    way: input.way,
    bootId: node.bootId,
    step: 'asked',
    since: now.toISOString(),
  };
  const begun = await askFor(input, node, mark, ports, policy);
  // Of a lock the machine is told when it asks again.
  if (begun.begun && input.way !== 'lock') {
    const message = `Tender has the node rebooted (${input.reason})`;
    await ports.events.record(node.name, { type: 'Normal', reason: 'NodeRebooting', message });
  }
  return begun;
}

async function askFor(
  { instanceId, way, reason }: BeginRebootInput,
  node: RebootNode,
  mark: Mark,
  { nodes, instances, agents }: BeginRebootPorts,
  { reboots }: RebootPolicy,
): Promise<BegunReboot> {
  const begun = { begun: true, why: '', commandId: '' };
  if (way === 'agent') {
    const given = node.annotations[rebootOk] === 'true' && markOf(node)?.step === 'asked';
    if (given) return begun;
    if (node.annotations[rebootNeeded] !== 'true') return notBegun('its agent wants no reboot any more');
    const answered = Object.fromEntries(reboots.beforeRebootAnnotations.map((name) => [name, null]));
    await nodes.change(node, {
      labels: { [beforeReboot]: null },
      annotations: { ...answered, [rebootMark]: markText(mark), [rebootOk]: 'true' },
    });
    return begun;
  }
  const known = markOf(node);
  if (way === 'lock' && known?.owner === mark.owner)
    return known.step === 'released' ? notBegun('its client has given the lock back') : begun;
  await nodes.change(node, { annotations: { [rebootMark]: markText(mark) } });
  if (way === 'lock') return begun;
  if (way === 'reboot') {
    const answer = await instances.reboot(instanceId);
    return answer === 'rebooting' ? begun : notBegun('its instance does not run');
  }
  if (agents === 'elsewhere') return notBegun('Tender’s document is not in its account and region');
  const comment = `Tender: ${reason}`;
  const sent = await agents.send(instanceId, { action: 'reboot', bootId: node.bootId, minutes: 5, comment });
  return sent === 'unreachable' ? notBegun('its SSM agent does not answer') : { ...begun, ...sent };
}

function notBegun(why: string): BegunReboot {
  return { begun: false, why, commandId: '' };
}
