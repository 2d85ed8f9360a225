import {
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  EC2Client,
  RebootInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { InstanceCheck, SickInstances } from '../repairs/ports.ts';
import type { AwsAccess, AwsClientSettings } from './aws-access.ts';
import { instanceOf } from './ec2-instances.ts';
import { awsCall, awsCallUnless } from './errors.ts';
import { LOOKS_ONCE, lookBefore } from './look-before.ts';

const NOT_THERE = 'InvalidInstanceID.NotFound';

class LookingClient extends EC2Client {
  constructor(settings: AwsClientSettings) {
    super({ ...settings, ...LOOKS_ONCE });
  }
}

/** What EC2 says of an instance that may be sick: where it is, and its two status checks. */
export function sickInstances(aws: AwsAccess): SickInstances {
  const ec2 = aws.client(EC2Client);
  return {
    async find(instanceId) {
      const [{ Reservations = [] }, statuses] = await Promise.all([
        // By filter and not by id: one that is forgotten is an empty answer.
        awsCall(ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: 'instance-id', Values: [instanceId] }] }))),
        awsCallUnless([NOT_THERE], ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: [instanceId] }))),
      ]);
      const [{ OwnerId = '', Instances: [described] = [] } = {}] = Reservations;
      if (!described) return undefined;
      const instance = instanceOf(described, aws.region, OwnerId);
      const status = statuses?.InstanceStatuses?.[0];
      return {
        instanceId,
        state: instance.state,
        zone: instance.availabilityZone,
        ipAddress: instance.privateIpAddress,
        addresses: instance.addresses,
        dnsNames: instance.dnsNames,
        tags: Object.fromEntries((described.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
        systemStatus: checkOf(status?.SystemStatus?.Status),
        instanceStatus: checkOf(status?.InstanceStatus?.Status),
      };
    },
    async reboot(instanceId) {
      await lookBefore(instanceId, (options) =>
        aws.client(LookingClient).send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }), options),
      );
      const command = new RebootInstancesCommand({ InstanceIds: [instanceId] });
      const answer = await awsCallUnless([NOT_THERE, 'IncorrectInstanceState'], ec2.send(command));
      return answer ? 'rebooting' : 'not-running';
    },
  };
}

// Absent where the instance does not run: EC2 gives the checks of running ones only.
function checkOf(status: string | undefined): InstanceCheck {
  switch (status) {
    case 'ok':
    case 'impaired':
    case 'initializing':
    case 'insufficient-data':
      return status;
    default:
      return 'not-applicable';
  }
}
