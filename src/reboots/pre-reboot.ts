import { isDrainByHand, keptDrained } from '../schema/drain-by-hand.ts';
import { fleetLockAnswer as answer, type FleetLockAnswer } from './fleet-lock-answer.ts';
import { fleetLockId } from './fleet-lock-id.ts';
import type { FleetLockRequest } from './fleet-lock-request.ts';
import type { FleetNode, PreRebootPorts } from './lock-ports.ts';
import { isLocked, type Mark, markOf, markText } from './mark.ts';
import { clusterTag, ownerAnnotation, rebootMark } from './names.ts';
import type { RebootPlace, RebootPolicy } from './ports.ts';
import { QUIET_MS } from './settle-reboot.ts';
import { whyStopped } from './why-stopped.ts';

/** A drain that has ended may be asked for again after so long. */
const AGAIN_MS = 600_000;

/** What executions of FleetLock are named, so that they are told from others. */
const PREFIX = 'lock-';

/**
 * FleetLock's RecursiveLock: whether a machine may reboot. Yes only when its node is empty and held for it; the first question has that done, by an execution of its own
 * with a place in the disruption budget, and until then the answer is no, with a kind (S34). Who has been told yes is told yes again, until the lock is given back.
 * Can run again.
 */
export async function preReboot(
  request: Pick<FleetLockRequest, 'cluster' | 'id' | 'group'>,
  ports: PreRebootPorts,
  policy: RebootPolicy,
  now: Date,
): Promise<FleetLockAnswer> {
  const nodes = await ports.nodes.list();
  if (nodes === 'unknown') return answer('failed_unavailable', 'the API server of the cluster cannot be asked');
  const [node, ...others] = nodes.filter(({ machineId }) => fleetLockId(machineId) === request.id);
  // A machine id that an image brought along is no name: the node that is emptied may be another than the one that reboots.
  if (others.length > 0)
    return answer('unknown_client', `${[node, ...others].map((one) => one?.name).join(', ')} share a machine id`);
  if (!node) return answer('unknown_client', 'no node of the cluster has this id: it is made of the machine id');
  const mark = markOf(node);
  const isItsLock = mark !== undefined && isLocked(mark) && mark.bootId === node.bootId;
  if (mark && !isItsLock) return answer('failed_node_busy', 'its node is being rebooted, or put back');
  const place = await ports.places.of(node.instanceId);
  if (place?.tags[clusterTag] !== request.cluster)
    return answer('unknown_client', 'its instance is in no group of the cluster');
  if (!isOfGroup(request, place)) return answer('wrong_group', `its node is of group ${place.groupName}`);
  if (mark)
    return grant(node, mark, () => whyNotNow(node, place, request, ports, policy, now, true), ports, policy, now);
  const holder = await ports.slots.holderOf(request.cluster, node.instanceId);
  if (holder !== undefined && (await ports.executions.isRunning(holder)))
    return isLock(holder)
      ? answer('failed_node_not_drained', 'its node is being emptied')
      : answer('failed_node_busy', 'another execution works on its node');
  // A drain by hand keeps its place when it has ended, and a node opened to pods again may have it still: that says nothing.
  const keptBy = [node.annotations[ownerAnnotation], node.unschedulable ? holder : undefined].find(
    (owner) => owner !== undefined && isDrainByHand(owner),
  );
  if (keptBy !== undefined) return answer('failed_node_busy', keptDrained(keptBy, node.name, request.cluster));
  return (await whyNotNow(node, place, request, ports, policy, now)) ?? begin(node, place, request, ports, now);
}

/**
 * Yes to whoever holds the lock, as long as its node is still empty for it, and not in the last minutes before the lock is taken back: who has heard yes shuts down within them, and nobody
 * puts the node back meanwhile. A drain may outlast the window in which it began: before the first yes all is asked again that was asked before the drain, and where anything speaks against
 * it now the lock is given back.
 * @throws NodeChanged (ask again)
 */
