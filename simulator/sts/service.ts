import * as sdk from '@aws-sdk/client-sts';
import { AwsError, type CallContext, type Caller, defineService, type Service } from '../cloud/service.ts';
import { ConditionContext } from '../iam/conditions.ts';
import { type Credentials, roleSession } from '../iam/credentials.ts';
import { principalFits, statementFits } from '../iam/evaluate.ts';
import { listOf, statementsOf } from '../iam/policy.ts';
import type { Role, Roles } from '../iam/roles.ts';
import type { World } from '../world/world.ts';

/** What STS is made of. */
export interface StsSettings {
  readonly world: World;
  readonly roles: Roles;
  readonly credentials: Credentials;
}

/** STS: who am I, and may I become that role. */
export function stsService({ world, roles, credentials }: StsSettings): Service {
  return defineService('sts', sdk, {
    GetCallerIdentity: {
      // Needs no permission, and cannot be denied.
      access: () => [],
      run: (_, { caller }) => ({ Account: caller.account, Arn: caller.arn, UserId: userId(roles, caller) }),
    },
    AssumeRole: {
      mutating: false,
      access: (input, { caller }) => {
        const role = roles.findByArn(input.RoleArn ?? '');
        const named = role && role.account === caller.account && trustNames(role, caller);
        return named ? [] : [{ action: 'sts:AssumeRole', resource: input.RoleArn ?? '*' }];
      },
      run: (input, call) => {
        const role = roles.findByArn(input.RoleArn ?? '');
        if (!role || !trusts(role, call, input.ExternalId)) throw notAuthorized(call.caller, input.RoleArn ?? '');
        const duration = input.DurationSeconds ?? 3600;
        if (duration > role.maxSessionSeconds) {
          const message = 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.';
          throw new AwsError('ValidationError', message);
        }
        const tags = Object.fromEntries(
          (input.Tags ?? []).map(({ Key, Value }) => [`aws:PrincipalTag/${Key}`, Value ?? '']),
        );
        const session = roleSession(role.account, role.name, input.RoleSessionName ?? '', tags);
        const expiresAt = world.now() + duration * 1000;
        const { accessKeyId, secretAccessKey, sessionToken } = credentials.issue(session, expiresAt);
        return {
          Credentials: {
            AccessKeyId: accessKeyId,
            SecretAccessKey: secretAccessKey,
            SessionToken: sessionToken,
            Expiration: new Date(expiresAt),
          },
          AssumedRoleUser: { Arn: session.arn, AssumedRoleId: `${role.id}:${input.RoleSessionName}` },
        };
      },
    },
  });
}

function userId(roles: Roles, caller: Caller): string {
  if (caller.roleName === undefined) return 'AIDAOPERATOR000000000';
  return `${roles.find(caller.roleName, caller.account)?.id ?? 'AROA'}:${caller.arn.split('/').pop()}`;
}

function trusts(role: Role, { world, caller }: CallContext, externalId: string | undefined): boolean {
  const context = new ConditionContext(
    {
      'aws:PrincipalArn': caller.arn,
      'aws:PrincipalAccount': caller.account,
      'aws:CurrentTime': world.date().toISOString(),
    },
    externalId === undefined ? {} : { 'sts:ExternalId': externalId },
    caller.context,
  );
  const question = { action: 'sts:AssumeRole', resource: role.arn, context };
  const fitting = statementsOf(role.trust).filter(
    (statement) => principalFits(statement.Principal, caller) && statementFits(statement, question) !== undefined,
  );
  return fitting.some(({ Effect }) => Effect === 'Allow') && !fitting.some(({ Effect }) => Effect === 'Deny');
}

// In one account it is enough that the trust policy names the caller itself; naming the account only delegates to IAM.
function trustNames(role: Role, caller: Caller): boolean {
  return statementsOf(role.trust).some(({ Effect, Principal }) => {
    if (Effect !== 'Allow' || Principal === undefined || Principal === '*') return false;
    const own = listOf(Principal.AWS).filter(
      (value) => value !== '*' && !value.endsWith(':root') && !/^\d+$/.test(value),
    );
    return own.length > 0 && principalFits({ AWS: own }, caller);
  });
}

function notAuthorized(caller: Caller, roleArn: string): AwsError {
  const message = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
  return new AwsError('AccessDenied', message, { status: 403 });
}
