import { fleetLockAnswer as answer, type FleetLockAnswer } from './fleet-lock-answer.ts';
import { fleetLockId } from './fleet-lock-id.ts';
import type { FleetLockRequest } from './fleet-lock-request.ts';
import type { FleetNode, PreRebootPorts } from './lock-ports.ts';
import { isLocked, type Mark, markOf, markText } from './mark.ts';
import { rebootMark } from './names.ts';

/**
 * FleetLock's UnlockIfHeld: a machine gives its lock back, whether it has rebooted or not. The execution that holds it sees the mark and puts the node back. Who holds
 * none has given it back: that is yes, too. Can run again.
 * @throws NodeChanged (try again).
 */
export async function steadyState(
  { cluster, id }: Pick<FleetLockRequest, 'cluster' | 'id'>,
  ports: Pick<PreRebootPorts, 'nodes' | 'slots' | 'executions'>,
  now: Date,
): Promise<FleetLockAnswer> {
  const nodes = await ports.nodes.list();
  if (nodes === 'unknown') return answer('failed_unavailable', 'the API server of the cluster cannot be asked');
  const node = nodes.find(({ machineId }) => fleetLockId(machineId) === id);
  const held = node && (await heldBy(node, cluster, ports));
  if (!node || !held) return answer('released', 'it holds no lock');
  const mark: Mark = { ...held, step: 'released', since: now.toISOString() };
  await ports.nodes.change(node, { annotations: { [rebootMark]: markText(mark) } });
  return answer('released', 'its lock is given back');
}

/** Its lock, or the execution that empties its node to lock it; undefined: there is none, or it is given back already. */
async function heldBy(
  node: FleetNode,
  cluster: string,
  { slots, executions }: Pick<PreRebootPorts, 'slots' | 'executions'>,
): Promise<Omit<Mark, 'step' | 'since'> | undefined> {
  const mark = markOf(node);
  if (mark) return isLocked(mark) ? mark : undefined;
  const owner = await slots.holderOf(cluster, node.instanceId);
  const isLock = owner?.split(':').at(-1)?.startsWith('lock-') === true;
  if (owner === undefined || !isLock || !(await executions.isRunning(owner))) return undefined;
  return { owner, way: 'lock', bootId: node.bootId };
}
