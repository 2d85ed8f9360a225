import * as sdk from '@aws-sdk/client-iam';
import { AwsError, defineService, type Service } from '../cloud/service.ts';
import type { Authorizer } from './authorizer.ts';
import { roleSession } from './credentials.ts';
import type { PolicyDocument } from './policy.ts';
import { onProfile, onRole, parseDocument, required } from './requests.ts';
import { managedPolicyOperations, roleUpdateOperations } from './role-update-operations.ts';
import type { InstanceProfile, Role, Roles } from './roles.ts';

/** IAM's own API, as much as roles need. */
export function iamService(roles: Roles, authorizer: Authorizer): Service {
  return defineService('iam', sdk, {
    ...roleUpdateOperations(roles),
    ...managedPolicyOperations(roles),
    CreateRole: {
      access: onRole(roles, 'CreateRole'),
      run: (input) => {
        const role = roles.createRole({
          name: required(input.RoleName, 'roleName'),
          trust: parseDocument(input.AssumeRolePolicyDocument),
          ...(input.Path === undefined ? {} : { path: input.Path }),
          ...(input.Description === undefined ? {} : { description: input.Description }),
          ...(input.PermissionsBoundary === undefined ? {} : { boundary: input.PermissionsBoundary }),
          ...(input.MaxSessionDuration === undefined ? {} : { maxSessionSeconds: input.MaxSessionDuration }),
          tags: Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
        });
        return { Role: describe(role) };
      },
    },
    GetRole: {
      access: onRole(roles, 'GetRole'),
      run: (input) => ({ Role: describe(roles.get(required(input.RoleName, 'roleName'))) }),
    },
    ListRoles: {
      run: (input) => ({
        Roles: roles
          .list()
          .filter((role) => role.path.startsWith(input.PathPrefix ?? '/'))
          .map(describe),
        IsTruncated: false,
      }),
    },
    DeleteRole: {
      access: onRole(roles, 'DeleteRole'),
      run: (input) => {
        roles.deleteRole(required(input.RoleName, 'roleName'));
        return {};
      },
    },
    PutRolePolicy: {
      access: onRole(roles, 'PutRolePolicy'),
      run: (input) => {
        const name = required(input.PolicyName, 'policyName');
        roles.putRolePolicy(required(input.RoleName, 'roleName'), name, parseDocument(input.PolicyDocument));
        return {};
      },
    },
    GetRolePolicy: {
      access: onRole(roles, 'GetRolePolicy'),
      run: (input) => {
        const document = roles.get(required(input.RoleName, 'roleName')).inline.get(input.PolicyName ?? '');
        if (!document) {
          throw new AwsError('NoSuchEntity', `The role policy with name ${input.PolicyName} cannot be found.`);
        }
        return { RoleName: input.RoleName, PolicyName: input.PolicyName, PolicyDocument: encodeDocument(document) };
      },
    },
    ListRolePolicies: {
      access: onRole(roles, 'ListRolePolicies'),
      run: (input) => ({
        PolicyNames: [...roles.get(required(input.RoleName, 'roleName')).inline.keys()],
        IsTruncated: false,
      }),
    },
    DeleteRolePolicy: {
      access: onRole(roles, 'DeleteRolePolicy'),
      run: (input) => {
        roles.deleteRolePolicy(required(input.RoleName, 'roleName'), required(input.PolicyName, 'policyName'));
        return {};
      },
    },
    AttachRolePolicy: {
      access: onRole(roles, 'AttachRolePolicy'),
      run: (input) => {
        roles.attachRolePolicy(required(input.RoleName, 'roleName'), required(input.PolicyArn, 'policyArn'));
        return {};
      },
    },
    DetachRolePolicy: {
      access: onRole(roles, 'DetachRolePolicy'),
      run: (input) => {
        roles.detachRolePolicy(required(input.RoleName, 'roleName'), required(input.PolicyArn, 'policyArn'));
        return {};
      },
    },
    ListAttachedRolePolicies: {
      access: onRole(roles, 'ListAttachedRolePolicies'),
      run: (input) => ({
        AttachedPolicies: [...roles.get(required(input.RoleName, 'roleName')).attached].map((arn) => ({
          PolicyArn: arn,
          PolicyName: arn.split('/').pop(),
        })),
        IsTruncated: false,
      }),
    },
    CreatePolicy: {
      access: (input, { account }) => [{ action: 'iam:CreatePolicy', resource: policyArn(input, account) }],
      run: (input, { account, world }) => {
        const arn = policyArn(input, account);
        roles.createPolicy(arn, parseDocument(input.PolicyDocument));
        return {
          Policy: { Arn: arn, PolicyName: input.PolicyName, Path: input.Path ?? '/', CreateDate: world.date() },
        };
      },
    },
    CreateInstanceProfile: {
      access: onProfile('CreateInstanceProfile'),
      run: (input) => {
        const profile = roles.createInstanceProfile(
          required(input.InstanceProfileName, 'instanceProfileName'),
          input.Path,
        );
        return { InstanceProfile: describeProfile(roles, profile) };
      },
    },
    GetInstanceProfile: {
      access: onProfile('GetInstanceProfile'),
      run: (input) => ({
        InstanceProfile: describeProfile(
          roles,
          roles.getInstanceProfile(required(input.InstanceProfileName, 'instanceProfileName')),
        ),
      }),
    },
    AddRoleToInstanceProfile: {
      access: onProfile('AddRoleToInstanceProfile'),
      run: (input) => {
        const name = required(input.InstanceProfileName, 'instanceProfileName');
        roles.addRoleToInstanceProfile(name, required(input.RoleName, 'roleName'));
        return {};
      },
    },
    SimulatePrincipalPolicy: {
      mutating: false,
      access: (input) => [{ action: 'iam:SimulatePrincipalPolicy', resource: input.PolicySourceArn ?? '*' }],
      run: (input) => {
        const role = roles.findByArn(input.PolicySourceArn ?? '');
        if (!role) throw new AwsError('NoSuchEntity', `The entity ${input.PolicySourceArn} cannot be found.`);
        const caller = roleSession(role.account, role.name, 'simulation');
        const context = Object.fromEntries(
          (input.ContextEntries ?? []).map(({ ContextKeyName, ContextKeyValues }) => [
            ContextKeyName ?? '',
            ContextKeyValues ?? [],
          ]),
        );
        const results = (input.ActionNames ?? []).flatMap((action) =>
          (input.ResourceArns ?? ['*']).map((resource) => ({
            EvalActionName: action,
            EvalResourceName: resource,
            EvalDecision: authorizer.allows(caller, { action, resource, context })
              ? ('allowed' as const)
              : ('implicitDeny' as const),
          })),
        );
        return { EvaluationResults: results, IsTruncated: false };
      },
    },
  });
}

function policyArn(
  input: { readonly PolicyName?: string | undefined; readonly Path?: string | undefined },
  account: string,
): string {
  return `arn:aws:iam::${account}:policy${input.Path ?? '/'}${required(input.PolicyName, 'policyName')}`;
}

function describeProfile(roles: Roles, profile: InstanceProfile): sdk.InstanceProfile {
  const role = profile.roleName === undefined ? undefined : roles.find(profile.roleName);
  return {
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    Path: profile.path,
    CreateDate: profile.createdAt,
    Roles: role ? [describe(role)] : [],
  };
}

function describe(role: Role): sdk.Role {
  return {
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    Path: role.path,
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: encodeDocument(role.trust),
    MaxSessionDuration: role.maxSessionSeconds,
    ...(role.description === undefined ? {} : { Description: role.description }),
    ...(role.boundary === undefined
      ? {}
      : {
          PermissionsBoundary: {
            PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
            PermissionsBoundaryArn: role.boundary,
          },
        }),
    ...(role.tags.size === 0 ? {} : { Tags: [...role.tags].map(([Key, Value]) => ({ Key, Value })) }),
  };
}

function encodeDocument(document: PolicyDocument): string {
  return encodeURIComponent(JSON.stringify(document));
}
