import { withoutUndefined } from './properties.ts';
import type { NewResource, ResourceHandlers } from './resource-handler.ts';

/** AWS::IAM::* */
export const iamResources: ResourceHandlers = {
  'AWS::IAM::Role': async (resource) => {
    const { properties, call } = resource;
    const RoleName = properties.text('RoleName') ?? resource.generatedName.slice(0, 64);
    const input = withoutUndefined({
      RoleName,
      AssumeRolePolicyDocument: properties.document('AssumeRolePolicyDocument'),
      MaxSessionDuration: properties.number('MaxSessionDuration'),
      Tags: properties.tagList,
      ...properties.pick('Path', 'Description', 'PermissionsBoundary'),
    });
    const { Arn, RoleId } = (await call('iam', 'CreateRole', input)).Role as { Arn: string; RoleId: string };
    await putInlinePolicies(resource, RoleName);
    for (const PolicyArn of properties.texts('ManagedPolicyArns')) {
      await call('iam', 'AttachRolePolicy', { RoleName, PolicyArn });
    }
    return { ref: RoleName, attributes: { Arn, RoleId } };
  },
  'AWS::IAM::Policy': async ({ properties, call }) => {
    const PolicyName = properties.required('PolicyName');
    const PolicyDocument = properties.document('PolicyDocument');
    for (const RoleName of properties.texts('Roles')) {
      await call('iam', 'PutRolePolicy', { RoleName, PolicyName, PolicyDocument });
    }
    return { ref: PolicyName, attributes: { Id: PolicyName } };
  },
  'AWS::IAM::ManagedPolicy': async ({ properties, call, generatedName }) => {
    const input = withoutUndefined({
      PolicyName: properties.text('ManagedPolicyName') ?? generatedName,
      PolicyDocument: properties.document('PolicyDocument'),
      ...properties.pick('Path', 'Description'),
    });
    const { Arn } = (await call('iam', 'CreatePolicy', input)).Policy as { Arn: string };
    for (const RoleName of properties.texts('Roles')) {
      await call('iam', 'AttachRolePolicy', { RoleName, PolicyArn: Arn });
    }
    return { ref: Arn, attributes: { PolicyArn: Arn } };
  },
  'AWS::IAM::InstanceProfile': async ({ properties, call, generatedName }) => {
    const InstanceProfileName = properties.text('InstanceProfileName') ?? generatedName;
    const output = await call('iam', 'CreateInstanceProfile', { InstanceProfileName, ...properties.pick('Path') });
    for (const RoleName of properties.texts('Roles')) {
      await call('iam', 'AddRoleToInstanceProfile', { InstanceProfileName, RoleName });
    }
    const { Arn } = output.InstanceProfile as { Arn: string };
    return { ref: InstanceProfileName, attributes: { Arn } };
  },
};

async function putInlinePolicies({ properties, call }: NewResource, RoleName: string): Promise<void> {
  for (const policy of properties.each('Policies')) {
    const PolicyName = policy.required('PolicyName');
    await call('iam', 'PutRolePolicy', { RoleName, PolicyName, PolicyDocument: policy.document('PolicyDocument') });
  }
}
