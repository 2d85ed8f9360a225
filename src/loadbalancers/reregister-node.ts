import { attemptAll } from './attempt-all.ts';
import { ReregistrationFailed } from './errors.ts';
import { ownershipOf } from './ownership.ts';
import type {
  Departures,
  InstanceState,
  InstanceStates,
  LoadBalancerMaps,
  NotedTarget,
  TargetGroups,
  TargetReturns,
} from './ports.ts';
import { targetName } from './target-name.ts';

export interface ReregisterNodePorts {
  readonly departures: Pick<Departures, 'notedBy' | 'forget'>;
  readonly maps: Pick<LoadBalancerMaps, 'read'>;
  readonly targetGroups: Pick<TargetGroups, 'describe'>;
  readonly returns: TargetReturns;
  readonly ec2: InstanceStates;
}

/**
 * Puts a node back where it was taken out, and nowhere else; then the note is cleared. Where a controller in the cluster has marked what it
 * owns, removing our label is the undo, and Tender registers nothing (S20); everywhere else nobody but Tender would put it back (S14). A group that is gone is passed by. An instance that is, or is on its way out, stays out: a target
 * group of addresses would take it, and send connections to nobody or to whoever gets the address next.
 * Can run again: registering twice is harmless, and the note is cleared last.
 *
 * @param owner whose note: another execution that has the instance has taken it out for reasons of its own, and its note stays
 * @param onlyIfItRuns leaves one that is off out, and the note as it is: whoever starts it again finds it there
 * @throws ReregistrationFailed when everything was tried; the note stays
 */
export async function reregisterNode(
  {
    cluster,
    instanceId,
    owner,
    onlyIfItRuns = false,
  }: { cluster: string; instanceId: string; owner: string; onlyIfItRuns?: boolean | undefined },
  ports: ReregisterNodePorts,
): Promise<{ reregistered: number; stillNoted: number }> {
  const noted = await ports.departures.notedBy(owner, cluster, instanceId);
  if (noted.length === 0) return { reregistered: 0, stillNoted: 0 };
  const state = (await ports.ec2.describe([instanceId])).get(instanceId)?.state;
  const goes = isGoing(state);
  if (onlyIfItRuns && !goes && state !== 'running') return { reregistered: 0, stillNoted: noted.length };
  const ours = goes ? [] : await ofOurs(cluster, noted, ports);
  const { results, failures } = await attemptAll(ours, targetName, (target) => ports.returns.putBack(target));
  if (failures.length > 0) throw new ReregistrationFailed(instanceId, failures);
  await ports.departures.forget(cluster, instanceId);
  return { reregistered: results.filter((result) => result === 'registered').length, stillNoted: 0 };
}

// One that EC2 does not know any more is terminated for an hour.
function isGoing(state: InstanceState['state'] | undefined): boolean {
  return state === undefined || state === 'shutting-down' || state === 'terminated';
}

/** Those that no controller has marked. */
async function ofOurs(
  cluster: string,
  noted: readonly NotedTarget[],
  { maps, targetGroups }: ReregisterNodePorts,
): Promise<readonly NotedTarget[]> {
  const arns = noted.flatMap((target) => (target.kind === 'target-group' ? [target.arn] : []));
  const [groups, map] = await Promise.all([targetGroups.describe([...new Set(arns)]), maps.read(cluster)]);
  const classics = new Map(map?.classicLoadBalancers.map(({ name, controllerOwned }) => [name, controllerOwned]));
  return noted.filter((target) => {
    if (target.kind === 'classic') return classics.get(target.name) !== true;
    const group = groups.get(target.arn);
    return group !== undefined && !ownershipOf(group.tags).controllerOwned;
  });
}
