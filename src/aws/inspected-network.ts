import { BlockList } from 'node:net';
import {
  EC2Client,
  type IpPermission,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  paginateDescribeVpcEndpoints,
  type Route,
  type RouteTable,
  type SecurityGroup,
  type Subnet,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { EndpointFacts, NetworkFacts, PortRange, SubnetFacts } from '../doctor/network-ports.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall } from './errors.ts';

const HTTPS = 443;
const ANYWHERE = '0.0.0.0/0';

/** The network that a function is in, and its ways to AWS; null: it is in none. */
export async function inspectedNetwork(home: AwsAccess, functionName: string): Promise<NetworkFacts | null> {
  const command = new GetFunctionConfigurationCommand({ FunctionName: functionName });
  const { VpcConfig, Environment } = await awsCall(home.client(LambdaClient).send(command));
  const { SubnetIds = [], SecurityGroupIds = [] } = VpcConfig ?? {};
  if (SubnetIds.length === 0) return null;
  const client = home.client(EC2Client);
  const subnets = (await allPages(paginateDescribeSubnets({ client }, { SubnetIds }))).flatMap(
    (one) => one.Subnets ?? [],
  );
  const vpc = subnets[0]?.VpcId ?? '';
  const Filters = [{ Name: 'vpc-id', Values: [vpc] }];
  const [tables, endpoints, groups] = await Promise.all([
    allPages(paginateDescribeRouteTables({ client }, { Filters })),
    allPages(paginateDescribeVpcEndpoints({ client }, { Filters })),
    allPages(paginateDescribeSecurityGroups({ client }, { Filters })),
  ]);
  const known = groups.flatMap((page) => page.SecurityGroups ?? []);
  const own = known.filter(({ GroupId = '' }) => SecurityGroupIds.includes(GroupId));
  const routeTables = tables.flatMap((page) => page.RouteTables ?? []);
  return {
    region: home.region,
    vpc,
    subnets: subnets.map((subnet) => subnetFacts(subnet, routeTables)),
    securityGroups: SecurityGroupIds,
    endpoints: endpoints
      .flatMap((page) => page.VpcEndpoints ?? [])
      .map((endpoint) => endpointFacts(endpoint, known, subnets, SecurityGroupIds)),
    outgoing: own.flatMap(({ IpPermissionsEgress = [] }) => IpPermissionsEgress).flatMap(portsOf),
    signsLinks: (Environment?.Variables?.ANSWER_URL ?? '') !== '',
  };
}

/** A subnet without a table of its own goes by the main one of its VPC. */
function subnetFacts({ SubnetId = '' }: Subnet, tables: readonly RouteTable[]): SubnetFacts {
  const own = tables.find(({ Associations = [] }) => Associations.some((one) => one.SubnetId === SubnetId));
  const table = own ?? tables.find(({ Associations = [] }) => Associations.some((one) => one.Main === true));
  const route = table?.Routes?.find((one) => one.DestinationCidrBlock === ANYWHERE);
  return {
    id: SubnetId,
    routeTable: table?.RouteTableId ?? '',
    defaultRoute: route ? targetOf(route) : '',
    blackhole: route?.State === 'blackhole',
  };
}

function targetOf(route: Route): string {
  const { NatGatewayId, TransitGatewayId, VpcPeeringConnectionId, InstanceId, NetworkInterfaceId, GatewayId } = route;
  const { CarrierGatewayId, LocalGatewayId, CoreNetworkArn } = route;
  return (
    NatGatewayId ??
    TransitGatewayId ??
    VpcPeeringConnectionId ??
    InstanceId ??
    NetworkInterfaceId ??
    GatewayId ??
    CarrierGatewayId ??
    LocalGatewayId ??
    CoreNetworkArn ??
    ''
  );
}

function endpointFacts(
  endpoint: VpcEndpoint,
  known: readonly SecurityGroup[],
  subnets: readonly Subnet[],
  own: readonly string[],
): EndpointFacts {
  const { VpcEndpointId = '', ServiceName = '', VpcEndpointType, State, PrivateDnsEnabled, RouteTableIds } = endpoint;
  const securityGroups = (endpoint.Groups ?? []).map(({ GroupId = '' }) => GroupId);
  const rules = known
    .filter(({ GroupId = '' }) => securityGroups.includes(GroupId))
    .flatMap(({ IpPermissions = [] }) => IpPermissions)
    .filter((rule) => portsOf(rule).some(({ from, to }) => from <= HTTPS && HTTPS <= to));
  const type = VpcEndpointType === 'Gateway' ? 'Gateway' : 'Interface';
  return {
    id: VpcEndpointId,
    service: ServiceName.split('.').at(-1) ?? '',
    type,
    // The documentation writes it with a capital, EC2 without.
    state: (State ?? '').toLowerCase(),
    privateDns: PrivateDnsEnabled === true,
    routeTables: RouteTableIds ?? [],
    securityGroups,
    admits: type === 'Gateway' || subnets.every((subnet) => rules.some((rule) => admits(rule, subnet, own))),
  };
}

/** What is behind a prefix list is not read, and counts as let in. */
function admits(rule: IpPermission, { CidrBlock = '' }: Subnet, own: readonly string[]): boolean {
  const { UserIdGroupPairs = [], IpRanges = [], PrefixListIds = [] } = rule;
  return (
    UserIdGroupPairs.some(({ GroupId = '' }) => own.includes(GroupId)) ||
    IpRanges.some(({ CidrIp = '' }) => contains(CidrIp, CidrBlock)) ||
    PrefixListIds.length > 0
  );
}

function contains(outer: string, inner: string): boolean {
  const [outerNet = '', outerBits = '32'] = outer.split('/');
  const [innerNet = '', innerBits = '32'] = inner.split('/');
  const list = new BlockList();
  list.addSubnet(outerNet, Number(outerBits));
  return Number(outerBits) <= Number(innerBits) && list.check(innerNet);
}

/** TCP ports that a rule is about. */
function portsOf({ IpProtocol, FromPort, ToPort }: IpPermission): readonly PortRange[] {
  if (IpProtocol === '-1') return [{ from: 0, to: 65_535 }];
  return IpProtocol === 'tcp' ? [{ from: FromPort ?? 0, to: ToPort ?? 65_535 }] : [];
}
