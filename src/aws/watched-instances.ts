import {
  EC2Client,
  type Filter,
  type Instance,
  type InstanceStatus,
  paginateDescribeInstanceStatus,
  paginateDescribeInstances,
} from '@aws-sdk/client-ec2';
import type { InstanceCheck, ObservedInstance, WatchedInstances } from '../health/ports.ts';
import { clusterTag } from '../nodes/names.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { batches } from './batches.ts';

/** A filter takes at most 200 values (docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html). */
const FILTER_VALUES = 200;

/**
 * Instances as health passes see them: by the tag that groups give them, a thousand in a call; only those that have none by their ids. Of status checks only those that fail
 * are asked for, which are few in a region.
 */
export function watchedInstances(aws: AwsAccess): WatchedInstances {
  const client = aws.client(EC2Client);
  const matching = async (...filters: readonly Filter[]) => {
    const pages = await allPages(paginateDescribeInstances({ client, pageSize: 1000 }, { Filters: [...filters] }));
    return pages.flatMap(({ Reservations = [] }) => Reservations).flatMap(({ Instances = [] }) => Instances);
  };
  const failing = async (check: 'system-status' | 'instance-status') => {
    const filters = [{ Name: `${check}.status`, Values: ['impaired'] }];
    const pages = await allPages(paginateDescribeInstanceStatus({ client }, { Filters: filters }));
    return pages.flatMap(({ InstanceStatuses = [] }) => InstanceStatuses);
  };
  return {
    async describe(cluster, instanceIds) {
      const [tagged, system, own] = await Promise.all([
        matching({ Name: `tag:${clusterTag}`, Values: [cluster] }),
        failing('system-status'),
        failing('instance-status'),
      ]);
      const known = new Set(tagged.map(({ InstanceId }) => InstanceId));
      const others = batches(
        instanceIds.filter((id) => !known.has(id)),
        FILTER_VALUES,
      ).map((ids) => matching({ Name: 'instance-id', Values: [...ids] }));
      const checks = new Map([...system, ...own].map((one) => [one.InstanceId ?? '', one]));
      const all = [...tagged, ...(await Promise.all(others)).flat()];
      return all.map((instance) => instanceOf(instance, checks.get(instance.InstanceId ?? '')));
    },
  };
}

function instanceOf(instance: Instance, checks: InstanceStatus | undefined): ObservedInstance {
  const state = instance.State?.Name ?? 'pending';
  const running = state === 'running';
  const details = [...(checks?.SystemStatus?.Details ?? []), ...(checks?.InstanceStatus?.Details ?? [])];
  const since = details.flatMap(({ ImpairedSince }) => ImpairedSince?.toISOString() ?? []).sort();
  return {
    instanceId: instance.InstanceId ?? '',
    nodeNames: nodeNamesOf(instance),
    state,
    launchedAt: instance.LaunchTime?.toISOString() ?? '',
    systemStatus: running ? checkOf(checks?.SystemStatus?.Status) : 'not-applicable',
    instanceStatus: running ? checkOf(checks?.InstanceStatus?.Status) : 'not-applicable',
    impairedSince: since[0] ?? null,
  };
}

/** As kubelets call themselves by any of the rules for names (src/nodes/node-name.ts). */
function nodeNamesOf({ InstanceId = '', PrivateDnsName = '' }: Instance): readonly string[] {
  return [PrivateDnsName, PrivateDnsName.split('.')[0] ?? '', InstanceId].filter((name) => name !== '');
}

// Whose checks do not fail is not asked about: it is well, or begins.
function checkOf(status: string | undefined): InstanceCheck {
  return status === 'impaired' || status === 'initializing' || status === 'insufficient-data' ? status : 'ok';
}
