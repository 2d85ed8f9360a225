import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { Json } from '../adoption/ports.ts';
import type { Kind } from './adopted-things.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall, awsCallUnless } from './errors.ts';

const GONE = ['NoSuchEntity', 'NoSuchEntityException'];

/** Inline policies of roles, as documents. */
export function adoptedRolePolicies(aws: AwsAccess): Kind<'role-policy'> {
  const iam = aws.client(IAMClient);
  return {
    async read({ role, name }) {
      const command = new GetRolePolicyCommand({ RoleName: role, PolicyName: name });
      const answer = await awsCallUnless(GONE, iam.send(command));
      return answer ? document(answer.PolicyDocument) : null;
    },
    async write({ role: RoleName, name: PolicyName }, value) {
      if (value === null) {
        await awsCallUnless(GONE, iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })));
        return;
      }
      await awsCall(
        iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: JSON.stringify(value) })),
      );
    },
  };
}

/** Roles that a cluster knows Tender by, as their trust policies. They have no permissions. */
export function adoptedAccessRoles(aws: AwsAccess): Kind<'access-role'> {
  const iam = aws.client(IAMClient);
  return {
    async read({ name }) {
      const answer = await awsCallUnless(GONE, iam.send(new GetRoleCommand({ RoleName: name })));
      return answer ? document(answer.Role?.AssumeRolePolicyDocument) : null;
    },
    async write({ name: RoleName }, value) {
      if (value === null) {
        await awsCallUnless(GONE, iam.send(new DeleteRoleCommand({ RoleName })));
        return;
      }
      const command = new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(value) });
      await awsCallUnless(['EntityAlreadyExists', 'EntityAlreadyExistsException'], iam.send(command));
    },
  };
}

/** The roles of instance profiles, by profile. */
export async function profileRoles(
  aws: AwsAccess,
  profiles: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const iam = aws.client(IAMClient);
  const found = await Promise.all(
    [...new Set(profiles)].map(async (profile) => {
      const command = new GetInstanceProfileCommand({ InstanceProfileName: profile });
      const answer = await awsCallUnless(GONE, iam.send(command));
      const role = answer?.InstanceProfile?.Roles?.[0]?.RoleName;
      return role === undefined ? [] : [[profile, role] as const];
    }),
  );
  return Object.fromEntries(found.flat());
}

/** IAM gives documents with escapes of a URL. */
function document(text = ''): Json {
  return JSON.parse(decodeURIComponent(text)) as Json;
}
