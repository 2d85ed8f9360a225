import { EC2Client, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import type { DrainInstances } from '../drains/ports.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';

/** Auto Scaling puts it on every instance of a group; it stays when the instance has left. */
const GROUP_TAG = 'aws:autoscaling:groupName';

/** What EC2 says about instances that are drained. */
export function drainInstances(aws: AwsAccess): DrainInstances {
  const client = aws.client(EC2Client);
  return {
    async find(instanceId) {
      // By filter and not by id: an id that EC2 does not know would be an error.
      const Filters = [{ Name: 'instance-id', Values: [instanceId] }];
      const pages = await allPages(paginateDescribeInstances({ client }, { Filters }));
      const found = pages.flatMap((page) => page.Reservations ?? []).flatMap(({ Instances }) => Instances ?? [])[0];
      return (
        found && {
          instanceId,
          state: found.State?.Name ?? 'pending',
          zone: found.Placement?.AvailabilityZone ?? '',
          ipAddress: found.PrivateIpAddress ?? '',
          groupName: found.Tags?.find(({ Key }) => Key === GROUP_TAG)?.Value ?? '',
        }
      );
    },
  };
}
