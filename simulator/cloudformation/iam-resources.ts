import { withoutUndefined } from './properties.ts';
import {
  differs,
  type ExistingResource,
  type NewResource,
  type ResourceHandlers,
  updateTags,
  without,
} from './resource-handler.ts';

/** AWS::IAM::* */
export const iamResources: ResourceHandlers = {
  'AWS::IAM::Role': { create: createRole, replacedBy: ['RoleName', 'Path'], update: updateRole, remove: removeRole },
  'AWS::IAM::Policy': {
    create: async (resource) => {
      await putOnRoles(resource);
      const PolicyName = resource.properties.required('PolicyName');
      return { ref: PolicyName, attributes: { Id: PolicyName } };
    },
    replacedBy: [],
    update: async (wanted, before) => {
      const renamed = differs(wanted, before, 'PolicyName');
      await putOnRoles(wanted);
      const kept = renamed ? [] : wanted.properties.texts('Roles');
      await takeFromRoles(before, without(before.properties.texts('Roles'), kept));
      const PolicyName = wanted.properties.required('PolicyName');
      return { ref: PolicyName, attributes: { Id: PolicyName } };
    },
    remove: (resource) => takeFromRoles(resource, resource.properties.texts('Roles')),
  },
  'AWS::IAM::ManagedPolicy': {
    create: async ({ properties, call, generatedName, born }) => {
      const input = withoutUndefined({
        PolicyName: properties.text('ManagedPolicyName') ?? generatedName,
        PolicyDocument: properties.document('PolicyDocument'),
        ...properties.pick('Path', 'Description'),
      });
      const { Arn } = (await call('iam', 'CreatePolicy', input)).Policy as { Arn: string };
      born({ ref: Arn, attributes: { PolicyArn: Arn } });
      for (const RoleName of properties.texts('Roles')) {
        await call('iam', 'AttachRolePolicy', { RoleName, PolicyArn: Arn });
      }
      return { ref: Arn, attributes: { PolicyArn: Arn } };
    },
    replacedBy: ['ManagedPolicyName', 'Path', 'Description'],
    update: updateManagedPolicy,
    remove: async ({ properties, call, ref: PolicyArn }) => {
      for (const RoleName of properties.texts('Roles')) await call('iam', 'DetachRolePolicy', { RoleName, PolicyArn });
      for (const VersionId of await otherVersions(call, PolicyArn)) {
        await call('iam', 'DeletePolicyVersion', { PolicyArn, VersionId });
      }
      await call('iam', 'DeletePolicy', { PolicyArn });
    },
  },
  'AWS::IAM::InstanceProfile': {
    create: async ({ properties, call, generatedName }) => {
      const InstanceProfileName = properties.text('InstanceProfileName') ?? generatedName;
      const output = await call('iam', 'CreateInstanceProfile', { InstanceProfileName, ...properties.pick('Path') });
      for (const RoleName of properties.texts('Roles')) {
        await call('iam', 'AddRoleToInstanceProfile', { InstanceProfileName, RoleName });
      }
      const { Arn } = output.InstanceProfile as { Arn: string };
      return { ref: InstanceProfileName, attributes: { Arn } };
    },
    replacedBy: ['InstanceProfileName', 'Path'],
    update: async ({ properties, call }, before) => {
      const InstanceProfileName = before.ref;
      for (const RoleName of without(before.properties.texts('Roles'), properties.texts('Roles')))
        await call('iam', 'RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName });
      for (const RoleName of without(properties.texts('Roles'), before.properties.texts('Roles')))
        await call('iam', 'AddRoleToInstanceProfile', { InstanceProfileName, RoleName });
    },
    remove: async ({ properties, call, ref: InstanceProfileName }) => {
      for (const RoleName of properties.texts('Roles'))
        await call('iam', 'RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName });
      await call('iam', 'DeleteInstanceProfile', { InstanceProfileName });
    },
  },
};

async function createRole(resource: NewResource): Promise<{ ref: string; attributes: Record<string, unknown> }> {
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
  const values = { ref: RoleName, attributes: { Arn, RoleId } };
  resource.born(values);
  for (const policy of properties.each('Policies')) {
    const PolicyName = policy.required('PolicyName');
    await call('iam', 'PutRolePolicy', { RoleName, PolicyName, PolicyDocument: policy.document('PolicyDocument') });
  }
  for (const PolicyArn of properties.texts('ManagedPolicyArns')) {
    await call('iam', 'AttachRolePolicy', { RoleName, PolicyArn });
  }
  return values;
}

async function updateRole(wanted: NewResource, before: ExistingResource): Promise<void> {
  const { properties, call } = wanted;
  const RoleName = before.ref;
  const PolicyDocument = properties.document('AssumeRolePolicyDocument');
  if (differs(wanted, before, 'AssumeRolePolicyDocument'))
    await call('iam', 'UpdateAssumeRolePolicy', { RoleName, PolicyDocument });
  if (differs(wanted, before, 'Description') || differs(wanted, before, 'MaxSessionDuration')) {
    const MaxSessionDuration = properties.number('MaxSessionDuration') ?? 3600;
    await call('iam', 'UpdateRole', {
      RoleName,
      MaxSessionDuration,
      Description: properties.text('Description') ?? '',
    });
  }
  if (differs(wanted, before, 'PermissionsBoundary')) {
    const PermissionsBoundary = properties.text('PermissionsBoundary');
    if (PermissionsBoundary === undefined) await call('iam', 'DeleteRolePermissionsBoundary', { RoleName });
    else await call('iam', 'PutRolePermissionsBoundary', { RoleName, PermissionsBoundary });
  }
  await updatePolicies(wanted, before);
  await updateTags(
    wanted,
    before,
    (Tags) => call('iam', 'TagRole', { RoleName, Tags }),
    (TagKeys) => call('iam', 'UntagRole', { RoleName, TagKeys }),
  );
}

async function updatePolicies({ properties, call }: NewResource, before: ExistingResource): Promise<void> {
  const RoleName = before.ref;
  const [old, now] = [inlinePolicies(before), inlinePolicies({ properties })];
  for (const [PolicyName, PolicyDocument] of now) {
    if (old.get(PolicyName) !== PolicyDocument)
      await call('iam', 'PutRolePolicy', { RoleName, PolicyName, PolicyDocument });
  }
  for (const PolicyName of without([...old.keys()], [...now.keys()]))
    await call('iam', 'DeleteRolePolicy', { RoleName, PolicyName });
  const [attached, wanted] = [before.properties.texts('ManagedPolicyArns'), properties.texts('ManagedPolicyArns')];
  for (const PolicyArn of without(wanted, attached)) await call('iam', 'AttachRolePolicy', { RoleName, PolicyArn });
  for (const PolicyArn of without(attached, wanted)) await call('iam', 'DetachRolePolicy', { RoleName, PolicyArn });
}

async function removeRole(role: ExistingResource): Promise<void> {
  const { properties, call, ref: RoleName } = role;
  for (const PolicyName of inlinePolicies(role).keys()) await call('iam', 'DeleteRolePolicy', { RoleName, PolicyName });
  for (const PolicyArn of properties.texts('ManagedPolicyArns'))
    await call('iam', 'DetachRolePolicy', { RoleName, PolicyArn });
  await call('iam', 'DeleteRole', { RoleName });
}

function inlinePolicies({ properties }: Pick<NewResource, 'properties'>): ReadonlyMap<string, string | undefined> {
  const policies = properties.each('Policies');
  return new Map(policies.map((policy) => [policy.required('PolicyName'), policy.document('PolicyDocument')]));
}

async function putOnRoles({ properties, call }: NewResource): Promise<void> {
  const PolicyName = properties.required('PolicyName');
  const PolicyDocument = properties.document('PolicyDocument');
  for (const RoleName of properties.texts('Roles')) {
    await call('iam', 'PutRolePolicy', { RoleName, PolicyName, PolicyDocument });
  }
}

async function takeFromRoles({ properties, call }: ExistingResource, roles: readonly string[]): Promise<void> {
  const PolicyName = properties.required('PolicyName');
  for (const RoleName of roles) await call('iam', 'DeleteRolePolicy', { RoleName, PolicyName });
}

// A policy has five versions at most: the oldest makes room.
async function updateManagedPolicy(wanted: NewResource, before: ExistingResource): Promise<void> {
  const { properties, call } = wanted;
  const PolicyArn = before.ref;
  if (differs(wanted, before, 'PolicyDocument')) {
    const others = await otherVersions(call, PolicyArn);
    const [VersionId] = others;
    if (others.length >= 4) await call('iam', 'DeletePolicyVersion', { PolicyArn, VersionId });
    const PolicyDocument = properties.document('PolicyDocument');
    await call('iam', 'CreatePolicyVersion', { PolicyArn, PolicyDocument, SetAsDefault: true });
  }
  const [old, now] = [before.properties.texts('Roles'), properties.texts('Roles')];
  for (const RoleName of without(now, old)) await call('iam', 'AttachRolePolicy', { RoleName, PolicyArn });
  for (const RoleName of without(old, now)) await call('iam', 'DetachRolePolicy', { RoleName, PolicyArn });
}

/** Versions that are not the default one, oldest first. */
async function otherVersions(call: NewResource['call'], PolicyArn: string): Promise<readonly string[]> {
  const { Versions } = (await call('iam', 'ListPolicyVersions', { PolicyArn })) as {
    Versions?: readonly { VersionId: string; IsDefaultVersion: boolean }[];
  };
  return (Versions ?? [])
    .filter(({ IsDefaultVersion }) => !IsDefaultVersion)
    .map(({ VersionId }) => VersionId)
    .reverse();
}
