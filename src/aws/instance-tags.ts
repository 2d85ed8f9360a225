import { EC2Client, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import type { InstanceTags } from '../nodes/retire-ports.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';

/** EC2's tags of instances. */
export function instanceTags(aws: AwsAccess): InstanceTags {
  const client = aws.client(EC2Client);
  return {
    async read(instanceId) {
      const Filters = [{ Name: 'instance-id', Values: [instanceId] }];
      const pages = await allPages(paginateDescribeInstances({ client }, { Filters }));
      const found = pages.flatMap((page) => page.Reservations ?? []).flatMap(({ Instances }) => Instances ?? [])[0];
      return found && Object.fromEntries((found.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
    },
  };
}
