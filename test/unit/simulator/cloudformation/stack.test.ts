// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of Fn::Sub are written so
import { zipSync } from 'fflate';
import { beforeEach, describe, expect, it } from 'vitest';
import { AwsError, type Caller } from '../../../../simulator/cloud/service.ts';
import { createStack } from '../../../../simulator/cloudformation/stack.ts';
import type { StackTargets } from '../../../../simulator/cloudformation/stack-targets.ts';
import type { Stack } from '../../../../simulator/cloudformation/stack-types.ts';
import type { Template } from '../../../../simulator/cloudformation/template.ts';
import { World } from '../../../../simulator/world/world.ts';

type Call = { readonly operation: string; readonly input: Record<string, unknown> };

const caller: Caller = { arn: 'arn:aws:iam::111111111111:user/operator', account: '111111111111', context: {} };

// What services answer; only what a stack looks at.
const ANSWERS: Record<string, (input: Record<string, string>) => unknown> = {
  'iam:CreateRole': ({ RoleName }) => ({
    Role: { Arn: `arn:aws:iam::111111111111:role/${RoleName}`, RoleId: 'AROA1' },
  }),
  'lambda:CreateFunction': ({ FunctionName }) => ({ FunctionArn: `arn:fn:${FunctionName}` }),
  'lambda:PublishVersion': ({ FunctionName }) => ({ FunctionArn: `arn:fn:${FunctionName}:1`, Version: '1' }),
  'states:CreateStateMachine': ({ name }) => ({ stateMachineArn: `arn:sm:${name}` }),
  'events:PutRule': ({ Name }) => ({ RuleArn: `arn:rule/${Name}` }),
  'sqs:CreateQueue': ({ QueueName }) => ({ QueueUrl: `https://sqs/${QueueName}` }),
  'sns:CreateTopic': ({ Name }) => ({ TopicArn: `arn:sns:${Name}` }),
  'kms:CreateKey': () => ({ KeyMetadata: { KeyId: 'key-1', Arn: 'arn:kms:key-1' } }),
  'ssm:GetParameter': ({ Name }) => ({ Parameter: { Value: `value of ${Name}` } }),
};

