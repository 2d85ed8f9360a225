import type * as Ec2 from '@aws-sdk/client-ec2';
import { pageOf } from '../cloud/pages.ts';
import type { Operations } from '../cloud/service.ts';
import { AwsError } from '../cloud/service.ts';
import { chosen } from './chosen.ts';
import { matchesFilters, tagFilter, tagList } from './filters.ts';
import type { InstanceRecord } from './instance-record.ts';
import { describeInterface } from './instance-view.ts';
import type { Instances } from './instances.ts';
import type { SubnetRecord } from './network.ts';

/** The operations on what instances are put into: VPCs, subnets, security groups, zones, interfaces, images. */
export function networkOperations(instances: Instances): Operations<typeof Ec2> {
  const { network, account, region } = instances;
  return {
    DescribeVpcs: {
      run: (input) => {
        const vpcs = chosen(
          network.vpcs,
          input.VpcIds,
          (id) => new AwsError('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`),
        );
        const found = vpcs.filter((vpc) =>
          matchesFilters(input.Filters, (name) =>
            own(name, { 'vpc-id': vpc.vpcId, cidr: vpc.cidrBlock, state: 'available' }, vpc.tags),
          ),
        );
        return {
          Vpcs: found.map((vpc) => ({
            VpcId: vpc.vpcId,
            CidrBlock: vpc.cidrBlock,
            State: 'available' as const,
            OwnerId: account,
            IsDefault: false,
            Tags: tagList(vpc.tags),
          })),
        };
      },
    },
    DescribeSubnets: {
      run: (input) => {
        const subnets = input.SubnetIds?.length
          ? input.SubnetIds.map((id) => network.subnet(id))
          : [...network.subnets.values()];
        const found = subnets.filter((subnet) => matchesFilters(input.Filters, subnetFilters(subnet)));
        const page = pageOf(found, input.MaxResults, input.NextToken);
        return {
          Subnets: page.items.map((subnet) => describeSubnet(subnet, instances)),
          ...(page.next ? { NextToken: page.next } : {}),
        };
      },
    },
    DescribeSecurityGroups: {
      run: (input) => {
        const groups = chosen(
          network.securityGroups,
          input.GroupIds,
          (id) => new AwsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`),
        );
        const found = groups.filter((group) =>
          matchesFilters(input.Filters, (name) =>
            own(name, { 'group-id': group.groupId, 'group-name': group.groupName, 'vpc-id': group.vpcId }, group.tags),
          ),
        );
        return {
          SecurityGroups: found.map((group) => ({
            GroupId: group.groupId,
            GroupName: group.groupName,
            VpcId: group.vpcId,
            Description: group.description,
            OwnerId: account,
            IpPermissions: [...group.ingress],
            IpPermissionsEgress: [...group.egress],
            Tags: tagList(group.tags),
          })),
        };
      },
    },
    DescribeAvailabilityZones: {
      run: (input) => {
        const zones = [...new Set([...network.subnets.values()].map((subnet) => subnet.availabilityZone))].sort();
        const unknown = input.ZoneNames?.find((zone) => !zones.includes(zone));
        if (unknown) throw new AwsError('InvalidParameterValue', `Invalid availability zone: [${unknown}]`);
        const found = zones
          .filter((zone) => !input.ZoneNames?.length || input.ZoneNames.includes(zone))
          .map((zone) => ({ zone, state: instances.zoneIsDark(zone) ? ('impaired' as const) : ('available' as const) }))
          .filter(({ zone, state }) =>
            matchesFilters(input.Filters, (name) =>
              own(name, { 'zone-name': zone, state, 'region-name': region }, new Map()),
            ),
          );
        return {
          AvailabilityZones: found.map(({ zone, state }) => ({
            ZoneName: zone,
            State: state,
            RegionName: region,
            OptInStatus: 'opt-in-not-required' as const,
            ZoneType: 'availability-zone',
            Messages: [],
          })),
        };
      },
    },
    DescribeNetworkInterfaces: {
      run: (input) => {
        const all = [...instances.all.values()].filter((i) => i.state !== 'terminated' && instances.isVisible(i));
        const unknown = input.NetworkInterfaceIds?.find((id) => !all.some((i) => i.networkInterfaceId === id));
        if (unknown) {
          throw new AwsError(
            'InvalidNetworkInterfaceID.NotFound',
            `The networkInterface ID '${unknown}' does not exist`,
          );
        }
        const found = all
          .filter((i) => !input.NetworkInterfaceIds?.length || input.NetworkInterfaceIds.includes(i.networkInterfaceId))
          .filter((i) => matchesFilters(input.Filters, interfaceFilters(i)));
        const page = pageOf(found, input.MaxResults, input.NextToken);
        return {
          NetworkInterfaces: page.items.map((i) => describeInterface(i, instances)),
          ...(page.next ? { NextToken: page.next } : {}),
        };
      },
    },
    DescribeImages: {
      run: (input) => {
        const images = chosen(
          instances.images.all,
          input.ImageIds,
          (id) => new AwsError('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`),
        );
        const found = images
          .filter(
            (i) =>
              !input.Owners?.length ||
              input.Owners.includes(i.ownerId) ||
              (input.Owners.includes('self') && i.ownerId === account),
          )
          .filter((image) =>
            matchesFilters(input.Filters, (name) =>
              own(
                name,
                {
                  'image-id': image.imageId,
                  name: image.name,
                  architecture: image.architecture,
                  state: 'available',
                  'owner-id': image.ownerId,
                },
                image.tags,
              ),
            ),
          );
        return {
          Images: found.map((image) => ({
            ImageId: image.imageId,
            Name: image.name,
            Description: image.description,
            CreationDate: image.creationDate,
            OwnerId: image.ownerId,
            Architecture: image.architecture,
            State: 'available' as const,
            RootDeviceName: '/dev/xvda',
            RootDeviceType: 'ebs' as const,
            Public: false,
            Tags: tagList(image.tags),
          })),
        };
      },
    },
  };
}

