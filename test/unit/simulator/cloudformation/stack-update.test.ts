import { zipSync } from 'fflate';
import { beforeEach, describe, expect, it } from 'vitest';
import { driven } from '../../../../rehearsal/local-deployment.ts';
import { Cloud } from '../../../../simulator/cloud/cloud.ts';
import { createStack, removeStack, StackUpdateError, updateStack } from '../../../../simulator/cloudformation/stack.ts';
import type { StackTargets } from '../../../../simulator/cloudformation/stack-targets.ts';
import type { Stack } from '../../../../simulator/cloudformation/stack-types.ts';
import type { Template, TemplateResource, TemplateValue } from '../../../../simulator/cloudformation/template.ts';

const TRUST = {
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};
const allow = (Action: string) => ({ Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
const pass = (next = 'Done'): string =>
  JSON.stringify({ StartAt: next, States: { [next]: { Type: 'Succeed' } }, QueryLanguage: 'JSONata' });
const code = (text: string): Uint8Array =>
  zipSync(
    { 'index.mjs': new TextEncoder().encode(`export const handler = async () => '${text}';`) },
    { mtime: '2026-01-01' },
  );

describe('an update of a stack', () => {
  let cloud: Cloud;
  let targets: StackTargets;

  beforeEach(() => {
    cloud = new Cloud({ seed: 1 });
    const { world, region, account, zones, dispatcher, credentials } = cloud;
    targets = {
      ...{ world, region, account, calls: dispatcher, caller: credentials.operator, availabilityZones: zones },
      artifact: (key) => code(key),
    };
  });

  const deploy = (Resources: Template['Resources']): Promise<Stack> =>
    driven(cloud, () => createStack({ name: 'demo', template: { Resources } }, targets));
  const update = (stack: Stack, Resources: Template['Resources']): Promise<Stack> =>
    driven(cloud, () => updateStack(stack, { template: { Resources } }, targets));
  const ask = <Output>(prefix: string, operation: string, input: object): Promise<Output> =>
    driven(cloud, () => cloud.operate<Output>(prefix, operation, input));
  const one = (Type: string, Properties: TemplateResource['Properties'] = {}, more: object = {}) => ({
    One: { Type, Properties, ...more },
  });

  const role = (...actions: string[]): TemplateResource => ({
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: 'worker',
      AssumeRolePolicyDocument: TRUST,
      Policies: actions.map((action) => ({ PolicyName: action.replace(':', '-'), PolicyDocument: allow(action) })),
    },
  });
  const fn = (S3Key: string, more: Record<string, TemplateValue> = {}): TemplateResource => ({
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: 'one',
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      ...{ Code: { S3Key }, Handler: 'index.handler', Runtime: 'nodejs24.x', ...more },
    },
  });
  const version = (): TemplateResource => ({
    Type: 'AWS::Lambda::Version',
    DeletionPolicy: 'RetainExceptOnCreate',
    Properties: { FunctionName: { Ref: 'Fn' } },
  });

  it('changes in place what AWS changes in place, and keeps what has not changed', async () => {
    const stack = await deploy({ Role: role('s3:GetObject', 'sqs:SendMessage'), Fn: fn('a', { Timeout: 9 }) });

    const updated = await update(stack, { Role: role('sqs:SendMessage', 'ec2:RunInstances'), Fn: fn('b') });

    expect(updated.resources.get('Role')?.physicalId).toBe(stack.resources.get('Role')?.physicalId);
    const { PolicyNames } = await ask<{ PolicyNames: string[] }>('iam', 'ListRolePolicies', { RoleName: 'worker' });
    expect(PolicyNames.sort()).toEqual(['ec2-RunInstances', 'sqs-SendMessage']);
    const { Timeout } = await ask<{ Timeout: number }>('lambda', 'GetFunctionConfiguration', { FunctionName: 'one' });
    expect(Timeout).toBe(3);
  });

  it('publishes a version for new code and keeps the old one, which its policy retains', async () => {
    const stack = await deploy({ Role: role(), Fn: fn('a'), VersionA: version() });

    await update(stack, { Role: role(), Fn: fn('b'), VersionB: version() });

    const { Versions } = await ask<{ Versions: { Version: string }[] }>('lambda', 'ListVersionsByFunction', {
      FunctionName: 'one',
    });
    expect(Versions.map(({ Version }) => Version)).toEqual(['$LATEST', '1', '2']);
  });

  it('refuses to publish what was published already, as AWS does', async () => {
    const stack = await deploy({ Role: role(), Fn: fn('a'), VersionA: version() });

    const failing = update(stack, { Role: role(), Fn: fn('a'), VersionB: version() });

    await expect(failing).rejects.toThrow(
      'A version for this Lambda function exists ( 1 ). Modify the function to create a new version.',
    );
  });

  it('replaces what cannot be renamed, and then deletes the old one', async () => {
    const stack = await deploy(one('AWS::SQS::Queue', { QueueName: 'before' }));

    await update(stack, one('AWS::SQS::Queue', { QueueName: 'after' }));

    const { QueueUrls } = await ask<{ QueueUrls: string[] }>('sqs', 'ListQueues', {});
    expect(QueueUrls.map((url) => url.split('/').at(-1))).toEqual(['after']);
  });

  it('keeps what it replaces where UpdateReplacePolicy retains it', async () => {
    const stack = await deploy(one('AWS::SQS::Queue', { QueueName: 'before' }, { UpdateReplacePolicy: 'Retain' }));

    await update(stack, one('AWS::SQS::Queue', { QueueName: 'after' }, { UpdateReplacePolicy: 'Retain' }));

    const { QueueUrls } = await ask<{ QueueUrls: string[] }>('sqs', 'ListQueues', {});
    expect(QueueUrls).toHaveLength(2);
  });

  it('takes everything back when something fails, to what it was', async () => {
    const machine = (definition: string): TemplateResource => ({
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: { StateMachineName: 'm', RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] }, DefinitionString: definition },
    });
    const stack = await deploy({
      Role: role('s3:GetObject'),
      Fn: fn('a'),
      VersionA: version(),
      Machine: machine(pass()),
    });
    const before = await everything();

    const failing = update(stack, {
      Role: role('ec2:RunInstances'),
      Fn: fn('b', { Timeout: 10 }),
      VersionB: version(),
      New: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'new' } },
      Machine: { ...machine('{"StartAt":"Nowhere","States":{}}'), DependsOn: ['New', 'VersionB'] },
    });

    await expect(failing).rejects.toBeInstanceOf(StackUpdateError);
    await expect(failing).rejects.toThrow(/^Machine \(AWS::StepFunctions::StateMachine\) could not be updated: /);
    expect(await everything()).toEqual(before);
    const again = await update(stack, {
      Role: role('s3:GetObject'),
      Fn: fn('b'),
      VersionB: version(),
      Machine: machine(pass('Other')),
    });
    expect(again.resources.has('VersionB')).toBe(true);
  });

  async function everything(): Promise<object> {
    const withoutTimes = (value: object) =>
      JSON.parse(
        JSON.stringify(value, (key, item) => (/LastModified|revisionId|updateDate/i.test(key) ? undefined : item)),
      );
    const { stateMachines } = await ask<{ stateMachines: { stateMachineArn: string }[] }>(
      'states',
      'ListStateMachines',
      {},
    );
    return withoutTimes({
      policies: await ask('iam', 'GetRolePolicy', { RoleName: 'worker', PolicyName: 's3-GetObject' }),
      names: await ask('iam', 'ListRolePolicies', { RoleName: 'worker' }),
      functions: await ask('lambda', 'ListVersionsByFunction', { FunctionName: 'one' }),
      machine: await ask('states', 'DescribeStateMachine', { stateMachineArn: stateMachines[0]?.stateMachineArn }),
      topics: await ask('sns', 'ListTopics', {}),
    });
  }

  it('says so where AWS would change something and the local cloud cannot', async () => {
    const stack = await deploy(
      one('AWS::ApiGateway::RestApi', { Name: 'a', EndpointConfiguration: { Types: ['PRIVATE'] } }),
    );

    const failing = update(
      stack,
      one('AWS::ApiGateway::RestApi', { Name: 'b', EndpointConfiguration: { Types: ['PRIVATE'] } }),
    );

    await expect(failing).rejects.toThrow('The local cloud cannot update a resource of type AWS::ApiGateway::RestApi');
  });

  it('deletes in reverse order but what is retained, and names what it cannot delete', async () => {
    const stack = await deploy({
      Role: role(),
      Fn: fn('a'),
      Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'full-one' } },
      Kept: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain', Properties: { BucketName: 'kept-one' } },
    });
    await ask('s3', 'PutObject', { Bucket: 'full-one', Key: 'x', Body: new Uint8Array(1) });

    const failed = await driven(cloud, () => removeStack(stack, targets));

    expect(failed).toEqual(['Bucket']);
    const { Buckets } = await ask<{ Buckets: { Name: string }[] }>('s3', 'ListBuckets', {});
    expect(Buckets.map(({ Name }) => Name)).toEqual(['full-one', 'kept-one']);
    expect(cloud.roles.list()).toEqual([]);
    expect(cloud.functions.all()).toEqual([]);
  });
});
