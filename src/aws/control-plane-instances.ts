import { EC2Client, StopInstancesCommand } from '@aws-sdk/client-ec2';
import { paginateDescribeInstanceInformation, SSMClient } from '@aws-sdk/client-ssm';
import type { ControlPlane, ControlPlaneMachine, ControlPlaneMachines } from '../etcd/restore-ports.ts';
import { addressesInUse } from './addresses-in-use.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { ec2Instances } from './ec2-instances.ts';
import { awsCallUnless } from './errors.ts';
import { clusterMembers } from './group-attachments.ts';

const HERE = ['pending', 'running', 'stopping', 'stopped', 'shutting-down'] as const;

/** The instances of a cluster's groups with the role control-plane or etcd: what EC2 says of them, and whether SSM's agent answers. */
export function controlPlaneInstances(aws: AwsAccess, cluster: string): ControlPlane & ControlPlaneMachines {
  const ec2 = aws.client(EC2Client);
  const machines = async (): Promise<readonly ControlPlaneMachine[]> => {
    const members = (await clusterMembers(aws).membersOf(cluster)).filter(({ role }) => role !== 'worker');
    const found = await ec2Instances(aws).describe(members.map(({ instanceId }) => instanceId));
    return members.flatMap(({ instanceId, groupName }) => {
      const instance = found.get(instanceId);
      if (!instance) return [];
      const { arn, state, launchedAt, addresses, dnsNames } = instance;
      return [{ instanceId, arn, groupName, launchedAt, state, hosts: [...addresses, ...dnsNames] }];
    });
  };
  return {
    machines,
    async instances() {
      const found = await machines();
      const online = await takingCommands(
        aws,
        found.map(({ instanceId }) => instanceId),
      );
      return found.map((one) => ({
        ...one,
        takesCommands: one.state === 'running' && online.has(one.instanceId),
      }));
    },
    inUse: (addresses) => addressesInUse(aws, addresses, HERE),
    async stop(instanceId) {
      const gone = ['InvalidInstanceID.NotFound', 'IncorrectInstanceState'];
      await awsCallUnless(gone, ec2.send(new StopInstancesCommand({ InstanceIds: [instanceId] })));
    },
  };
}

async function takingCommands(aws: AwsAccess, instanceIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (instanceIds.length === 0) return new Set();
  const query = { Filters: [{ Key: 'InstanceIds', Values: [...instanceIds] }] };
  const pages = await allPages(paginateDescribeInstanceInformation({ client: aws.client(SSMClient) }, query));
  const agents = pages.flatMap(({ InstanceInformationList = [] }) => InstanceInformationList);
  return new Set(
    agents.flatMap(({ InstanceId, PingStatus }) => (InstanceId && PingStatus === 'Online' ? [InstanceId] : [])),
  );
}
