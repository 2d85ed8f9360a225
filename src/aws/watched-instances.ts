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
import { pickFromPages } from './all-pages.ts';
import type { AwsAccess, AwsClientSettings } from './aws-access.ts';
import { batches } from './batches.ts';
import { leaveOut } from './lean-answers.ts';

/** A filter takes at most 200 values (docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html). */
const FILTER_VALUES = 200;

/** Elements that DescribeInstances says most with, and that no health pass looks at. */
const UNREAD = [
  'blockDeviceMapping',
  'capacityReservationSpecification',
  'cpuOptions',
  'enclaveOptions',
  'groupSet',
  'hibernationOptions',
  'iamInstanceProfile',
  'maintenanceOptions',
  'metadataOptions',
  'monitoring',
  'networkInterfaceSet',
  'operator',
  'placement',
  'privateDnsNameOptions',
  'tagSet',
];

class LeanEc2Client extends EC2Client {
  constructor(settings: AwsClientSettings) {
    super(settings);
    leaveOut(this.middlewareStack, UNREAD);
  }
}

type Described = Pick<Instance, 'InstanceId' | 'State' | 'LaunchTime' | 'PrivateDnsName'>;

/**
 * Instances as health passes see them: by the tag that groups give them, a thousand in a call; only those that have none by their ids. Of status checks only those that fail
 * are asked for, which are few in a region.
 */
export function watchedInstances(aws: AwsAccess): WatchedInstances {
  const client = aws.client(LeanEc2Client);
  const matching = (...filters: readonly Filter[]) =>
    pickFromPages(
      paginateDescribeInstances({ client, pageSize: 1000 }, { Filters: [...filters] }),
      ({ Reservations = [] }) => Reservations.flatMap(({ Instances = [] }) => Instances.map(neededOf)),
    );
  const failing = (check: 'system-status' | 'instance-status') => {
    const filters = [{ Name: `${check}.status`, Values: ['impaired'] }];
    return pickFromPages(
      paginateDescribeInstanceStatus({ client }, { Filters: filters }),
      ({ InstanceStatuses = [] }) => InstanceStatuses,
    );
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

function neededOf({ InstanceId, State, LaunchTime, PrivateDnsName }: Instance): Described {
  return {
    ...(InstanceId !== undefined && { InstanceId }),
    ...(State && { State }),
    ...(LaunchTime && { LaunchTime }),
    ...(PrivateDnsName !== undefined && { PrivateDnsName }),
  };
}

function instanceOf(instance: Described, checks: InstanceStatus | undefined): ObservedInstance {
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
function nodeNamesOf({ InstanceId = '', PrivateDnsName = '' }: Described): readonly string[] {
  return [PrivateDnsName, PrivateDnsName.split('.')[0] ?? '', InstanceId].filter((name) => name !== '');
}

// Whose checks do not fail is not asked about: it is well, or begins.
function checkOf(status: string | undefined): InstanceCheck {
  return status === 'impaired' || status === 'initializing' || status === 'insufficient-data' ? status : 'ok';
}
