import { andonParameter } from '../aws/andon-parameter.ts';
import { s3HealthDocuments } from '../aws/s3-health-documents.ts';
import { actionableSignals } from '../health/actionable-signals.ts';
import type { Standings } from '../repairs/ports.ts';
import type { Logger } from '../runtime/logger.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import { pauseOf } from './paused-until.ts';
import { etcdQuorum } from './plan-retire-of.ts';
import type { RegisteredCluster } from './registered-cluster.ts';
import { repairOf } from './repair-of.ts';

/**
 * Everything that planning a repair works with: what repairing takes, etcd to ask, the andon, and what the last health pass says. Does no I/O beyond reading the registry.
 * @throws ClusterNotFound, ClusterMisconfigured, SettingMissing
 */
export async function planRepairOf(
  name: string,
  environment: Environment,
  runtime: { readonly now: () => Date; readonly logger: Logger },
) {
  const { registered, policy, ports } = await repairOf(name, environment, runtime);
  const more = {
    andon: andonParameter(registered.home),
    quorum: etcdQuorum(registered),
    standings: standingsIn(registered, setting(environment, 'STATE_BUCKET')),
  };
  // Asked each time: what is built lives for minutes, and a pause is meant at once.
  const policyNow = async () => ({
    ...policy,
    health: { ...policy.health, ...(await pauseOf(registered)) },
  });
  return { policyNow, ports: { ...ports, ...more } };
}

/** As the last health pass left them. */
function standingsIn({ home }: RegisteredCluster, bucket: string): Standings {
  const documents = s3HealthDocuments(home, bucket);
  return {
    async of(cluster, instanceId) {
      const { document } = await documents.read(cluster);
      // One that an earlier version has left has no standings.
      if (!document) return undefined;
      const signs = actionableSignals(document.findings ?? [], instanceId);
      return { at: document.at, signs, repair: document.standings?.[instanceId] };
    },
  };
}