function own(
  name: string,
  values: Readonly<Record<string, string>>,
  tags: ReadonlyMap<string, string>,
): readonly string[] | undefined {
  const value = values[name];
  return value === undefined ? tagFilter(name, tags) : [value];
}

function subnetFilters(subnet: SubnetRecord) {
  const values = {
    'subnet-id': subnet.subnetId,
    'vpc-id': subnet.vpcId,
    'availability-zone': subnet.availabilityZone,
    'cidr-block': subnet.cidrBlock,
    state: 'available',
  };
  return (name: string) => own(name, values, subnet.tags);
}

function interfaceFilters(instance: InstanceRecord) {
  const values = {
    'network-interface-id': instance.networkInterfaceId,
    'attachment.instance-id': instance.instanceId,
    'subnet-id': instance.subnet.subnetId,
    'vpc-id': instance.subnet.vpcId,
    'availability-zone': instance.subnet.availabilityZone,
    'private-ip-address': instance.privateIpAddress,
    status: 'in-use',
  };
  return (name: string) =>
    name === 'addresses.private-ip-address'
      ? [instance.privateIpAddress, ...instance.extras.secondaryAddresses]
      : own(name, values, new Map());
}

function describeSubnet(subnet: SubnetRecord, instances: Instances): Ec2.Subnet {
  return {
    SubnetId: subnet.subnetId,
    SubnetArn: `arn:aws:ec2:${instances.region}:${instances.account}:subnet/${subnet.subnetId}`,
    VpcId: subnet.vpcId,
    CidrBlock: subnet.cidrBlock,
    AvailabilityZone: subnet.availabilityZone,
    AvailableIpAddressCount: instances.network.freeAddresses(subnet),
    State: 'available',
    OwnerId: instances.account,
    DefaultForAz: false,
    MapPublicIpOnLaunch: false,
    Tags: tagList(subnet.tags),
  };
}
