import { runningOfCluster } from '../aws/running-of-cluster.ts';
import { s3ClaimStore } from '../aws/s3-claim-store.ts';
import { s3DisruptionLedger } from '../aws/s3-disruption-ledger.ts';
import { waitingMembers } from '../aws/waiting-members.ts';
import { ownedNodes } from '../kubernetes/adopted-objects.ts';
import type { KubernetesConnection } from '../kubernetes/open-cluster.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import { homeAws } from './registered-cluster.ts';

/** Where work for a cluster shows. */
export interface Workplace {
  readonly environment: Environment;
  readonly machinePrefix: string;
  readonly groups: readonly string[];
  /** undefined: the cluster is gone, and with it whatever was done to its nodes. */
  readonly connection: KubernetesConnection | undefined;
}

/** What is under way for a cluster, or was left for later, each in words: executions, claims, leases, instances that wait at a hook, emptied nodes. */
export async function unfinishedOf(
  cluster: string,
  { environment, machinePrefix, groups, connection }: Workplace,
): Promise<readonly string[]> {
  const home = homeAws(environment);
  const running = await runningOfCluster(home, machinePrefix, cluster);
  if (!connection) return running;
  const bucket = setting(environment, 'STATE_BUCKET');
  const [claims, ledger, waiting, nodes] = await Promise.all([
    s3ClaimStore(home, bucket).list(cluster),
    s3DisruptionLedger(home, bucket).read(cluster),
    waitingMembers(home, groups),
    ownedNodes(connection),
  ]);
  return [
    ...running,
    ...claims.map((id) => `instance ${id} is claimed`),
    ...(ledger?.ledger.leases ?? []).map(
      ({ nodeName, instanceId, reason }) => `${nodeName || instanceId} is out of service (${reason})`,
    ),
    ...waiting.map(({ instanceId, state }) => `instance ${instanceId} is ${state}`),
    ...nodes.map((node) => `node ${node} is emptied, or worked on; npx tender node put-back puts it back`),
  ];
}
