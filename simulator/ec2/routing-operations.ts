import type * as Ec2 from '@aws-sdk/client-ec2';
import { pageOf } from '../cloud/pages.ts';
import type { Operations } from '../cloud/service.ts';
import { AwsError } from '../cloud/service.ts';
import { chosen } from './chosen.ts';
import { matchesFilters, tagFilter, tagList } from './filters.ts';
import type { Instances } from './instances.ts';
import type { RouteRecord, RouteTableRecord, VpcEndpointRecord } from './routing.ts';

/** Which field of a route its target stands in, by the beginning of its id. */
const TARGET_FIELDS = {
  nat: 'NatGatewayId',
  tgw: 'TransitGatewayId',
  pcx: 'VpcPeeringConnectionId',
  eni: 'NetworkInterfaceId',
  igw: 'GatewayId',
  vgw: 'GatewayId',
} as const satisfies Readonly<Record<string, keyof Ec2.Route>>;

/** DescribeRouteTables and DescribeVpcEndpoints: how what is in subnets reaches what is outside. */
export function routingOperations({ network, account }: Instances): Operations<typeof Ec2> {
  const { routing } = network;
  return {
    DescribeRouteTables: {
      run: (input) => {
        const tables = chosen(
          routing.routeTables,
          input.RouteTableIds,
          (id) => new AwsError('InvalidRouteTableID.NotFound', `The routeTable ID '${id}' does not exist`),
        );
        const found = tables.filter((table) => matchesFilters(input.Filters, tableFilters(table)));
        const page = pageOf(found, input.MaxResults, input.NextToken);
        return {
          RouteTables: page.items.map((table) => describeTable(table, account)),
          ...(page.next ? { NextToken: page.next } : {}),
        };
      },
    },
    DescribeVpcEndpoints: {
      run: (input) => {
        const endpoints = chosen(
          routing.vpcEndpoints,
          input.VpcEndpointIds,
          (id) => new AwsError('InvalidVpcEndpointId.NotFound', `The Vpc Endpoint Id '${id}' does not exist`),
        );
        const found = endpoints.filter((endpoint) => matchesFilters(input.Filters, endpointFilters(endpoint)));
        const page = pageOf(found, input.MaxResults, input.NextToken);
        return {
          VpcEndpoints: page.items.map((endpoint) =>
            describeEndpoint(endpoint, account, (id) => network.securityGroups.get(id)?.groupName ?? id),
          ),
          ...(page.next ? { NextToken: page.next } : {}),
        };
      },
    },
  };
}

function tableFilters({ routeTableId, vpcId, main, subnetIds, tags }: RouteTableRecord) {
  const values: Readonly<Record<string, readonly string[]>> = {
    'route-table-id': [routeTableId],
    'vpc-id': [vpcId],
    'association.main': [String(main)],
    'association.subnet-id': [...subnetIds],
  };
  return (name: string) => values[name] ?? tagFilter(name, tags);
}

function endpointFilters({ vpcEndpointId, vpcId, serviceName, type, state, tags }: VpcEndpointRecord) {
  const values: Readonly<Record<string, readonly string[]>> = {
    'vpc-endpoint-id': [vpcEndpointId],
    'vpc-id': [vpcId],
    'service-name': [serviceName],
    'vpc-endpoint-type': [type],
    'vpc-endpoint-state': [state],
  };
  return (name: string) => values[name] ?? tagFilter(name, tags);
}

function describeTable(
  { routeTableId, vpcId, cidrBlock, main, routes, subnetIds, tags }: RouteTableRecord,
  OwnerId: string,
): Ec2.RouteTable {
  const association = (more: Pick<Ec2.RouteTableAssociation, 'Main' | 'SubnetId'>): Ec2.RouteTableAssociation => ({
    RouteTableAssociationId: `rtbassoc-${(more.SubnetId ?? routeTableId).replace(/^[a-z]+-/, '')}`,
    RouteTableId: routeTableId,
    AssociationState: { State: 'associated' },
    ...more,
  });
  return {
    RouteTableId: routeTableId,
    VpcId: vpcId,
    OwnerId,
    PropagatingVgws: [],
    Routes: [
      { DestinationCidrBlock: cidrBlock, GatewayId: 'local', Origin: 'CreateRouteTable', State: 'active' },
      ...routes.map(describeRoute),
    ],
    Associations: [
      ...(main ? [association({ Main: true })] : []),
      ...[...subnetIds].map((SubnetId) => association({ Main: false, SubnetId })),
    ],
    Tags: tagList(tags),
  };
}

function describeRoute({ destination, target, state }: RouteRecord): Ec2.Route {
  const field = TARGET_FIELDS[target.split('-')[0] as keyof typeof TARGET_FIELDS];
  return { DestinationCidrBlock: destination, [field]: target, Origin: 'CreateRoute', State: state };
}

function describeEndpoint(
  endpoint: VpcEndpointRecord,
  OwnerId: string,
  groupName: (id: string) => string,
): Ec2.VpcEndpoint {
  const { vpcEndpointId, vpcId, serviceName, type, state, privateDns } = endpoint;
  const { subnetIds, securityGroupIds, routeTableIds, tags } = endpoint;
  return {
    VpcEndpointId: vpcEndpointId,
    VpcEndpointType: type,
    VpcId: vpcId,
    ServiceName: serviceName,
    // EC2 answers in camel case, whatever the SDK's names of states are.
    State: state as Ec2.State,
    PrivateDnsEnabled: privateDns,
    RequesterManaged: false,
    RouteTableIds: [...routeTableIds],
    SubnetIds: [...subnetIds],
    Groups: securityGroupIds.map((GroupId) => ({ GroupId, GroupName: groupName(GroupId) })),
    NetworkInterfaceIds: [],
    DnsEntries: [],
    OwnerId,
    Tags: tagList(tags),
  };
}
