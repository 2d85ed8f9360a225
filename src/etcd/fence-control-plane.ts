import { changeRestore, ownRestore } from './change-restore.ts';
import { RestoreStepFailed } from './errors.ts';
import type {
  ControlPlane,
  ControlPlaneInstance,
  GroupProcesses,
  NodeCommands,
  Restore,
  RestoreJournal,
  SentCommands,
} from './restore-ports.ts';
import { turnOnNodes } from './turn-on-nodes.ts';

/** Which restore a turn is for, and what it has sent before. */
export interface StepOrder {
  readonly cluster: string;
  /** Whose restore it is. */
  readonly execution: string;
  readonly commands: SentCommands;
}

/** A turn of a step: whether all is done, and for whom it waits. */
export interface StepTurn {
  readonly done: boolean;
  readonly commands: SentCommands;
  readonly waitingFor: readonly string[];
}

interface FencePorts {
  readonly controlPlane: ControlPlane;
  readonly groups: GroupProcesses;
  readonly commands: NodeCommands;
  readonly journal: RestoreJournal;
}

const OFF = ['stopped', 'terminated'];
/** They stop by themselves, and nobody can hold them. */
const GOING_OFF = ['stopping', 'shutting-down'];

/**
 * One turn of stopping the whole control plane: our document on each node, and EC2 for each instance that takes no commands. From its end on
 * nobody can write to the old etcd, nor answer for it. Auto Scaling is told to leave the groups alone before anything is switched off, since it
 * would replace what is off, and with it the disk. An instance that was launched after the restore had begun is never switched off: it is waited for until it takes commands.
 *
 * Can run again, also by another execution: what is stopped is found stopped.
 *
 * @throws RestoreStepFailed, RestoreUnderWay, and what the ports throw
 */
export async function fenceControlPlane(
  { cluster, execution, commands: sent }: StepOrder,
  { controlPlane, groups, commands, journal }: FencePorts,
): Promise<StepTurn> {
  const restore = await ownRestore(journal, cluster, execution);
  const instances = (await controlPlane.instances()).filter(({ state }) => !OFF.includes(state));
  await suspendGroups(new Set(instances.map(({ groupName }) => groupName)), cluster, execution, { groups, journal });

  const ours = new Set(restore.nodes.map(({ instanceId }) => instanceId));
  const known = instances.filter(
    ({ instanceId, takesCommands }) => ours.has(instanceId) && (takesCommands || sent[instanceId]),
  );
  const parameters = { step: 'fence', restoreId: restore.id, previousId: restore.previousId ?? 'none' };
  const ids = known.map(({ instanceId }) => instanceId);
  const turn = await turnOnNodes('fence', ids, sent, commands, (id) => commands.send('restore', id, parameters));

  // An instance that takes commands and had no etcd when it was asked runs no etcd of this cluster: it joins when there is one to join.
  const silent = instances.filter(
    ({ instanceId, takesCommands }) =>
      turn.unreached.includes(instanceId) || (!takesCommands && !ids.includes(instanceId)),
  );
  if (silent.some(({ instanceId }) => instanceId === restore.first))
    throw new RestoreStepFailed('fence', [
      `${restore.first}, on which the snapshot was to be restored, takes no commands any more`,
    ]);
  const isNew = (one: ControlPlaneInstance) => cameLater(one, restore);
  await switchOff(
    silent.filter((one) => !GOING_OFF.includes(one.state) && !isNew(one)).map(({ instanceId }) => instanceId),
    cluster,
    execution,
    {
      controlPlane,
      journal,
    },
  );
  const waitingFor = [...turn.waitingFor, ...silent.map((one) => (isNew(one) ? inWords(one) : one.instanceId))];
  return { done: waitingFor.length === 0, commands: turn.commands, waitingFor };
}

/**
 * Whether an instance was launched after the restore had begun: it never was in the etcd that is to be stopped, and may be a member of the restored one by now. One of whose data
 * the restore knows, or that it has switched off itself, stays old however often somebody starts it.
 */
function cameLater({ instanceId, launchedAt }: ControlPlaneInstance, { begunAt, nodes, stopped }: Restore): boolean {
  const isKnown = stopped.includes(instanceId) || nodes.some((one) => one.instanceId === instanceId);
  return !isKnown && Date.parse(launchedAt) > Date.parse(begunAt);
}

function inWords({ instanceId, launchedAt }: ControlPlaneInstance): string {
  return `${instanceId}, launched at ${launchedAt} after this restore had begun, which takes no commands yet and is not switched off (it goes on when its SSM agent answers, or when you stop it)`;
}

async function suspendGroups(
  names: ReadonlySet<string>,
  cluster: string,
  execution: string,
  { groups, journal }: Pick<FencePorts, 'groups' | 'journal'>,
): Promise<void> {
  for (const name of names) {
    const active = await groups.active(name);
    if (active.length === 0) continue;
    // Written down first: what is suspended and nobody knows of stays so for ever.
    await changeRestore(journal, cluster, execution, ({ suspended }) => ({
      suspended: { ...suspended, [name]: [...new Set([...(suspended[name] ?? []), ...active])] },
    }));
    await groups.suspend(name, active);
  }
}

async function switchOff(
  instanceIds: readonly string[],
  cluster: string,
  execution: string,
  { controlPlane, journal }: Pick<FencePorts, 'controlPlane' | 'journal'>,
): Promise<void> {
  for (const instanceId of instanceIds) {
    await changeRestore(journal, cluster, execution, ({ stopped }) => ({
      stopped: [...new Set([...stopped, instanceId])],
    }));
    await controlPlane.stop(instanceId);
  }
}
