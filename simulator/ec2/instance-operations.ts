import type * as Ec2 from '@aws-sdk/client-ec2';
import { pageOf } from '../cloud/pages.ts';
import type { Access, Operations } from '../cloud/service.ts';
import { AwsError } from '../cloud/service.ts';
import { requestTagContext, resourceTagContext } from '../cloud/tag-context.ts';
import { matchesFilters } from './filters.ts';
import { type InstanceRecord, stateCode } from './instance-record.ts';
import { describeInstance, describeStatus, instanceFilters } from './instance-view.ts';
import type { Instances } from './instances.ts';
import { launchRequest } from './launch-request.ts';
import type { LaunchTemplates } from './launch-templates.ts';

/** The operations on instances. Access follows the Service Authorization Reference for Amazon EC2. */
export function instanceOperations(instances: Instances, templates: LaunchTemplates): Operations<typeof Ec2> {
  const access = (action: string, ids: readonly string[] | undefined): Access[] =>
    (ids ?? []).map((id) => instanceAccess(instances, `ec2:${action}`, id));
  const visible = (ids: readonly string[] | undefined) => instances.visibleAll(ids ?? []);
  return {
    RunInstances: {
      access: (input) => runAccess(input, instances, templates),
      run: (input) => {
        const request = launchRequest(input, templates, instances.network);
        const reservationId = `r-0${instances.world.random.for('ec2:reservation-id').hex(16)}`;
        const repeated = alreadyLaunched(instances, input.ClientToken);
        const launched =
          repeated.length > 0
            ? repeated
            : Array.from({ length: input.MaxCount ?? 1 }, () => instances.run(request, reservationId));
        return {
          ReservationId: launched[0]?.reservationId ?? reservationId,
          OwnerId: instances.account,
          Groups: [],
          Instances: launched.map((i) => describeInstance(i, instances)),
        };
      },
    },
    DescribeInstances: {
      run: (input) => {
        const named = input.InstanceIds?.length ? visible(input.InstanceIds) : visibleOf(instances);
        const found = named.filter((i) => matchesFilters(input.Filters, instanceFilters(i)));
        const page = pageOf(found, input.MaxResults, input.NextToken);
        return { Reservations: reservationsOf(page.items, instances), ...(page.next ? { NextToken: page.next } : {}) };
      },
    },
    DescribeInstanceStatus: {
      run: (input) => {
        const named = input.InstanceIds?.length ? visible(input.InstanceIds) : visibleOf(instances);
        const found = named
          .filter((i) => input.IncludeAllInstances || i.state === 'running')
          .filter((i) => matchesFilters(input.Filters, statusFilters(i, instances)));
        const page = pageOf(found, input.MaxResults, input.NextToken);
        return {
          InstanceStatuses: page.items.map((i) => describeStatus(i, instances)),
          ...(page.next ? { NextToken: page.next } : {}),
        };
      },
    },
    TerminateInstances: {
      access: (input) => access('TerminateInstances', input.InstanceIds),
      run: (input) => {
        const named = visible(input.InstanceIds);
        const locked = named.find((i) => i.disableApiTermination);
        if (locked) {
          throw new AwsError(
            'OperationNotPermitted',
            `The instance '${locked.instanceId}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
          );
        }
        return { TerminatingInstances: named.map((i) => change(i, () => instances.terminate(i))) };
      },
    },
    StopInstances: {
      access: (input) => access('StopInstances', input.InstanceIds),
      run: (input) => ({
        StoppingInstances: visible(input.InstanceIds).map((i) => change(i, () => instances.stop(i))),
      }),
    },
    StartInstances: {
      access: (input) => access('StartInstances', input.InstanceIds),
      run: (input) => ({
        StartingInstances: visible(input.InstanceIds).map((i) => change(i, () => instances.start(i))),
      }),
    },
    RebootInstances: {
      access: (input) => access('RebootInstances', input.InstanceIds),
      run: (input) => {
        for (const instance of visible(input.InstanceIds)) instances.reboot(instance);
        return {};
      },
    },
    GetConsoleOutput: {
      access: (input) => access('GetConsoleOutput', [input.InstanceId ?? '']),
      run: (input) => {
        const { machine, instanceId } = instances.visible(input.InstanceId ?? '');
        return {
          InstanceId: instanceId,
          Timestamp: new Date(machine.consoleAt || instances.world.now()),
          Output: Buffer.from(machine.consoleText).toString('base64'),
        };
      },
    },
    DescribeInstanceAttribute: {
      access: (input) => access('DescribeInstanceAttribute', [input.InstanceId ?? '']),
      run: (input) => ({
        InstanceId: input.InstanceId,
        ...attribute(instances.visible(input.InstanceId ?? ''), input.Attribute),
      }),
    },
    ModifyInstanceAttribute: {
      access: (input) => access('ModifyInstanceAttribute', [input.InstanceId ?? '']),
      run: (input) => {
        modify(instances.visible(input.InstanceId ?? ''), input);
        return {};
      },
    },
    DescribeVolumes: {
      run: (input) => {
        const volumes = visibleOf(instances)
          .filter((i) => i.state !== 'terminated')
          .filter((i) => !input.VolumeIds?.length || input.VolumeIds.includes(i.volumeId))
          .filter((i) => matchesFilters(input.Filters, volumeFilters(i)));
        return { Volumes: volumes.map(describeVolume) };
      },
    },
  };
}

function visibleOf(instances: Instances): InstanceRecord[] {
  return [...instances.all.values()].filter((i) => instances.isVisible(i));
}

// A client token makes RunInstances idempotent (EC2 API reference, "Ensuring idempotency").
function alreadyLaunched(instances: Instances, clientToken: string | undefined): InstanceRecord[] {
  if (clientToken === undefined) return [];
  return [...instances.all.values()].filter((i) => i.clientToken === clientToken);
}

function reservationsOf(found: readonly InstanceRecord[], instances: Instances) {
  const byReservation = Map.groupBy(found, (i) => i.reservationId);
  return [...byReservation].map(([ReservationId, members]) => ({
    ReservationId,
    OwnerId: instances.account,
    Groups: [],
    Instances: members.map((i) => describeInstance(i, instances)),
  }));
}

function change(instance: InstanceRecord, act: () => void) {
  const before = instance.state;
  act();
  return {
    InstanceId: instance.instanceId,
    PreviousState: { Code: stateCode[before], Name: before },
    CurrentState: { Code: stateCode[instance.state], Name: instance.state },
  };
}

function statusFilters(instance: InstanceRecord, instances: Instances) {
  const status = describeStatus(instance, instances);
  const own = instanceFilters(instance);
  const states: Readonly<Record<string, string | undefined>> = {
    'instance-status.status': status.InstanceStatus?.Status,
    'instance-status.reachability': status.InstanceStatus?.Details?.[0]?.Status,
    'system-status.status': status.SystemStatus?.Status,
    'system-status.reachability': status.SystemStatus?.Details?.[0]?.Status,
  };
  return (name: string) => {
    const value = states[name];
    return value === undefined ? own(name) : [value];
  };
}

function attribute(instance: InstanceRecord, name: string | undefined) {
  switch (name) {
    case 'userData':
      return { UserData: instance.userData === '' ? {} : { Value: instance.userData } };
    case 'disableApiTermination':
      return { DisableApiTermination: { Value: instance.disableApiTermination } };
    case 'sourceDestCheck':
      return { SourceDestCheck: { Value: instance.sourceDestCheck } };
    case 'instanceType':
      return { InstanceType: { Value: instance.instanceType } };
    case 'instanceInitiatedShutdownBehavior':
      return { InstanceInitiatedShutdownBehavior: { Value: instance.shutdownBehavior } };
    case 'groupSet':
      return { Groups: instance.securityGroupIds.map((GroupId) => ({ GroupId })) };
    default:
      throw new AwsError('NotImplemented', `DescribeInstanceAttribute of '${name ?? ''}' is not supported.`, {
        status: 501,
      });
  }
}

function modify(instance: InstanceRecord, input: Ec2.ModifyInstanceAttributeRequest): void {
  const { SourceDestCheck, DisableApiTermination, UserData } = input;
  if (!SourceDestCheck && !DisableApiTermination && !UserData) {
    throw new AwsError(
      'NotImplemented',
      'ModifyInstanceAttribute supports sourceDestCheck, disableApiTermination and userData.',
      { status: 501 },
    );
  }
  if (UserData && instance.state !== 'stopped') {
    throw new AwsError(
      'IncorrectInstanceState',
      `The instance '${instance.instanceId}' is not in the 'stopped' state.`,
    );
  }
  if (SourceDestCheck) instance.sourceDestCheck = SourceDestCheck.Value ?? true;
  if (DisableApiTermination) instance.disableApiTermination = DisableApiTermination.Value ?? false;
  if (UserData) instance.userData = Buffer.from(UserData.Value ?? new Uint8Array()).toString('base64');
}

function describeVolume(instance: InstanceRecord): Ec2.Volume {
  return {
    VolumeId: instance.volumeId,
    AvailabilityZone: instance.subnet.availabilityZone,
    State: 'in-use',
    Size: 20,
    VolumeType: 'gp3',
    Encrypted: true,
    Attachments: [
      {
        VolumeId: instance.volumeId,
        InstanceId: instance.instanceId,
        Device: '/dev/xvda',
        State: 'attached',
        DeleteOnTermination: true,
      },
    ],
    Tags: [],
  };
}

function volumeFilters(instance: InstanceRecord) {
  const values: Readonly<Record<string, string>> = {
    'attachment.instance-id': instance.instanceId,
    'volume-id': instance.volumeId,
    'availability-zone': instance.subnet.availabilityZone,
    'attachment.device': '/dev/xvda',
    status: 'in-use',
  };
  return (name: string) => (values[name] === undefined ? undefined : [values[name]]);
}

function instanceAccess(instances: Instances, action: string, instanceId: string): Access {
  const instance = instances.all.get(instanceId);
  const resource = `arn:aws:ec2:${instances.region}:${instances.account}:instance/${instanceId}`;
  return { action, resource, ...(instance ? { context: resourceTagContext('ec2', instance.tags) } : {}) };
}

// RunInstances touches an instance, its interface and volume, and uses an image, a subnet, security groups and a template.
function runAccess(input: Ec2.RunInstancesRequest, instances: Instances, templates: LaunchTemplates): Access[] {
  const arn = (resource: string) => `arn:aws:ec2:${instances.region}:${instances.account}:${resource}`;
  const request = launchRequest(input, templates, instances.network);
  const tags = (input.TagSpecifications ?? [])
    .filter((s) => s.ResourceType === 'instance')
    .flatMap((s) => s.Tags ?? []);
  const action = 'ec2:RunInstances';
  const imageId = instances.images.resolve(request.imageId).imageId;
  return [
    {
      action,
      resource: arn('instance/*'),
      context: { ...requestTagContext(tags), 'ec2:InstanceType': request.instanceType },
    },
    { action, resource: `arn:aws:ec2:${instances.region}::image/${imageId}` },
    { action, resource: arn(`subnet/${request.subnetId}`) },
    { action, resource: arn('network-interface/*') },
    { action, resource: arn('volume/*') },
    ...(request.securityGroupIds ?? []).map((id) => ({ action, resource: arn(`security-group/${id}`) })),
    ...(input.LaunchTemplate
      ? [{ action, resource: arn(`launch-template/${templates.find(input.LaunchTemplate).id}`) }]
      : []),
    ...(tags.length > 0
      ? [
          {
            action: 'ec2:CreateTags',
            resource: arn('instance/*'),
            context: { ...requestTagContext(tags), 'ec2:CreateAction': 'RunInstances' },
          },
        ]
      : []),
    ...(request.instanceProfile
      ? [
          {
            action: 'iam:PassRole',
            resource: instances.roleArnOf(request.instanceProfile),
            context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
          },
        ]
      : []),
  ];
}
