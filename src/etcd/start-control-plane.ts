import { ownRestore } from './change-restore.ts';
import { RestoreStepFailed } from './errors.ts';
import type { StepOrder, StepTurn } from './fence-control-plane.ts';
import { nodesOf } from './grow-etcd.ts';
import type { NodeCommands, RestoreJournal } from './restore-ports.ts';
import { turnOnNodes } from './turn-on-nodes.ts';

/**
 * One turn of starting API servers, controllers and schedulers on every node whose etcd is restored. Can run again.
 * @throws RestoreStepFailed, RestoreUnderWay, and what the ports throw
 */
export async function startControlPlane(
  { cluster, execution, commands: sent }: StepOrder,
  { commands, journal }: { readonly commands: NodeCommands; readonly journal: RestoreJournal },
): Promise<StepTurn> {
  const restore = await ownRestore(journal, cluster, execution);
  const parameters = { step: 'start', restoreId: restore.id };
  const ids = nodesOf(restore).map(({ instanceId }) => instanceId);
  const turn = await turnOnNodes('start', ids, sent, commands, (id) => commands.send('restore', id, parameters));
  if (turn.unreached.length > 0)
    throw new RestoreStepFailed(
      'start',
      turn.unreached.map((id) => `${id} takes no commands any more`),
    );
  return { done: turn.waitingFor.length === 0, commands: turn.commands, waitingFor: turn.waitingFor };
}
