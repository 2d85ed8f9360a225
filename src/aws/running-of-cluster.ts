import { paginateListStateMachines, SFNClient } from '@aws-sdk/client-sfn';
import { isAboutCluster } from '../schema/about-cluster.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { allRunning } from './running-executions.ts';

/** The ARNs of executions that run for a cluster now, of all state machines whose ARN begins so. */
export async function runningOfCluster(
  home: AwsAccess,
  machinePrefix: string,
  cluster: string,
): Promise<readonly string[]> {
  const pages = await allPages(paginateListStateMachines({ client: home.client(SFNClient) }, {}));
  const machines = pages
    .flatMap(({ stateMachines = [] }) => stateMachines)
    .flatMap(({ stateMachineArn = '' }) => (stateMachineArn.startsWith(machinePrefix) ? [stateMachineArn] : []));
  const running = await Promise.all(machines.map((arn) => allRunning(home, arn)));
  return running.flat().flatMap(({ arn, input }) => (isAboutCluster(input, cluster) ? [arn] : []));
}
