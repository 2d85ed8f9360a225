import { AutoScalingClient, paginateDescribeAutoScalingGroups } from '@aws-sdk/client-auto-scaling';
import { pickFromPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { batches } from './batches.ts';

/** DescribeAutoScalingGroups takes at most 100 names. */
const NAMES = 100;

/** The instances of groups that wait at a lifecycle hook, with where they wait. Groups that are gone have none. */
export async function waitingMembers(
  aws: AwsAccess,
  groups: readonly string[],
): Promise<readonly { readonly instanceId: string; readonly state: string }[]> {
  const client = aws.client(AutoScalingClient);
  const found = await Promise.all(
    batches(groups, NAMES).map((names) =>
      pickFromPages(
        paginateDescribeAutoScalingGroups({ client }, { AutoScalingGroupNames: [...names] }),
        ({ AutoScalingGroups = [] }) => AutoScalingGroups,
      ),
    ),
  );
  return found
    .flat()
    .flatMap(({ Instances = [] }) => Instances)
    .flatMap(({ InstanceId: instanceId = '', LifecycleState: state = '' }) =>
      state.endsWith(':Wait') ? [{ instanceId, state }] : [],
    );
}
