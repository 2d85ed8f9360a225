import { EC2Client, type Instance, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import type { LaunchedInstance, LaunchedInstances } from '../images/ports.ts';
import { pickFromPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { batches } from './batches.ts';

/** A filter takes at most 200 values (docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html). */
const FILTER_VALUES = 200;
/** EC2 writes on every instance which version of a launch template it is of. */
const VERSION_TAG = 'aws:ec2launchtemplate:version';

/** Instances and the images that they were launched from. */
export function launchedInstances(aws: AwsAccess): LaunchedInstances {
  const client = aws.client(EC2Client);
  return {
    async describe(instanceIds) {
      const found = await Promise.all(
        batches(instanceIds, FILTER_VALUES).map((ids) =>
          pickFromPages(
            paginateDescribeInstances({ client }, { Filters: [{ Name: 'instance-id', Values: [...ids] }] }),
            ({ Reservations = [] }) => Reservations.flatMap(({ Instances = [] }) => Instances.map(launched)),
          ),
        ),
      );
      return found.flat();
    },
  };
}

function launched({ InstanceId, ImageId, LaunchTime, Tags = [] }: Instance): LaunchedInstance {
  return {
    instanceId: InstanceId ?? '',
    imageId: ImageId ?? '',
    launchedAt: LaunchTime?.toISOString() ?? '',
    version: Tags.find(({ Key }) => Key === VERSION_TAG)?.Value ?? '',
  };
}