describe('a stack', () => {
  let world: World;
  let calls: Call[];
  let targets: StackTargets;

  beforeEach(() => {
    world = new World({ seed: 1 });
    calls = [];
    targets = {
      world,
      caller,
      region: 'us-east-1',
      account: '111111111111',
      availabilityZones: ['us-east-1a', 'us-east-1b'],
      artifact: (key) => (key === 'serverless/x/one.zip' ? zipSync({}) : undefined),
      calls: {
        call: async (prefix, operation, input) => {
          const name = `${prefix}:${operation}`;
          calls.push({ operation: name, input: input as Record<string, unknown> });
          return ANSWERS[name]?.(input as Record<string, string>) ?? {};
        },
      },
    };
  });

  const create = (template: Template, parameters: Record<string, string> = {}): Promise<Stack> =>
    createStack({ name: 'demo', template, parameters }, targets);
  const inputOf = (operation: string) => calls.find((call) => call.operation === operation)?.input;

  it('creates what others refer to first, and gives each its references', async () => {
    await create({
      Resources: {
        Machine: {
          Type: 'AWS::StepFunctions::StateMachine',
          Properties: {
            StateMachineName: 'bootstrap',
            RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
            DefinitionString: {
              'Fn::Sub': [
                '{"Resource":"${Fn}","Kept":"${!Literal}","${AWS::Partition}":1}',
                { Fn: { 'Fn::GetAtt': 'One.Arn' } },
              ],
            },
          },
        },
        One: {
          Type: 'AWS::Lambda::Function',
          DependsOn: ['Logs'],
          Properties: {
            FunctionName: 'one',
            Code: { S3Bucket: 'b', S3Key: 'serverless/x/one.zip' },
            Handler: 'functions/one.handler',
            Runtime: 'nodejs24.x',
            Timeout: '30',
            Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
            Environment: {
              Variables: {
                COUNT: 3,
                MACHINE: { 'Fn::Sub': 'arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:x' },
              },
            },
          },
        },
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: {
            RoleName: 'role',
            AssumeRolePolicyDocument: { Statement: [] },
            Policies: [{ PolicyName: 'p', PolicyDocument: { Statement: [] } }],
          },
        },
        Logs: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/aws/lambda/one', RetentionInDays: 14 } },
      },
    });

    expect(calls.map(({ operation }) => operation)).toEqual([
      'iam:CreateRole',
      'iam:PutRolePolicy',
      'logs:CreateLogGroup',
      'logs:PutRetentionPolicy',
      'lambda:CreateFunction',
      'states:CreateStateMachine',
    ]);
    expect(inputOf('lambda:CreateFunction')).toMatchObject({
      Timeout: 30,
      Role: 'arn:aws:iam::111111111111:role/role',
      Environment: { Variables: { COUNT: '3', MACHINE: 'arn:aws:states:us-east-1:111111111111:x' } },
    });
    expect(inputOf('states:CreateStateMachine')).toMatchObject({
      definition: '{"Resource":"arn:fn:one","Kept":"${Literal}","aws":1}',
      roleArn: 'arn:aws:iam::111111111111:role/role',
    });
  });

  it('follows parameters, conditions and mappings', async () => {
    const template: Template = {
      Parameters: {
        Stage: { Type: 'String', Default: 'dev', AllowedValues: ['dev', 'prod'] },
        Zones: { Type: 'CommaDelimitedList', Default: 'a, b' },
      },
      Mappings: { Days: { prod: { logs: 90 }, dev: { logs: 7 } } },
      Conditions: {
        IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
        NotProd: { 'Fn::Not': [{ Condition: 'IsProd' }] },
      },
      Resources: {
        Alarms: { Type: 'AWS::SNS::Topic', Condition: 'IsProd', Properties: { TopicName: 'alarms' } },
        Logs: {
          Type: 'AWS::Logs::LogGroup',
          Properties: {
            LogGroupName: { 'Fn::Join': ['-', ['x', { 'Fn::Select': [1, { Ref: 'Zones' }] }]] },
            RetentionInDays: { 'Fn::FindInMap': ['Days', { Ref: 'Stage' }, 'logs'] },
            KmsKeyId: { 'Fn::If': ['NotProd', { Ref: 'AWS::NoValue' }, 'key'] },
          },
        },
      },
      Outputs: {
        Group: { Value: { 'Fn::GetAtt': ['Logs', 'Arn'] } },
        Topic: { Condition: 'IsProd', Value: { Ref: 'Alarms' } },
      },
    };

    const dev = await create(template);
    const prod = await create(template, { Stage: 'prod' });

    expect(dev.outputs).toEqual({ Group: 'arn:aws:logs:us-east-1:111111111111:log-group:x-b:*' });
    expect(prod.outputs.Topic).toBe('arn:sns:alarms');
    const [first, second] = calls.filter(({ operation }) => operation === 'logs:PutRetentionPolicy');
    expect([first?.input.retentionInDays, second?.input.retentionInDays]).toEqual([7, 90]);
    expect(inputOf('logs:CreateLogGroup')).not.toHaveProperty('kmsKeyId');
    await expect(create(template, { Stage: 'test' })).rejects.toThrow("Parameter 'Stage' must be one of AllowedValues");
    await expect(create(template, { Other: 'x' })).rejects.toThrow('Parameters: [Other] do not exist in the template');
  });

  it('makes rules with their targets, dead letters and transformers', async () => {
    await create({
      Resources: {
        Rule: {
          Type: 'AWS::Events::Rule',
          Properties: {
            EventPattern: { source: ['aws.autoscaling'] },
            Targets: [
              {
                Id: 'router',
                Arn: 'arn:fn:router',
                DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['Dead', 'Arn'] } },
                RetryPolicy: { MaximumRetryAttempts: 3 },
                InputTransformer: { InputPathsMap: { id: '$.detail.EC2InstanceId' }, InputTemplate: '{"id": <id>}' },
              },
            ],
          },
        },
        Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead', MessageRetentionPeriod: 1209600 } },
      },
    });

    const rule = inputOf('events:PutRule');
    expect(rule?.Name).toMatch(/^demo-Rule-[0-9A-F]{12}$/);
    expect(rule?.EventPattern).toBe('{"source":["aws.autoscaling"]}');
    expect(inputOf('sqs:CreateQueue')).toMatchObject({ Attributes: { MessageRetentionPeriod: '1209600' } });
    expect(inputOf('events:PutTargets')).toMatchObject({
      Targets: [{ Id: 'router', DeadLetterConfig: { Arn: 'arn:aws:sqs:us-east-1:111111111111:dead' } }],
    });
  });

  it('keeps what it created, by physical id, to be compared with later templates', async () => {
    const stack = await create({
      Resources: {
        Key: { Type: 'AWS::KMS::Key', DeletionPolicy: 'Retain', Properties: { KeyPolicy: { Statement: [] } } },
      },
    });

    expect(stack.resources.get('Key')).toMatchObject({
      physicalId: 'key-1',
      type: 'AWS::KMS::Key',
      deletionPolicy: 'Retain',
      attributes: { Arn: 'arn:kms:key-1' },
    });
  });

  it('reads dynamic references', async () => {
    await create({
      Resources: { Logs: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/x/{{resolve:ssm:/a/b}}' } } },
    });

    expect(inputOf('logs:CreateLogGroup')).toEqual({ logGroupName: '/x/value of /a/b' });
  });

  it('translates a bucket into the operations of S3', async () => {
    await create({
      Resources: {
        Snapshots: {
          Type: 'AWS::S3::Bucket',
          Properties: {
            BucketName: 'snapshots',
            VersioningConfiguration: { Status: 'Enabled' },
            BucketEncryption: {
              ServerSideEncryptionConfiguration: [
                { ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' }, BucketKeyEnabled: true },
              ],
            },
            LifecycleConfiguration: {
              Rules: [
                {
                  Id: 'old',
                  Status: 'Enabled',
                  Prefix: 'a/',
                  ExpirationInDays: 90,
                  NoncurrentVersionExpiration: { NoncurrentDays: 7 },
                },
              ],
            },
          },
        },
      },
    });

    expect(inputOf('s3:PutBucketEncryption')).toMatchObject({
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' }, BucketKeyEnabled: true }],
      },
    });
    expect(inputOf('s3:PutBucketLifecycleConfiguration')).toMatchObject({
      LifecycleConfiguration: {
        Rules: [
          {
            ID: 'old',
            Filter: { Prefix: 'a/' },
            Expiration: { Days: 90 },
            NoncurrentVersionExpiration: { NoncurrentDays: 7 },
          },
        ],
      },
    });
  });

  it('refuses a template before it creates anything', async () => {
    const group = (LogGroupName: object): Template => ({
      Resources: {
        Before: { Type: 'AWS::SNS::Topic' },
        A: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: LogGroupName as never } },
      },
    });
    const circle: Template = {
      Resources: {
        A: { Type: 'AWS::SNS::Topic', Properties: { TopicName: { Ref: 'B' } } },
        B: { Type: 'AWS::SNS::Topic', Properties: { TopicName: { Ref: 'A' } } },
      },
    };

    await expect(create({ Resources: { X: { Type: 'AWS::DynamoDB::Table' } } })).rejects.toThrow(
      'Unrecognized resource types: [AWS::DynamoDB::Table]',
    );
    await expect(create(circle)).rejects.toThrow('Circular dependency between resources: [A, B]');
    await expect(create(group({ Ref: 'Nobody' }))).rejects.toThrow('Unresolved resource dependencies [Nobody]');
    await expect(create(group({ 'Fn::ImportValue': 'x' }))).rejects.toThrow('Fn::ImportValue is not supported');
    expect(calls).toEqual([]);
  });

  it('names the resource that a service refuses, and a property that nobody knows', async () => {
    const refusing: StackTargets = {
      ...targets,
      calls: { call: () => Promise.reject(new AwsError('QueueAlreadyExists', 'A queue already exists')) },
    };
    const queue: Template = { Resources: { Dead: { Type: 'AWS::SQS::Queue' } } };
    const odd: Template = { Resources: { Dead: { Type: 'AWS::SQS::Queue', Properties: { Colour: 'red' } } } };

    await expect(createStack({ name: 'demo', template: queue }, refusing)).rejects.toThrow(
      'Dead (AWS::SQS::Queue) could not be created: A queue already exists (QueueAlreadyExists)',
    );
    await expect(create(odd)).rejects.toThrow('does not know the properties [Colour] of AWS::SQS::Queue');
  });

  it('has patience with a service that throttles', async () => {
    let attempts = 0;
    const throttled: StackTargets = {
      ...targets,
      calls: {
        call: async () => {
          attempts += 1;
          if (attempts < 3) throw new AwsError('ThrottlingException', 'Rate exceeded');
          return { TopicArn: 'arn:sns:x' };
        },
      },
    };

    let stack: Stack | undefined;
    void createStack({ name: 'demo', template: { Resources: { T: { Type: 'AWS::SNS::Topic' } } } }, throttled).then(
      (created) => {
        stack = created;
      },
    );
    await world.until('the stack is there', () => stack !== undefined);

    expect(attempts).toBe(3);
  });
});
