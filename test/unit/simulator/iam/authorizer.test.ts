import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
  PutRolePolicyCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { roleSession } from '../../../../simulator/iam/credentials.ts';
import { iamService } from '../../../../simulator/iam/service.ts';
import { account, awsWorld } from '../../../support/aws-world.ts';

const caller = roleSession(account, 'worker', 's');
const trust = { Statement: [] };

describe('what a role may do', () => {
  it('is refused in the words of AWS', () => {
    const { roles, authorizer } = awsWorld();
    roles.createRole({ name: 'worker', trust });

    const reason = authorizer.refusal(caller, {
      action: 'ssm:GetParameter',
      resource: 'arn:aws:ssm:us-east-1:111111111111:parameter/a',
    });

    expect(reason).toBe(
      'User: arn:aws:sts::111111111111:assumed-role/worker/s is not authorized to perform: ssm:GetParameter on resource: ' +
        'arn:aws:ssm:us-east-1:111111111111:parameter/a because no identity-based policy allows the ssm:GetParameter action',
    );
    expect(authorizer.denials()).toHaveLength(1);
  });

  it('is bounded by its permissions boundary', () => {
    const { roles, authorizer } = awsWorld();
    roles.createPolicy('arn:aws:iam::111111111111:policy/limit', {
      Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' },
    });
    roles.createRole({
      name: 'worker',
      trust,
      inline: { all: { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } } },
      boundary: 'arn:aws:iam::111111111111:policy/limit',
    });

    expect(authorizer.refusal(caller, { action: 's3:GetObject', resource: '*' })).toBeUndefined();
    expect(authorizer.refusal(caller, { action: 'ec2:RunInstances', resource: '*' })).toContain(
      'because no permissions boundary allows the ec2:RunInstances action',
    );
  });

  it('is counted by statement, so that grants nobody needs can be told', () => {
    const { roles, authorizer } = awsWorld();
    roles.createRole({
      name: 'worker',
      trust,
      inline: {
        own: {
          Statement: [{ Sid: 'Read', Effect: 'Allow', Action: ['s3:GetObject', 's3:ListBucket'], Resource: '*' }],
        },
      },
      attached: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
    });

    authorizer.refusal(caller, { action: 's3:GetObject', resource: 'arn:aws:s3:::b/k' });
    authorizer.refusal(caller, { action: 's3:GetObject', resource: 'arn:aws:s3:::b/k' });

    expect(authorizer.usage()).toEqual([
      {
        role: 'worker',
        policy: 'own',
        statement: 0,
        sid: 'Read',
        grant: 's3:GetObject',
        action: 's3:GetObject',
        resource: 'arn:aws:s3:::b/k',
        calls: 2,
      },
    ]);
    expect(authorizer.unused().map(({ grant }) => grant)).toEqual([
      's3:ListBucket',
      'logs:CreateLogGroup',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
  });

  it('is anything, for the operator', () => {
    const { credentials, authorizer } = awsWorld();

    expect(authorizer.refusal(credentials.operator, { action: 'iam:DeleteRole', resource: '*' })).toBeUndefined();
  });
});

describe("IAM's own API", () => {
  it('creates roles, gives them policies and simulates them', async () => {
    const cloud = awsWorld();
    cloud.dispatcher.register(iamService(cloud.roles, cloud.authorizer));
    const iam = new IAMClient(cloud.client);
    const document = JSON.stringify({ Statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' } });

    const { Role } = await iam.send(
      new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: JSON.stringify(trust) }),
    );
    await iam.send(new PutRolePolicyCommand({ RoleName: 'worker', PolicyName: 'p', PolicyDocument: document }));
    const simulated = await iam.send(
      new SimulatePrincipalPolicyCommand({ PolicySourceArn: Role?.Arn, ActionNames: ['s3:GetObject', 's3:PutObject'] }),
    );
    const listed = await iam.send(new ListRolesCommand({}));

    expect(simulated.EvaluationResults?.map(({ EvalDecision }) => EvalDecision)).toEqual(['allowed', 'implicitDeny']);
    expect(listed.Roles).toMatchObject([{ RoleName: 'worker', CreateDate: cloud.world.date() }]);
    expect(JSON.parse(decodeURIComponent(listed.Roles?.[0]?.AssumeRolePolicyDocument ?? ''))).toEqual(trust);
    expect(cloud.authorizer.denials()).toEqual([]);
    await expect(iam.send(new GetRoleCommand({ RoleName: 'none' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'The role with name none cannot be found.',
    });
  });

  it('puts one role, and no second, behind an instance profile', async () => {
    const cloud = awsWorld();
    cloud.dispatcher.register(iamService(cloud.roles, cloud.authorizer));
    const iam = new IAMClient(cloud.client);
    cloud.roles.createRole({ name: 'node', trust });
    const InstanceProfileName = 'nodes';

    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: 'node' }));
    const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName }));
    const second = iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: 'node' }));

    expect(InstanceProfile?.Roles?.map(({ RoleName }) => RoleName)).toEqual(['node']);
    expect(cloud.roles.findInstanceProfile(InstanceProfile?.Arn ?? '')?.roleName).toBe('node');
    await expect(second).rejects.toMatchObject({ name: 'LimitExceededException' });
  });
});
