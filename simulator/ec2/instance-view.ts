import type { Instance, InstanceNetworkInterface, InstanceStatus, NetworkInterface } from '@aws-sdk/client-ec2';
import { type FilterView, tagFilter, tagList } from './filters.ts';
import { type InstanceRecord, stateCode, zoneOf } from './instance-record.ts';
import type { Instances } from './instances.ts';

/** An instance as DescribeInstances gives it. */
export function describeInstance(instance: InstanceRecord, instances: Instances): Instance {
  const gone = instance.state === 'terminated';
  return {
    InstanceId: instance.instanceId,
    ImageId: instance.imageId,
    State: { Code: stateCode[instance.state], Name: instance.state },
    PrivateDnsName: gone ? '' : instance.privateDnsName,
    PublicDnsName: '',
    StateTransitionReason: instance.stateTransitionReason,
    ...(instance.keyName ? { KeyName: instance.keyName } : {}),
    AmiLaunchIndex: 0,
    InstanceType: instance.instanceType as NonNullable<Instance['InstanceType']>,
    LaunchTime: new Date(instance.launchTime),
    Placement: { AvailabilityZone: zoneOf(instance), GroupName: '', Tenancy: 'default' },
    Monitoring: { State: 'disabled' },
    ...(gone
      ? {}
      : {
          SubnetId: instance.subnet.subnetId,
          VpcId: instance.subnet.vpcId,
          PrivateIpAddress: instance.privateIpAddress,
        }),
    Architecture: instances.images.all.get(instance.imageId)?.architecture ?? 'x86_64',
    ...(instance.clientToken ? { ClientToken: instance.clientToken } : {}),
    EnaSupport: true,
    Hypervisor: 'xen',
    ...(instance.profile
      ? { IamInstanceProfile: { Arn: instance.profile.arn, Id: `AIPA${instance.profile.roleName}` } }
      : {}),
    ...(instance.spot ? { InstanceLifecycle: 'spot' as const } : {}),
    NetworkInterfaces: gone ? [] : [describeAttachedInterface(instance, instances)],
    RootDeviceName: '/dev/xvda',
    RootDeviceType: 'ebs',
    BlockDeviceMappings: gone
      ? []
      : [
          {
            DeviceName: '/dev/xvda',
            Ebs: { VolumeId: instance.volumeId, Status: 'attached', DeleteOnTermination: true },
          },
        ],
    SecurityGroups: gone ? [] : securityGroupsOf(instance, instances),
    SourceDestCheck: instance.sourceDestCheck,
    ...(instance.stateReason
      ? { StateReason: { Code: instance.stateReason.code, Message: instance.stateReason.message } }
      : {}),
    Tags: tagList(instance.tags),
    VirtualizationType: 'hvm',
    PlatformDetails: 'Linux/UNIX',
    UsageOperation: 'RunInstances',
  };
}

/** How an instance answers the filters of DescribeInstances and DescribeInstanceStatus that this EC2 knows. */
export function instanceFilters(instance: InstanceRecord): FilterView {
  // A terminated instance has no network any more, as in describeInstance.
  const gone = instance.state === 'terminated';
  const own: Readonly<Record<string, string | undefined>> = {
    'instance-id': instance.instanceId,
    'image-id': instance.imageId,
    'instance-type': instance.instanceType,
    'instance-state-name': instance.state,
    'instance-state-code': String(stateCode[instance.state]),
    'availability-zone': zoneOf(instance),
    'subnet-id': gone ? '' : instance.subnet.subnetId,
    'vpc-id': gone ? '' : instance.subnet.vpcId,
    'private-ip-address': gone ? '' : instance.privateIpAddress,
    'private-dns-name': gone ? '' : instance.privateDnsName,
    'iam-instance-profile.arn': instance.profile?.arn ?? '',
    'key-name': instance.keyName ?? '',
    'instance-lifecycle': instance.spot ? 'spot' : '',
    'reservation-id': instance.reservationId,
    'client-token': instance.clientToken ?? '',
  };
  return (name) => {
    const value = own[name];
    if (name === 'network-interface.addresses.private-ip-address') {
      return gone ? [] : [instance.privateIpAddress, ...instance.extras.secondaryAddresses];
    }
    return value === undefined ? tagFilter(name, instance.tags) : value === '' ? [] : [value];
  };
}

