import { clusterPauses } from '../aws/cluster-pauses.ts';
import { clusterPauseParameter } from '../health/names.ts';
import { later } from '../health/time.ts';
import type { RegisteredCluster } from './registered-cluster.ts';

/** Until when no node of a cluster is repaired: what its registry entry says, or somebody asked for beside it, whichever is later. undefined: nobody did. */
export async function pausedUntil(registered: RegisteredCluster): Promise<string | undefined> {
  return (await pauseOf(registered)).pausedUntil;
}

/** The same, and where that is written, in words. */
export async function pauseOf({ cluster, home }: RegisteredCluster) {
  const asked = await clusterPauses(home).until(cluster.name);
  const entry = cluster.health.pausedUntil;
  return asked === null || (entry !== undefined && later(entry, asked) === entry)
    ? { pausedUntil: entry, pausedBy: 'the registry entry (health.pausedUntil)' }
    : { pausedUntil: asked, pausedBy: `tender pause (parameter ${clusterPauseParameter(cluster.name)})` };
}