async function grant(
  node: FleetNode,
  mark: Mark,
  whyNot: () => Promise<FleetLockAnswer | undefined>,
  ports: Pick<PreRebootPorts, 'executions' | 'nodes'>,
  policy: RebootPolicy,
  now: Date,
): Promise<FleetLockAnswer> {
  const until = Date.parse(mark.since) + policy.reboots.bootMinutes * 60_000 - QUIET_MS;
  if (!(await ports.executions.isRunning(mark.owner)) || now.getTime() >= until)
    return answer('failed_node_busy', 'its lock is being put back');
  if (!node.unschedulable || node.annotations[ownerAnnotation] !== mark.owner)
    return answer('failed_node_not_drained', 'somebody has opened its node to pods again');
  if (mark.told !== true) {
    const refused = await whyNot();
    // What nobody can say now may be said the next time.
    if (refused?.kind === 'failed_unavailable') return refused;
    const next: Mark = refused
      ? { ...mark, step: 'released', since: now.toISOString(), refused: refused.value }
      : { ...mark, told: true };
    await ports.nodes.change(node, { annotations: { [rebootMark]: markText(next) } });
    if (refused) return refused;
  }
  return answer('granted', 'it may reboot');
}

/** Zincati's group is `default` unless somebody says otherwise; another one is that of Auto Scaling, whole or without the cluster's name. */
function isOfGroup(
  { group, cluster }: Pick<FleetLockRequest, 'group' | 'cluster'>,
  { groupName }: RebootPlace,
): boolean {
  return group === 'default' || group === groupName || `${cluster}-${group}` === groupName;
}

async function whyNotNow(
  node: FleetNode,
  place: RebootPlace,
  { cluster }: Pick<FleetLockRequest, 'cluster'>,
  { andon, gates }: PreRebootPorts,
  policy: RebootPolicy,
  now: Date,
  isHeld = false,
): Promise<FleetLockAnswer | undefined> {
  const window = await gates.window(place.groupName, now);
  if (window === 'off') return answer('failed_stopped', 'updates.policy of the registry entry is off');
  if (!window.open) return answer('failed_window_closed', window.why);
  const stopped = await whyStopped({ node, place }, policy, andon, now);
  if (stopped !== undefined) return answer('failed_stopped', stopped);
  const open = await gates.openBreakers(cluster, isHeld ? 'storms' : 'all');
  if (open === 'unknown')
    return answer('failed_unavailable', 'no health pass has looked lately: nobody knows which breakers are open');
  return open.length > 0 ? answer('failed_breaker_open', open.slice(0, 3).join('; ')) : undefined;
}

/** The place is taken for an execution before there is one: of many machines that ask at once one has it started, and the others are told who holds it. */
async function begin(
  { instanceId, name: nodeName, bootId, labels }: FleetNode,
  { groupName }: RebootPlace,
  { cluster, group }: Pick<FleetLockRequest, 'cluster' | 'group'>,
  { slots, workflow }: PreRebootPorts,
  now: Date,
): Promise<FleetLockAnswer> {
  const turn = Math.floor(now.getTime() / AGAIN_MS);
  const name = `${PREFIX}${instanceId}-${bootId.slice(0, 8)}-${turn}`;
  const execution = workflow.arnOf(name);
  const reason = `FleetLock, group ${group}`;
  const zone = labels['topology.kubernetes.io/zone'] ?? '';
  const slot = await slots.take({ cluster, instanceId, nodeName, groupName, zone, reason, execution });
  if (!slot.granted) return answer('failed_lock_semaphore_full', slot.why);
  const started = await workflow.start(name, { cluster, instanceId, nodeName, way: 'lock', reason });
  if (started === 'started') return answer('failed_node_not_drained', 'its node is being emptied');
  // That one has ended already: its place is nobody's.
  await slots.release({ cluster, instanceId, execution });
  return answer('failed_node_not_drained', 'its node could not be emptied: ask again in ten minutes');
}

function isLock(execution: string): boolean {
  return execution.split(':').at(-1)?.startsWith(PREFIX) === true;
}
