import { EC2Client, type InstanceStateName, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';

/** Which of these private addresses an instance in one of these states has, whosever it is. It may tell more of the same instances. */
export async function addressesInUse(
  aws: AwsAccess,
  addresses: readonly string[],
  states: readonly InstanceStateName[],
): Promise<ReadonlySet<string>> {
  if (addresses.length === 0) return new Set();
  const Filters = [
    { Name: 'network-interface.addresses.private-ip-address', Values: [...new Set(addresses)] },
    { Name: 'instance-state-name', Values: [...states] },
  ];
  const pages = await allPages(paginateDescribeInstances({ client: aws.client(EC2Client) }, { Filters }));
  const instances = pages.flatMap((page) => page.Reservations ?? []).flatMap(({ Instances = [] }) => Instances);
  const interfaces = instances.flatMap(({ NetworkInterfaces = [] }) => NetworkInterfaces);
  return new Set(
    interfaces.flatMap(({ PrivateIpAddresses = [], PrivateIpAddress }) => [
      PrivateIpAddress ?? '',
      ...PrivateIpAddresses.map((one) => one.PrivateIpAddress ?? ''),
    ]),
  );
}
