import * as autoscalingSdk from '@aws-sdk/client-auto-scaling';
import * as cloudwatchSdk from '@aws-sdk/client-cloudwatch';
import * as ec2Sdk from '@aws-sdk/client-ec2';
import * as elbSdk from '@aws-sdk/client-elastic-load-balancing';
import * as elbv2Sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import * as kmsSdk from '@aws-sdk/client-kms';
import * as lambdaSdk from '@aws-sdk/client-lambda';
import * as schedulerSdk from '@aws-sdk/client-scheduler';
import * as sqsSdk from '@aws-sdk/client-sqs';
import * as ssmSdk from '@aws-sdk/client-ssm';
import { AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
import { describe, expect, it } from 'vitest';
import { AwsError, defineService } from '../../../../simulator/cloud/service.ts';
import { awsWorld } from '../../../support/aws-world.ts';

const at = new Date('2026-03-02T09:00:00Z');

describe('query protocol', () => {
  it('carries lists of structures, nested lists, timestamps and booleans both ways', async () => {
    let seen: unknown;
    const { client } = awsWorld(
      defineService('autoscaling', autoscalingSdk, {
        DescribeScheduledActions: {
          run: (input) => {
            seen = input;
            return {
              ScheduledUpdateGroupActions: [{ ScheduledActionName: 'a<&>b', StartTime: at, MinSize: 0 }],
              NextToken: 'n',
            };
          },
        },
      }),
    );

    const sdk = new autoscalingSdk.AutoScalingClient(client);
    const output = await sdk.send(
      new autoscalingSdk.DescribeScheduledActionsCommand({
        AutoScalingGroupName: 'g',
        StartTime: at,
        ScheduledActionNames: ['x', 'y'],
        MaxRecords: 7,
      }),
    );

    expect(seen).toEqual({ AutoScalingGroupName: 'g', StartTime: at, ScheduledActionNames: ['x', 'y'], MaxRecords: 7 });
    expect(output.ScheduledUpdateGroupActions).toEqual([{ ScheduledActionName: 'a<&>b', StartTime: at, MinSize: 0 }]);
    expect(output.NextToken).toBe('n');
  });

  it('answers an operation without result, and modelled errors by their class', async () => {
    const { client } = awsWorld(
      defineService('autoscaling', autoscalingSdk, {
        SetDesiredCapacity: { run: () => ({}) },
        DeleteAutoScalingGroup: {
          run: () => {
            throw new AwsError('ResourceInUse', 'in use');
          },
        },
      }),
    );
    const sdk = new autoscalingSdk.AutoScalingClient(client);

    const done = await sdk.send(
      new autoscalingSdk.SetDesiredCapacityCommand({ AutoScalingGroupName: 'g', DesiredCapacity: 2 }),
    );
    const refused = sdk.send(new autoscalingSdk.DeleteAutoScalingGroupCommand({ AutoScalingGroupName: 'g' }));

    expect(done.$metadata).toMatchObject({ httpStatusCode: 200, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    await expect(refused).rejects.toMatchObject({ name: 'ResourceInUseFault', message: 'in use' });
  });

  it('tells the two load balancer services apart by their version', async () => {
    const { client } = awsWorld(
      defineService('elasticloadbalancing', elbSdk, {
        DescribeLoadBalancers: { run: () => ({ LoadBalancerDescriptions: [{ LoadBalancerName: 'classic' }] }) },
      }),
      defineService('elasticloadbalancing', elbv2Sdk, {
        DescribeLoadBalancers: { run: () => ({ LoadBalancers: [{ LoadBalancerName: 'network' }] }) },
      }),
    );

    const classic = await new elbSdk.ElasticLoadBalancingClient(client).send(
      new elbSdk.DescribeLoadBalancersCommand({}),
    );
    const network = await new elbv2Sdk.ElasticLoadBalancingV2Client(client).send(
      new elbv2Sdk.DescribeLoadBalancersCommand({}),
    );

    expect(classic.LoadBalancerDescriptions?.[0]?.LoadBalancerName).toBe('classic');
    expect(network.LoadBalancers?.[0]?.LoadBalancerName).toBe('network');
  });
});

describe('EC2 query protocol', () => {
  it('carries flat lists, filters, nested structures and tags both ways', async () => {
    let seen: unknown;
    const { client } = awsWorld(
      defineService('ec2', ec2Sdk, {
        DescribeInstances: {
          run: (input) => {
            seen = input;
            return {
              Reservations: [
                {
                  Instances: [
                    {
                      InstanceId: 'i-1',
                      LaunchTime: at,
                      Tags: [{ Key: 'k', Value: '' }],
                      EbsOptimized: false,
                      State: { Code: 16, Name: 'running' },
                    },
                  ],
                },
              ],
            };
          },
        },
      }),
    );

    const input = { InstanceIds: ['i-1', 'i-2'], Filters: [{ Name: 'tag:x', Values: ['a', 'b'] }], MaxResults: 5 };
    const output = await new ec2Sdk.EC2Client(client).send(new ec2Sdk.DescribeInstancesCommand(input));

    expect(seen).toEqual(input);
    expect(output.Reservations?.[0]?.Instances?.[0]).toEqual({
      InstanceId: 'i-1',
      LaunchTime: at,
      Tags: [{ Key: 'k', Value: '' }],
      EbsOptimized: false,
      State: { Code: 16, Name: 'running' },
    });
  });

  it('answers errors with their code', async () => {
    const { client } = awsWorld(
      defineService('ec2', ec2Sdk, {
        TerminateInstances: {
          run: () => {
            throw new AwsError('InvalidInstanceID.NotFound', "The instance ID 'i-9' does not exist");
          },
        },
      }),
    );

    const call = new ec2Sdk.EC2Client(client).send(new ec2Sdk.TerminateInstancesCommand({ InstanceIds: ['i-9'] }));

    await expect(call).rejects.toMatchObject({
      name: 'InvalidInstanceID.NotFound',
      message: "The instance ID 'i-9' does not exist",
    });
  });
});

describe('JSON protocols', () => {
  it('carries timestamps, blobs, maps and modelled errors of AWS JSON 1.1', async () => {
    const { client } = awsWorld(
      defineService('ssm', ssmSdk, {
        GetParameter: { run: ({ Name }) => ({ Parameter: { Name, Value: 'ü', LastModifiedDate: at, Version: 3 } }) },
        PutParameter: {
          run: () => {
            throw new AwsError('ParameterAlreadyExists', 'exists');
          },
        },
      }),
      defineService('kms', kmsSdk, {
        Encrypt: { run: ({ Plaintext }) => ({ CiphertextBlob: Uint8Array.from(Plaintext ?? []).reverse() }) },
      }),
    );

    const ssm = new ssmSdk.SSMClient(client);
    const read = await ssm.send(new ssmSdk.GetParameterCommand({ Name: '/a' }));
    const encrypted = await new kmsSdk.KMSClient(client).send(
      new kmsSdk.EncryptCommand({ KeyId: 'k', Plaintext: Uint8Array.of(1, 2, 255), EncryptionContext: { a: 'b' } }),
    );

    expect(read.Parameter).toEqual({ Name: '/a', Value: 'ü', LastModifiedDate: at, Version: 3 });
    expect([...(encrypted.CiphertextBlob ?? [])]).toEqual([255, 2, 1]);
    await expect(ssm.send(new ssmSdk.PutParameterCommand({ Name: '/a', Value: 'b' }))).rejects.toBeInstanceOf(
      ssmSdk.ParameterAlreadyExists,
    );
  });

  it('carries maps of structures of AWS JSON 1.0, and the codes that older clients expect', async () => {
    const { client } = awsWorld(
      defineService('sqs', sqsSdk, {
        SendMessage: { run: ({ MessageAttributes }) => ({ MessageId: MessageAttributes?.a?.StringValue }) },
        GetQueueUrl: {
          run: () => {
            throw new AwsError('QueueDoesNotExist', 'no queue');
          },
        },
      }),
      defineService('cloudwatch', cloudwatchSdk, { PutMetricData: { run: () => ({}) } }),
    );

    const sqs = new sqsSdk.SQSClient({ ...client, md5: false });
    const sent = await sqs.send(
      new sqsSdk.SendMessageCommand({
        QueueUrl: 'https://q',
        MessageBody: 'x',
        MessageAttributes: { a: { DataType: 'String', StringValue: 'v' } },
      }),
    );
    const metrics = await new cloudwatchSdk.CloudWatchClient(client).send(
      new cloudwatchSdk.PutMetricDataCommand({ Namespace: 'n', MetricData: [] }),
    );

    expect(sent.MessageId).toBe('v');
    expect(metrics.$metadata.httpStatusCode).toBe(200);
    await expect(sqs.send(new sqsSdk.GetQueueUrlCommand({ QueueName: 'q' }))).rejects.toBeInstanceOf(
      sqsSdk.QueueDoesNotExist,
    );
  });
});

describe.each([
  ['AWS JSON 1.0', undefined],
  ['RPC v2 CBOR', AwsSmithyRpcV2CborProtocol],
  ['query', AwsQueryProtocol],
])('CloudWatch spoken to in %s', (_, protocol) => {
  it('carries nested lists, numbers, timestamps and errors both ways', async () => {
    let seen: unknown;
    const { client } = awsWorld(
      defineService('cloudwatch', cloudwatchSdk, {
        PutMetricData: {
          run: (input) => {
            seen = input;
            return {};
          },
        },
        GetMetricData: { run: () => ({ MetricDataResults: [{ Id: 'a', Timestamps: [at], Values: [1.5, 2] }] }) },
        GetDashboard: {
          run: () => {
            throw new AwsError('DashboardNotFoundError', 'no dashboard');
          },
        },
      }),
    );
    const sdk = new cloudwatchSdk.CloudWatchClient({ ...client, ...(protocol ? { protocol } : {}) });
    const data = {
      Namespace: 'n',
      MetricData: [{ MetricName: 'm', Timestamp: at, Dimensions: [{ Name: 'k', Value: 'ü&' }], Values: [1, 2.5] }],
    };

    await sdk.send(new cloudwatchSdk.PutMetricDataCommand(data));
    const read = await sdk.send(
      new cloudwatchSdk.GetMetricDataCommand({ MetricDataQueries: [], StartTime: at, EndTime: at }),
    );
    const failed = sdk.send(new cloudwatchSdk.GetDashboardCommand({ DashboardName: 'd' }));

    expect(seen).toEqual(data);
    expect(read.MetricDataResults).toEqual([{ Id: 'a', Timestamps: [at], Values: [1.5, 2] }]);
    await expect(failed).rejects.toMatchObject({ message: 'no dashboard', $metadata: { httpStatusCode: 404 } });
  });
});

describe('REST JSON protocol', () => {
  it('binds labels, query, headers, payload and status', async () => {
    let seen: unknown;
    const { client } = awsWorld(
      defineService('lambda', lambdaSdk, {
        Invoke: {
          run: (input) => {
            seen = input;
            return {
              StatusCode: 202,
              FunctionError: 'Unhandled',
              ExecutedVersion: '3',
              Payload: new TextEncoder().encode('{"a":1}') as never,
            };
          },
        },
        GetFunction: {
          run: () => {
            throw new AwsError('ResourceNotFoundException', 'Function not found: x', { status: 404 });
          },
        },
      }),
      defineService('scheduler', schedulerSdk, {
        GetSchedule: {
          run: ({ Name, GroupName }) => ({
            Name: `${GroupName}/${Name}`,
            StartDate: at,
            Target: { Arn: 'a', RoleArn: 'r' },
          }),
        },
      }),
    );

    const lambda = new lambdaSdk.LambdaClient(client);
    const invoked = await lambda.send(
      new lambdaSdk.InvokeCommand({
        FunctionName: 'a b',
        Qualifier: 'live',
        InvocationType: 'Event',
        Payload: '{"x":2}',
      }),
    );
    const schedule = await new schedulerSdk.SchedulerClient(client).send(
      new schedulerSdk.GetScheduleCommand({ Name: 'n', GroupName: 'g' }),
    );

    expect(seen).toMatchObject({
      FunctionName: 'a b',
      Qualifier: 'live',
      InvocationType: 'Event',
      Payload: new TextEncoder().encode('{"x":2}'),
    });
    expect(invoked).toMatchObject({ StatusCode: 202, FunctionError: 'Unhandled', ExecutedVersion: '3' });
    expect(invoked.Payload?.transformToString()).toBe('{"a":1}');
    expect(schedule).toMatchObject({ Name: 'g/n', StartDate: at, Target: { Arn: 'a', RoleArn: 'r' } });
    await expect(lambda.send(new lambdaSdk.GetFunctionCommand({ FunctionName: 'x' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found: x',
    });
  });
});

describe('the front', () => {
  it('knows the caller by the key it signed with, and refuses what its role does not allow', async () => {
    const { clientOf, authorizer } = awsWorld(
      defineService('ec2', ec2Sdk, { DescribeInstances: { run: () => ({}) }, DescribeVpcs: { run: () => ({}) } }),
    );
    const statement = { Effect: 'Allow', Action: 'ec2:DescribeInst*', Resource: '*' } as const;
    const sdk = new ec2Sdk.EC2Client(clientOf('reader', [statement]));

    const allowed = await sdk.send(new ec2Sdk.DescribeInstancesCommand({}));
    const denied = sdk.send(new ec2Sdk.DescribeVpcsCommand({}));

    expect(allowed.$metadata.httpStatusCode).toBe(200);
    await expect(denied).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
      message:
        'You are not authorized to perform this operation. User: arn:aws:sts::111111111111:assumed-role/reader/session is not authorized to perform: ' +
        'ec2:DescribeVpcs because no identity-based policy allows the ec2:DescribeVpcs action',
      $metadata: { httpStatusCode: 403 },
    });
    expect(authorizer.denials()).toMatchObject([{ roleName: 'reader', action: 'ec2:DescribeVpcs' }]);
  });

  it('says which operation it does not implement', async () => {
    const { client } = awsWorld(defineService('ec2', ec2Sdk, {}));

    const call = new ec2Sdk.EC2Client(client).send(new ec2Sdk.DescribeVpcsCommand({}));

    await expect(call).rejects.toMatchObject({
      name: 'NotImplemented',
      message: 'The local cloud does not implement ec2:DescribeVpcs.',
    });
  });
});
