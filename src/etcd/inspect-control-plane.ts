import { RestoreNotPossible, RestoreStepFailed } from './errors.ts';
import type {
  ControlPlane,
  InspectedNode,
  NodeCommands,
  NodeFacts,
  RestoreJournal,
  SentCommands,
} from './restore-ports.ts';
import { turnOnNodes } from './turn-on-nodes.ts';

/** What is known of the control plane's machines. */
export interface Inspection {
  readonly done: boolean;
  readonly commands: SentCommands;
  /** Nodes that answered. */
  readonly nodes: readonly InspectedNode[];
  /** Instances that may run and take no commands: a restore would switch them off. */
  readonly unreachable: readonly string[];
}

interface InspectionPorts {
  readonly controlPlane: ControlPlane;
  readonly commands: NodeCommands;
  readonly journal: RestoreJournal;
  readonly factsIn: (output: string) => NodeFacts | undefined;
}

/**
 * One turn of asking each control-plane node which etcd it has. Changes nothing anywhere.
 * @throws RestoreNotPossible when no instance is there to ask, RestoreStepFailed
 */
export async function inspectControlPlane(
  { cluster, commands: sent }: { readonly cluster: string; readonly commands: SentCommands },
  { controlPlane, commands, journal, factsIn }: InspectionPorts,
): Promise<Inspection> {
  const instances = (await controlPlane.instances()).filter(({ state }) => state === 'running' || state === 'pending');
  const asked = instances.filter(({ takesCommands }) => takesCommands).map(({ instanceId }) => instanceId);
  if (asked.length === 0)
    throw new RestoreNotPossible(
      `No control-plane instance of cluster ${cluster} takes commands: there is nowhere to restore to.`,
    );
  const last = (await journal.read(cluster))?.restore;
  const restoreId = last?.state === 'under-way' ? last.id : 'none';
  const turn = await turnOnNodes('inspect', asked, sent, commands, (id) => commands.send('inspect', id, { restoreId }));
  const nodes = [...turn.done].map(([instanceId, output]) => {
    const facts = factsIn(output);
    // Not a node to be switched off: one that says something else than it should.
    if (!facts)
      throw new RestoreStepFailed('inspect', [`${instanceId} did not say what it is: ${output.slice(0, 200)}`]);
    return { instanceId, ...facts };
  });
  const answered = new Set([...nodes.map(({ instanceId }) => instanceId), ...turn.waitingFor]);
  return {
    done: turn.waitingFor.length === 0,
    commands: turn.commands,
    nodes,
    unreachable: instances.flatMap(({ instanceId }) => (answered.has(instanceId) ? [] : instanceId)),
  };
}
