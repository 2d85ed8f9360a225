import type * as sdk from '@aws-sdk/client-iam';
import { AwsError, type Operations } from '../cloud/service.ts';
import { onPolicy, onProfile, onRole, parseDocument, required } from './requests.ts';
import type { Roles } from './roles.ts';

/** What changes roles and instance profiles that are there. */
export function roleUpdateOperations(roles: Roles): Operations<typeof sdk> {
  const of = (input: { readonly RoleName?: string | undefined }) => roles.get(required(input.RoleName, 'roleName'));
  return {
    UpdateAssumeRolePolicy: {
      access: onRole(roles, 'UpdateAssumeRolePolicy'),
      run: (input) => {
        of(input).trust = parseDocument(input.PolicyDocument);
        return {};
      },
    },
    UpdateRole: {
      access: onRole(roles, 'UpdateRole'),
      run: (input) => {
        const role = of(input);
        if (input.Description !== undefined)
          role.description = input.Description === '' ? undefined : input.Description;
        role.maxSessionSeconds = input.MaxSessionDuration ?? role.maxSessionSeconds;
        return {};
      },
    },
    PutRolePermissionsBoundary: {
      access: onRole(roles, 'PutRolePermissionsBoundary'),
      run: (input) => {
        const boundary = required(input.PermissionsBoundary, 'permissionsBoundary');
        roles.requirePolicy(boundary);
        of(input).boundary = boundary;
        return {};
      },
    },
    DeleteRolePermissionsBoundary: {
      access: onRole(roles, 'DeleteRolePermissionsBoundary'),
      run: (input) => {
        of(input).boundary = undefined;
        return {};
      },
    },
    TagRole: {
      access: onRole(roles, 'TagRole'),
      run: (input) => {
        for (const { Key = '', Value = '' } of input.Tags ?? []) of(input).tags.set(Key, Value);
        return {};
      },
    },
    UntagRole: {
      access: onRole(roles, 'UntagRole'),
      run: (input) => {
        for (const key of input.TagKeys ?? []) of(input).tags.delete(key);
        return {};
      },
    },
    RemoveRoleFromInstanceProfile: {
      access: onProfile('RemoveRoleFromInstanceProfile'),
      run: (input) => {
        roles.getInstanceProfile(required(input.InstanceProfileName, 'instanceProfileName')).roleName = undefined;
        return {};
      },
    },
    DeleteInstanceProfile: {
      access: onProfile('DeleteInstanceProfile'),
      run: (input) => {
        roles.deleteInstanceProfile(required(input.InstanceProfileName, 'instanceProfileName'));
        return {};
      },
    },
  };
}

/** Customer managed policies: five versions at most, one of them the default. */
export function managedPolicyOperations(roles: Roles): Operations<typeof sdk> {
  const arnOf = (input: { readonly PolicyArn?: string | undefined }) => required(input.PolicyArn, 'policyArn');
  return {
    CreatePolicyVersion: {
      access: onPolicy('CreatePolicyVersion'),
      run: (input) => {
        const versions = roles.policyVersions(arnOf(input));
        if (versions.length >= 5) {
          const message =
            'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.';
          throw new AwsError('LimitExceeded', message, { status: 409 });
        }
        const number = Math.max(0, ...versions.map(({ id }) => Number(id.slice(1)))) + 1;
        const isDefault = input.SetAsDefault ?? false;
        const version = { id: `v${number}`, document: parseDocument(input.PolicyDocument), isDefault };
        if (isDefault) for (const other of versions) other.isDefault = false;
        versions.push(version);
        return { PolicyVersion: { VersionId: version.id, IsDefaultVersion: isDefault } };
      },
    },
    ListPolicyVersions: {
      access: onPolicy('ListPolicyVersions'),
      run: (input) => ({
        Versions: roles
          .policyVersions(arnOf(input))
          .map(({ id, isDefault }) => ({ VersionId: id, IsDefaultVersion: isDefault }))
          .reverse(),
        IsTruncated: false,
      }),
    },
    GetPolicyVersion: {
      access: onPolicy('GetPolicyVersion'),
      run: (input) => {
        const version = roles.policyVersions(arnOf(input)).find(({ id }) => id === input.VersionId);
        if (!version) throw new AwsError('NoSuchEntity', `Policy version ${input.VersionId} does not exist.`);
        const Document = encodeURIComponent(JSON.stringify(version.document));
        return { PolicyVersion: { VersionId: version.id, IsDefaultVersion: version.isDefault, Document } };
      },
    },
    DeletePolicyVersion: {
      access: onPolicy('DeletePolicyVersion'),
      run: (input) => {
        const versions = roles.policyVersions(arnOf(input));
        const at = versions.findIndex(({ id }) => id === input.VersionId);
        if (versions[at]?.isDefault)
          throw new AwsError('DeleteConflict', 'Cannot delete the default version of a policy.', { status: 409 });
        if (at >= 0) versions.splice(at, 1);
        return {};
      },
    },
    DeletePolicy: {
      access: onPolicy('DeletePolicy'),
      run: (input) => {
        roles.deletePolicy(arnOf(input));
        return {};
      },
    },
  };
}
