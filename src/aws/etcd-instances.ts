import {
  AutoScalingClient,
  type AutoScalingGroup,
  paginateDescribeAutoScalingGroups,
} from '@aws-sdk/client-auto-scaling';
import type { MemberDirectory, MemberInstance } from '../etcd/member-ports.ts';
import { clusterTag, roleTag } from '../nodes/names.ts';
import type { Instance } from '../nodes/ports.ts';
import { addressesInUse } from './addresses-in-use.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { ec2Instances } from './ec2-instances.ts';

/** One that is retained after its hook was abandoned stays until somebody terminates it. */
const LEAVING = /Terminating(?!:Retained)/;
const HERE = ['pending', 'running', 'stopping', 'stopped'] as const;

/** The instances that carry a cluster's etcd: those of groups with the role etcd, or control-plane where there are none. */
export function etcdInstances(aws: AwsAccess, cluster: string): MemberDirectory {
  const autoScaling = aws.client(AutoScalingClient);
  return {
    async of(instanceId) {
      const query = { Filters: [{ Name: `tag:${clusterTag}`, Values: [cluster] }] };
      const pages = await allPages(paginateDescribeAutoScalingGroups({ client: autoScaling }, query));
      const groups = pages.flatMap((page) => page.AutoScalingGroups ?? []);
      const external = groups.some((group) => roleOf(group) === 'etcd');
      const carrying = groups.filter((group) => roleOf(group) === (external ? 'etcd' : 'control-plane'));
      const states = new Map(
        carrying.flatMap(({ Instances = [] }) =>
          Instances.map((one) => [one.InstanceId ?? '', one.LifecycleState ?? ''] as const),
        ),
      );
      const former = instanceId !== '' && !states.has(instanceId) && (await isOf(aws, cluster, instanceId));
      const found = await ec2Instances(aws).describe([...states.keys(), ...(former ? [instanceId] : [])]);
      return {
        external,
        wanted: carrying.reduce((sum, { DesiredCapacity = 0 }) => sum + DesiredCapacity, 0),
        instances: [...found.values()].map((one) => placed(one, states.get(one.instanceId))),
      };
    },
    inUse: (addresses) => addressesInUse(aws, addresses, HERE),
  };
}

async function isOf(aws: AwsAccess, cluster: string, instanceId: string): Promise<boolean> {
  return (await ec2Instances(aws).describe([instanceId])).get(instanceId)?.tags[clusterTag] === cluster;
}

function roleOf({ Tags = [] }: AutoScalingGroup): string | undefined {
  return Tags.find(({ Key }) => Key === roleTag)?.Value;
}

/** @param lifecycleState undefined: no group of the cluster has it any more */
function placed(instance: Instance, lifecycleState: string | undefined): MemberInstance {
  const { instanceId, addresses, dnsNames, privateIpAddress, state } = instance;
  const leaves = state === 'shutting-down' || (lifecycleState !== undefined && LEAVING.test(lifecycleState));
  return {
    instanceId,
    hosts: [...addresses, ...dnsNames],
    privateIpAddress,
    standing: state === 'terminated' ? 'gone' : leaves ? 'leaves' : 'stays',
    isRunning: state === 'running',
    isPending: state === 'pending',
  };
}
