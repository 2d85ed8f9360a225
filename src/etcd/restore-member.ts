import { ownRestore } from './change-restore.ts';
import { RestoreStepFailed } from './errors.ts';
import type { StepOrder, StepTurn } from './fence-control-plane.ts';
import type { ControlPlane, NodeCommands, RestoreJournal, SnapshotDoor } from './restore-ports.ts';
import { turnOnNodes } from './turn-on-nodes.ts';

interface RestoreMemberPorts {
  readonly controlPlane: ControlPlane;
  readonly commands: NodeCommands;
  readonly journal: RestoreJournal;
  readonly door: SnapshotDoor;
  /** Where the parameter with the address is. */
  readonly region: string;
}

/**
 * One turn of restoring the snapshot on the first node, which starts its etcd as the only member of a new cluster. Can run again: what is
 * restored is found restored.
 *
 * The node gets the snapshot's address by a parameter that only it may read, for some minutes; its name and nothing else is in any history.
 *
 * @throws RestoreStepFailed, RestoreUnderWay, and what the ports throw
 */
export async function restoreMember(
  { cluster, execution, commands: sent }: StepOrder,
  { controlPlane, commands, journal, door, region }: RestoreMemberPorts,
): Promise<StepTurn> {
  const { first, id, snapshot, bumpRevision } = await ownRestore(journal, cluster, execution);
  const turn = await turnOnNodes('restore', [first], sent, commands, async (instanceId) => {
    const instance = (await controlPlane.instances()).find((one) => one.instanceId === instanceId);
    if (!instance) throw new RestoreStepFailed('restore', [`${instanceId} is not in its group any more`]);
    const source = await door.open({ cluster, id: snapshot.id }, instance);
    return commands.send('restore', instanceId, {
      step: 'restore',
      restoreId: id,
      source,
      region,
      sha256: snapshot.sha256,
      databaseBytes: String(snapshot.databaseBytes),
      bumpRevision: String(bumpRevision),
    });
  });
  if (turn.unreached.length > 0) throw new RestoreStepFailed('restore', [`${first} takes no commands any more`]);
  const done = turn.waitingFor.length === 0;
  if (done) await door.close(cluster, first);
  return { done, commands: turn.commands, waitingFor: turn.waitingFor };
}
