import { expect, it } from 'vitest';
import { inspectedNetwork } from '../../../src/aws/inspected-network.ts';
import { scriptedAws } from './scripted-aws.ts';

const rule = (change: object) => ({ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, ...change });
const anywhere = { IpRanges: [{ CidrIp: '0.0.0.0/0' }] };

/** A VPC with two subnets of functions, and an endpoint whose group has this rule. */
function inspected(ingress: readonly object[], more: object = {}) {
  const answers = {
    GetFunctionConfiguration: {
      VpcConfig: { SubnetIds: ['subnet-1', 'subnet-2'], SecurityGroupIds: ['sg-own'] },
      Environment: { Variables: { ANSWER_URL: 'https://answers.example' } },
    },
    DescribeSubnets: {
      Subnets: [
        { SubnetId: 'subnet-1', VpcId: 'vpc-1', CidrBlock: '10.0.16.0/20' },
        { SubnetId: 'subnet-2', VpcId: 'vpc-1', CidrBlock: '10.0.32.0/20' },
      ],
    },
    DescribeRouteTables: {
      RouteTables: [
        {
          RouteTableId: 'rtb-main',
          Associations: [{ Main: true }],
          Routes: [{ DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local', State: 'active' }],
        },
        {
          RouteTableId: 'rtb-1',
          Associations: [{ Main: false, SubnetId: 'subnet-1' }],
          Routes: [{ DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-1', State: 'blackhole' }],
        },
      ],
    },
    DescribeVpcEndpoints: {
      VpcEndpoints: [
        {
          VpcEndpointId: 'vpce-1',
          ServiceName: 'com.amazonaws.us-east-1.ssm',
          VpcEndpointType: 'Interface',
          State: 'available',
          PrivateDnsEnabled: true,
          Groups: [{ GroupId: 'sg-endpoint' }],
        },
      ],
    },
    DescribeSecurityGroups: {
      SecurityGroups: [
        { GroupId: 'sg-own', IpPermissionsEgress: [rule({ ...anywhere, FromPort: 400, ToPort: 500 })] },
        { GroupId: 'sg-endpoint', IpPermissions: ingress },
        { GroupId: 'sg-stranger', IpPermissions: [rule(anywhere)], IpPermissionsEgress: [rule(anywhere)] },
      ],
    },
    ...more,
  };
  const script = Object.entries(answers).map(([operation, answer]) => [operation, () => answer]);
  return inspectedNetwork(scriptedAws(Object.fromEntries(script)), 'tender-dev-check-health');
}

it('says of a network which way out each subnet has, and what may go out', async () => {
  expect(await inspected([rule(anywhere)])).toMatchObject({
    vpc: 'vpc-1',
    subnets: [
      { id: 'subnet-1', routeTable: 'rtb-1', defaultRoute: 'nat-1', blackhole: true },
      { id: 'subnet-2', routeTable: 'rtb-main', defaultRoute: '', blackhole: false },
    ],
    securityGroups: ['sg-own'],
    endpoints: [
      { id: 'vpce-1', service: 'ssm', type: 'Interface', state: 'available', privateDns: true, admits: true },
    ],
    outgoing: [{ from: 400, to: 500 }],
    signsLinks: true,
  });
});

it.each([
  ['everybody', [rule(anywhere)], true],
  ['the functions’ own group', [rule({ UserIdGroupPairs: [{ GroupId: 'sg-own' }] })], true],
  ['both subnets, one by one', [rule({ IpRanges: [{ CidrIp: '10.0.16.0/20' }, { CidrIp: '10.0.32.0/20' }] })], true],
  ['all protocols', [{ IpProtocol: '-1', ...anywhere }], true],
  ['one of two subnets', [rule({ IpRanges: [{ CidrIp: '10.0.16.0/20' }] })], false],
  ['half of a subnet', [rule({ IpRanges: [{ CidrIp: '10.0.16.0/21' }, { CidrIp: '10.0.32.0/20' }] })], false],
  ['another group', [rule({ UserIdGroupPairs: [{ GroupId: 'sg-stranger' }] })], false],
  ['another port', [rule({ ...anywhere, FromPort: 80, ToPort: 80 })], false],
  ['another protocol', [rule({ ...anywhere, IpProtocol: 'udp' })], false],
  ['nobody', [], false],
])('says of an endpoint that lets in %s whether the functions get in', async (_, ingress, admits) => {
  expect((await inspected(ingress))?.endpoints[0]?.admits).toBe(admits);
});

it('says that a function is in no network', async () => {
  expect(await inspected([], { GetFunctionConfiguration: { VpcConfig: { SubnetIds: [] } } })).toBeNull();
  expect(await inspected([], { GetFunctionConfiguration: {} })).toBeNull();
});
