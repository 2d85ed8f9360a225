import { clusterPauses } from '../../src/aws/cluster-pauses.ts';
import { groupPauses } from '../../src/aws/group-pauses.ts';
import { nodePauses } from '../../src/kubernetes/node-pauses.ts';
import { nearest } from '../../src/schema/problems.ts';
import { kubernetesOf } from '../../src/wiring/kubernetes-of.ts';
import { registeredCluster } from '../../src/wiring/registered-cluster.ts';
import type { Deployment } from '../deployment.ts';
import { GroupNotThere, NodeNotThere } from '../errors.ts';
import type { CommandContext } from '../surroundings.ts';

/** What is paused: the whole cluster where neither is named. */
export interface Paused {
  readonly group?: string;
  readonly node?: string;
}

/** Has no node repaired until then. */
export async function pause(
  { err, now }: CommandContext,
  deployment: Deployment,
  cluster: string,
  what: Paused,
  until: Date,
): Promise<void> {
  await set(deployment, cluster, what, until, now);
  err.write(`no repair of ${nameOf(cluster, what)} until ${until.toISOString()}\n`);
}

/** Takes a pause back. One that is over, or never was, is fine. */
export async function resume(
  { err, now }: CommandContext,
  deployment: Deployment,
  cluster: string,
  what: Paused,
): Promise<void> {
  await set(deployment, cluster, what, null, now);
  err.write(`${nameOf(cluster, what)} is repaired again\n`);
}

async function set(
  { environment }: Deployment,
  name: string,
  { group, node }: Paused,
  until: Date | null,
  now: () => Date,
): Promise<void> {
  const registered = await registeredCluster(name, environment);
  if (group !== undefined) {
    const groups = groupPauses(registered.aws);
    const there = await groups.groupsOf(name);
    if (!there.includes(group)) throw new GroupNotThere(group, name, there, nearest(group, there));
    await groups.set(group, until);
  }
  if (node !== undefined && !(await nodePauses(kubernetesOf(registered, now)).set(node, until)))
    throw new NodeNotThere(node, name);
  if (node === undefined && group === undefined) await clusterPauses(registered.home).set(name, until);
}

function nameOf(cluster: string, { group, node }: Paused): string {
  const parts = [node && `node ${node}`, group && `group ${group}`].filter(Boolean);
  return parts.length === 0 ? `cluster ${cluster}` : `${parts.join(' and ')} of cluster ${cluster}`;
}
