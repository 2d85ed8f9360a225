import { type AutoScalingClient, DescribeInstanceRefreshesCommand } from '@aws-sdk/client-auto-scaling';
import { awsCall } from './errors.ts';

/** An instance refresh that may still replace instances (API_InstanceRefresh, Status). */
const UNDER_WAY = /^(Pending|InProgress|Cancelling|RollbackInProgress|Baking)$/;

/** How many instance refreshes of a group may still replace instances. */
export async function refreshesUnderWay(client: AutoScalingClient, groupName: string): Promise<number> {
  const command = new DescribeInstanceRefreshesCommand({ AutoScalingGroupName: groupName, MaxRecords: 5 });
  const { InstanceRefreshes = [] } = await awsCall(client.send(command));
  return InstanceRefreshes.filter(({ Status = '' }) => UNDER_WAY.test(Status)).length;
}
