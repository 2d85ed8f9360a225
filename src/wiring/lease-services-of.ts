import { ec2Instances } from '../aws/ec2-instances.ts';
import { s3DisruptionLedger } from '../aws/s3-disruption-ledger.ts';
import { stateMachineExecutions } from '../aws/state-machine-executions.ts';
import type { LeaseServices } from '../disruptions/take-lease.ts';
import { kubernetesDrainNodes } from '../kubernetes/drain-nodes.ts';
import { luck } from '../runtime/luck.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import { groupsWithEks } from './groups-with-eks.ts';
import { kubernetesOf } from './kubernetes-of.ts';
import type { RegisteredCluster } from './registered-cluster.ts';

/**
 * What taking a lease in a registered cluster works with: groups, instances and Nodes are the cluster's, ledger and executions the deployment's.
 * @throws SettingMissing
 */
export function leaseServicesOf(
  registered: RegisteredCluster,
  environment: Environment,
  now: () => Date,
): LeaseServices {
  const { aws, home } = registered;
  return {
    ledgers: s3DisruptionLedger(home, setting(environment, 'STATE_BUCKET')),
    groups: groupsWithEks(aws),
    instances: ec2Instances(aws),
    executions: stateMachineExecutions(home),
    nodes: kubernetesDrainNodes(kubernetesOf(registered, now)),
    luck,
  };
}
