import { type Properties, withoutUndefined } from './properties.ts';
import type { ResourceHandlers } from './resource-handler.ts';

/** AWS::EC2::SecurityGroup and its rules. */
export const ec2Resources: ResourceHandlers = {
  'AWS::EC2::SecurityGroup': {
    create: async ({ properties, call, generatedName }) => {
      const VpcId = properties.text('VpcId');
      const input = withoutUndefined({
        GroupName: properties.text('GroupName') ?? generatedName,
        Description: properties.required('GroupDescription'),
        VpcId,
        TagSpecifications: properties.get('Tags') && [{ ResourceType: 'security-group', Tags: properties.tagList }],
      });
      const GroupId = String((await call('ec2', 'CreateSecurityGroup', input)).GroupId);
      const ingress = properties.each('SecurityGroupIngress').map(permission);
      const egress = properties.each('SecurityGroupEgress').map(permission);
      if (ingress.length > 0) await call('ec2', 'AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: ingress });
      if (egress.length > 0) await call('ec2', 'AuthorizeSecurityGroupEgress', { GroupId, IpPermissions: egress });
      return { ref: GroupId, attributes: withoutUndefined({ GroupId, Id: GroupId, VpcId }) };
    },
    replacedBy: ['GroupName', 'GroupDescription', 'VpcId'],
    remove: ({ call, ref }) => call('ec2', 'DeleteSecurityGroup', { GroupId: ref }),
  },
  'AWS::EC2::SecurityGroupIngress': {
    create: async ({ properties, call, generatedName }) => {
      const GroupId = properties.required('GroupId');
      await call('ec2', 'AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [permission(properties)] });
      return { ref: generatedName, attributes: {} };
    },
    replacedBy: [],
    update: 'replaces',
    remove: ({ properties, call }) =>
      call('ec2', 'RevokeSecurityGroupIngress', {
        GroupId: properties.required('GroupId'),
        IpPermissions: [permission(properties)],
      }),
  },
  'AWS::EC2::SecurityGroupEgress': {
    create: async ({ properties, call, generatedName }) => {
      const GroupId = properties.required('GroupId');
      await call('ec2', 'AuthorizeSecurityGroupEgress', { GroupId, IpPermissions: [permission(properties)] });
      return { ref: generatedName, attributes: {} };
    },
    replacedBy: [],
    update: 'replaces',
    remove: ({ properties, call }) =>
      call('ec2', 'RevokeSecurityGroupEgress', {
        GroupId: properties.required('GroupId'),
        IpPermissions: [permission(properties)],
      }),
  },
};

function permission(rule: Properties): Record<string, unknown> {
  const Description = rule.text('Description');
  const cidr = rule.text('CidrIp');
  const cidr6 = rule.text('CidrIpv6');
  const group = rule.text('SourceSecurityGroupId') ?? rule.text('DestinationSecurityGroupId');
  const prefixList = rule.text('SourcePrefixListId') ?? rule.text('DestinationPrefixListId');
  const described = (values: object): object[] => [withoutUndefined({ ...values, Description })];
  return withoutUndefined({
    IpProtocol: rule.required('IpProtocol'),
    FromPort: rule.number('FromPort'),
    ToPort: rule.number('ToPort'),
    IpRanges: cidr && described({ CidrIp: cidr }),
    Ipv6Ranges: cidr6 && described({ CidrIpv6: cidr6 }),
    UserIdGroupPairs: group && described({ GroupId: group }),
    PrefixListIds: prefixList && described({ PrefixListId: prefixList }),
  });
}
