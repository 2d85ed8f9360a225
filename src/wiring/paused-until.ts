import { clusterPauses } from '../aws/cluster-pauses.ts';
import { later } from '../health/time.ts';
import type { RegisteredCluster } from './registered-cluster.ts';

/** Until when no node of a cluster is repaired: what its registry entry says, or somebody asked for beside it, whichever is later. undefined: nobody did. */
export async function pausedUntil({ cluster, home }: RegisteredCluster): Promise<string | undefined> {
  const asked = await clusterPauses(home).until(cluster.name);
  const entry = cluster.health.pausedUntil;
  return asked === null ? entry : later(entry ?? asked, asked);
}