/** Status checks as DescribeInstanceStatus gives them. */
export function describeStatus(instance: InstanceRecord, instances: Instances): InstanceStatus {
  const now = instances.world.now();
  const checks = (which: 'system' | 'instance') => {
    if (instance.state !== 'running') return { Status: 'not-applicable' as const, Details: [] };
    const noticed = instance.impaired === which && now >= instance.impairedSeenAt;
    const failing = noticed || instances.zoneIsDark(zoneOf(instance));
    const settled = now >= instance.statusOkAt;
    const status = failing ? 'impaired' : settled ? 'ok' : 'initializing';
    const reachability = failing ? 'failed' : settled ? 'passed' : 'initializing';
    return { Status: status, Details: [{ Name: 'reachability', Status: reachability }] } as const;
  };
  const system = checks('system');
  const own = checks('instance');
  return {
    InstanceId: instance.instanceId,
    AvailabilityZone: zoneOf(instance),
    InstanceState: { Code: stateCode[instance.state], Name: instance.state },
    SystemStatus: { Status: system.Status, Details: [...system.Details] },
    InstanceStatus: { Status: own.Status, Details: [...own.Details] },
    Events: [...instance.scheduledEvents],
  };
}

/** The primary interface as DescribeNetworkInterfaces gives it. */
export function describeInterface(instance: InstanceRecord, instances: Instances): NetworkInterface {
  return {
    ...interfaceFields(instance, instances),
    Attachment: {
      InstanceId: instance.instanceId,
      InstanceOwnerId: instances.account,
      DeviceIndex: 0,
      Status: 'attached',
    },
    AvailabilityZone: zoneOf(instance),
    TagSet: [],
  };
}

function describeAttachedInterface(instance: InstanceRecord, instances: Instances): InstanceNetworkInterface {
  return {
    ...interfaceFields(instance, instances),
    Attachment: { DeviceIndex: 0, NetworkCardIndex: 0, Status: 'attached', DeleteOnTermination: true },
  };
}

function addressesOf(instance: InstanceRecord) {
  const primary = {
    Primary: true,
    PrivateIpAddress: instance.privateIpAddress,
    PrivateDnsName: instance.privateDnsName,
  };
  return [
    primary,
    ...instance.extras.secondaryAddresses.map((PrivateIpAddress) => ({ Primary: false, PrivateIpAddress })),
  ];
}

function securityGroupsOf(instance: InstanceRecord, instances: Instances) {
  return instance.securityGroupIds.map((GroupId) => ({
    GroupId,
    GroupName: instances.network.securityGroups.get(GroupId)?.groupName ?? GroupId,
  }));
}

/** What DescribeNetworkInterfaces and DescribeInstances say alike of an interface. */
function interfaceFields(instance: InstanceRecord, instances: Instances) {
  return {
    NetworkInterfaceId: instance.networkInterfaceId,
    Groups: securityGroupsOf(instance, instances),
    InterfaceType: 'interface',
    MacAddress: instance.macAddress,
    OwnerId: instances.account,
    PrivateDnsName: instance.privateDnsName,
    PrivateIpAddress: instance.privateIpAddress,
    PrivateIpAddresses: addressesOf(instance),
    Ipv4Prefixes: instance.extras.prefixes.map((Ipv4Prefix) => ({ Ipv4Prefix })),
    SourceDestCheck: instance.sourceDestCheck,
    Status: 'in-use',
    SubnetId: instance.subnet.subnetId,
    VpcId: instance.subnet.vpcId,
  } as const;
}
