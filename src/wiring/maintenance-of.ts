import { clusterMembers } from '../aws/group-attachments.ts';
import { runningExecutions } from '../aws/running-executions.ts';
import { s3ClaimStore } from '../aws/s3-claim-store.ts';
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
  const claims = s3ClaimStore(home, setting(environment, 'STATE_BUCKET'));
  const machines = Object.values(stateMachineArns(environment));
  return {
    async underWay() {
      const [claimed, running] = await Promise.all([
        claims.list(cluster.name),
        Promise.all(machines.map((arn) => runningExecutions(home, arn, cluster.name))),
      ]);
      const own = claimed.length === 0 ? [] : await clusterMembers(aws).membersOf(cluster.name);
      const held = own.filter(({ instanceId, role }) => role !== 'worker' && claimed.includes(instanceId));
      return [
        ...held.map(({ instanceId, role }) => `${role} instance ${instanceId} is claimed`),
        ...running.flat().flatMap(({ arn }) => (arn === execution ? [] : `${arn} runs`)),
      ];
    },
  };
}
