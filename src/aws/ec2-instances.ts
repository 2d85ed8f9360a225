import {
  EC2Client,
  type Instance as Ec2Instance,
  GetConsoleOutputCommand,
  paginateDescribeInstances,
} from '@aws-sdk/client-ec2';
import type { Instances } from '../nodes/ports.ts';
import type { TaggedInstance, TaggedInstances } from '../nodes/retire-ports.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { batches } from './batches.ts';
import { awsCall, awsCallUnless, codeOf } from './errors.ts';

/** A filter takes at most 200 values (docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html). */
const FILTER_VALUES = 200;

/** What EC2 says about instances. */
export function ec2Instances(aws: AwsAccess): TaggedInstances & Instances {
  const ec2 = aws.client(EC2Client);
  return {
    async describe(instanceIds) {
      // By filter and not by id: one unknown id would fail the whole call, and EC2 shows new instances late.
      const pages = await Promise.all(
        batches(instanceIds, FILTER_VALUES).map((ids) =>
          allPages(
            paginateDescribeInstances({ client: ec2 }, { Filters: [{ Name: 'instance-id', Values: [...ids] }] }),
          ),
        ),
      );
      const instances = pages
        .flat()
        .flatMap((page) => page.Reservations ?? [])
        .flatMap(({ OwnerId, Instances }) =>
          (Instances ?? []).map((one) => instanceOf(one, aws.region, OwnerId ?? '')),
        );
      return new Map(instances.map((one) => [one.instanceId, one]));
    },
    consoleOutput: (instanceId) => consoleOutput(ec2, instanceId),
  };
}

// The latest output is to be had from Nitro instances only; the others give what they wrote while they booted.
async function consoleOutput(ec2: EC2Client, instanceId: string): Promise<string | undefined> {
  const read = (Latest: boolean) => ec2.send(new GetConsoleOutputCommand({ InstanceId: instanceId, Latest }));
  const gone = ['InvalidInstanceID.NotFound'];
  const answer = await read(true).catch((error: unknown) => {
    if (codeOf(error) === 'UnsupportedOperation') return awsCallUnless(gone, read(false));
    return awsCallUnless(gone, awsCall(Promise.reject<never>(error)));
  });
  return answer?.Output ? Buffer.from(answer.Output, 'base64').toString('utf8') : undefined;
}

/** An instance as EC2 describes it. @param account of its owner */
export function instanceOf(ec2: Ec2Instance, region: string, account: string): TaggedInstance {
  const instanceId = ec2.InstanceId ?? '';
  const interfaces = ec2.NetworkInterfaces ?? [];
  return {
    instanceId,
    arn: `arn:${partitionOf(region)}:ec2:${region}:${account}:instance/${instanceId}`,
    region,
    availabilityZone: ec2.Placement?.AvailabilityZone ?? '',
    state: ec2.State?.Name ?? 'pending',
    launchedAt: ec2.LaunchTime?.toISOString() ?? '',
    privateDnsName: ec2.PrivateDnsName ?? '',
    privateIpAddress: ec2.PrivateIpAddress ?? '',
    // The primary address of each interface. Its secondary addresses and prefixes belong to pods (S39).
    addresses: distinct([
      ec2.PrivateIpAddress,
      ec2.PublicIpAddress,
      ...interfaces.flatMap((one) => [
        one.PrivateIpAddress,
        one.Association?.PublicIp,
        ...(one.Ipv6Addresses ?? []).map((address) => address.Ipv6Address),
      ]),
    ]),
    tags: Object.fromEntries((ec2.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
    dnsNames: distinct([
      ec2.PrivateDnsName,
      resourceName(instanceId, region),
      ec2.PublicDnsName,
      ...interfaces.flatMap((one) => [one.PrivateDnsName, one.Association?.PublicDnsName]),
    ]),
  };
}

// The name that EC2 resolves for every instance id (EC2 User Guide, "EC2 instance hostnames and domains").
function resourceName(instanceId: string, region: string): string {
  return `${instanceId}.${region === 'us-east-1' ? 'ec2' : `${region}.compute`}.internal`;
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

function distinct(texts: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(texts.flatMap((text) => text || []))];
}
