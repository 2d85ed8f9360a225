import { s3ClaimStore } from '../../src/aws/s3-claim-store.ts';
import { s3DisruptionLedger } from '../../src/aws/s3-disruption-ledger.ts';
import type { Claim } from '../../src/claims/ports.ts';
import { setting } from '../../src/runtime/settings.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';
import type { Deployment } from '../deployment.ts';

/** How a workflow is told which node it is about: by its Node, or by its instance. */
export function whichNode(named: string): { readonly instanceId: string } | { readonly nodeName: string } {
  return /^i-[0-9a-f]{8,17}$/.test(named) ? { instanceId: named } : { nodeName: named };
}

/** The claim that an execution holds on a node; undefined: nobody works on it, and nobody left it so. */
export async function claimOn({ environment }: Deployment, cluster: string, named: string): Promise<Claim | undefined> {
  const home = homeAws(environment);
  const bucket = setting(environment, 'STATE_BUCKET');
  const which = whichNode(named);
  const leases = (await s3DisruptionLedger(home, bucket).read(cluster))?.ledger.leases ?? [];
  // Claims know instances only; who holds a place in the budget has both names.
  const instanceId =
    'instanceId' in which ? which.instanceId : leases.find(({ nodeName }) => nodeName === named)?.instanceId;
  return instanceId === undefined ? undefined : (await s3ClaimStore(home, bucket).read(cluster, instanceId))?.claim;
}
