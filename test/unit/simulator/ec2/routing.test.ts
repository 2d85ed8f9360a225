import { expect, test } from 'vitest';
import { ec2Service } from '../../../../simulator/ec2/service.ts';
import { buildFleet, call } from '../../../support/fleet-builder.ts';

function routed() {
  const built = buildFleet();
  const service = ec2Service(built.fleet.instances, built.fleet.templates);
  const { network } = built.fleet;
  const [vpcId = ''] = network.vpcs.keys();
  const [subnetId = ''] = network.subnets.keys();
  return {
    network,
    vpcId,
    subnetId,
    ec2: (operation: string, input: object) => call(built, service, operation, input),
  };
}

test('a VPC has a main route table with its local route, and subnets on others are found by their association', async () => {
  const { network, vpcId, subnetId, ec2 } = routed();
  const table = network.routing.addRouteTable(vpcId, '10.0.0.0/16', [subnetId]);
  table.routes.push({ destination: '0.0.0.0/0', target: 'nat-1', state: 'active' });

  expect(await ec2('DescribeRouteTables', { Filters: [{ Name: 'association.main', Values: ['true'] }] })).toMatchObject(
    {
      RouteTables: [
        {
          VpcId: vpcId,
          Routes: [
            { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local', Origin: 'CreateRouteTable', State: 'active' },
          ],
          Associations: [{ Main: true, AssociationState: { State: 'associated' } }],
        },
      ],
    },
  );
  expect(
    await ec2('DescribeRouteTables', { Filters: [{ Name: 'association.subnet-id', Values: [subnetId] }] }),
  ).toMatchObject({
    RouteTables: [
      {
        RouteTableId: table.routeTableId,
        Routes: [{ GatewayId: 'local' }, { DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-1', State: 'active' }],
        Associations: [{ Main: false, SubnetId: subnetId }],
      },
    ],
  });
  await expect(ec2('DescribeRouteTables', { RouteTableIds: ['rtb-0gone'] })).rejects.toMatchObject({
    code: 'InvalidRouteTableID.NotFound',
  });
});

test('endpoints are shown with what they need, by the filters that EC2 knows', async () => {
  const { network, vpcId, subnetId, ec2 } = routed();
  const group = network.addSecurityGroup(vpcId, 'endpoints');
  const ssm = network.routing.addEndpoint(vpcId, 'com.amazonaws.us-east-1.ssm', {
    subnetIds: [subnetId],
    securityGroupIds: [group.groupId],
  });
  const { routeTableId } = network.routing.mainTable(vpcId);
  network.routing.addEndpoint(vpcId, 'com.amazonaws.us-east-1.s3', { type: 'Gateway', routeTableIds: [routeTableId] });

  const of = (Name: string, ...Values: string[]) => ec2('DescribeVpcEndpoints', { Filters: [{ Name, Values }] });
  expect(await of('vpc-endpoint-type', 'Interface')).toEqual({
    VpcEndpoints: [
      expect.objectContaining({
        VpcEndpointId: ssm.vpcEndpointId,
        ServiceName: 'com.amazonaws.us-east-1.ssm',
        State: 'available',
        PrivateDnsEnabled: true,
        SubnetIds: [subnetId],
        Groups: [{ GroupId: group.groupId, GroupName: expect.any(String) }],
      }),
    ],
  });
  expect(await of('service-name', 'com.amazonaws.*.s3')).toMatchObject({
    VpcEndpoints: [{ VpcEndpointType: 'Gateway', RouteTableIds: [routeTableId], PrivateDnsEnabled: false }],
  });
  await expect(of('colour', 'red')).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  expect(await ec2('DescribeSecurityGroups', { GroupIds: [group.groupId] }), 'a new group lets all out').toMatchObject({
    SecurityGroups: [{ IpPermissions: [], IpPermissionsEgress: [{ IpProtocol: '-1' }] }],
  });
});
