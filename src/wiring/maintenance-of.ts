import { clusterMembers } from '../aws/group-attachments.ts';
import { runningExecutions } from '../aws/running-executions.ts';
import { s3ClaimStore } from '../aws/s3-claim-store.ts';
import { s3DisruptionLedger } from '../aws/s3-disruption-ledger.ts';
import { instancesAtWork } from '../etcd/instances-at-work.ts';
import type { OtherWork } from '../etcd/ports.ts';
import { type Environment, setting, stateMachineArns } from '../runtime/settings.ts';
import type { RegisteredCluster } from './registered-cluster.ts';

/**
 * What else is under way on a cluster's etcd: an instance of its control plane that somebody works on, a snapshot, another maintenance
 * than this execution.
 * @throws SettingMissing
 */
export function otherEtcdWork(
  { cluster, aws, home }: RegisteredCluster,
  environment: Environment,
  execution: string,
): OtherWork {
  const bucket = setting(environment, 'STATE_BUCKET');
  const claims = s3ClaimStore(home, bucket);
  const ledgers = s3DisruptionLedger(home, bucket);
  const machines = Object.values(stateMachineArns(environment));
  return {
    async underWay() {
      const [claimed, ledger, running] = await Promise.all([
        claims.list(cluster.name),
        ledgers.read(cluster.name),
        Promise.all(machines.map((arn) => runningExecutions(home, arn, cluster.name))),
      ]);
      const leases = ledger?.ledger.leases ?? [];
      const isAnybody = claimed.length + leases.length > 0;
      const members = isAnybody ? await clusterMembers(aws).membersOf(cluster.name) : [];
      return [
        ...instancesAtWork(members, { claimed, leases }),
        ...running.flat().flatMap(({ arn }) => (arn === execution ? [] : `${arn} runs`)),
      ];
    },
  };
}
