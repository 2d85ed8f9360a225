import * as autoscaling from '@aws-sdk/client-auto-scaling';
import * as elb from '@aws-sdk/client-elastic-load-balancing';
import * as elbv2 from '@aws-sdk/client-elastic-load-balancing-v2';
import * as s3 from '@aws-sdk/client-s3';
import * as sfn from '@aws-sdk/client-sfn';
import * as ssm from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { AwsError, type Caller, defineService, type Service } from '../../../../simulator/cloud/service.ts';
import { ConnectionError } from '../../../../simulator/wire/http.ts';
import {
  account,
  answer,
  failure,
  functionArn,
  outputOf,
  region,
  StepFunctionsWorld,
  types,
} from './step-functions-world.ts';

// The test answers the calls itself; these only say which operations the local cloud has.
const run = () => ({}) as never;
const services: readonly Service[] = [
  defineService('autoscaling', autoscaling, { CompleteLifecycleAction: { run }, SetDesiredCapacity: { run } }),
  defineService('elasticloadbalancing', elb, {}),
  defineService('elasticloadbalancing', elbv2, { RegisterTargets: { run } }),
  defineService('s3', s3, { GetObject: { run } }),
  defineService('ssm', ssm, { GetParameter: { run } }),
  defineService('states', sfn, { ListExecutions: { run } }),
];

const sdkTask = (resource: string, args: object = {}) => ({
  Call: { Type: 'Task', Resource: `arn:aws:states:::aws-sdk:${resource}`, Arguments: args, End: true },
});

describe('aws-sdk tasks', () => {
  // https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
  it('call the service with the role of the machine and give its answer as JSON', async () => {
    const calls: unknown[] = [];
    const cloud = new StepFunctionsWorld({
      services,
      call: (...call) => {
        calls.push(call);
        return { $metadata: { requestId: 'x' }, When: new Date(0), Name: 'n', Nothing: undefined };
      },
    });
    const execution = await cloud.run(sdkTask('autoscaling:completeLifecycleAction', { InstanceId: 'i-1' }));
    expect(outputOf(execution)).toEqual({ When: '1970-01-01T00:00:00.000Z', Name: 'n' });
    const [[service, operation, input, caller]] = calls as [[string, string, unknown, Caller]];
    expect([service, operation, input]).toEqual(['autoscaling', 'CompleteLifecycleAction', { InstanceId: 'i-1' }]);
    expect(caller.roleName).toBe('machine');
    expect(caller.arn).toBe(`arn:aws:sts::${account}:assumed-role/machine/${execution.name}`);
    expect(execution.run.history[2]).toMatchObject({
      type: 'TaskScheduled',
      taskScheduledEventDetails: { resourceType: 'aws-sdk:autoscaling', resource: 'completeLifecycleAction', region },
    });
  });

  it.each([
    ['autoscaling:completeLifecycleAction', 'ValidationError', 'AutoScaling.AutoScalingException'],
    ['autoscaling:setDesiredCapacity', 'ScalingActivityInProgress', 'AutoScaling.ScalingActivityInProgressException'],
    ['ssm:getParameter', 'ParameterNotFound', 'Ssm.ParameterNotFoundException'],
    ['ssm:getParameter', 'UnrecognizedClientException', 'Ssm.SsmException'],
    ['s3:getObject', 'NoSuchKey', 'S3.NoSuchKeyException'],
    ['s3:getObject', 'SlowDown', 'S3.S3Exception'],
    [
      'elasticloadbalancingv2:registerTargets',
      'TargetGroupNotFound',
      'ElasticLoadBalancingV2.TargetGroupNotFoundException',
    ],
  ])('name an error of %s, %s, as %s', async (resource, code, name) => {
    const cloud = new StepFunctionsWorld({
      services,
      call: () => {
        throw new AwsError(code, 'No active Lifecycle Action found', { status: 400 });
      },
    });
    const { run } = await cloud.run(sdkTask(resource));
    expect(run.outcome).toMatchObject({ status: 'FAILED', error: name });
    expect(run.outcome).toHaveProperty(
      'cause',
      expect.stringMatching(
        /^No active Lifecycle Action found \(Service: \w+, Status Code: 400, Request ID: [0-9a-f-]+(, Extended Request ID: [^)]+)?\)$/,
      ),
    );
  });

  it('name a broken connection as the SDK client does', async () => {
    const cloud = new StepFunctionsWorld({
      services,
      call: () => {
        throw new ConnectionError('ECONNRESET', 'socket hang up');
      },
    });
    expect((await cloud.run(sdkTask('ssm:getParameter'))).run.outcome).toMatchObject({
      error: 'Ssm.SdkClientException',
    });
  });

  it('speak PascalCase to APIs that use camelCase', async () => {
    const cloud = new StepFunctionsWorld({
      services,
      call: (_service, _operation, input) => ({ echoed: input, executions: [{ executionArn: 'e' }] }),
    });
    const execution = await cloud.run(sdkTask('sfn:listExecutions', { StateMachineArn: 'm' }));
    expect(outputOf(execution)).toEqual({ Echoed: { StateMachineArn: 'm' }, Executions: [{ ExecutionArn: 'e' }] });
  });

  it.each([
    'autoscaling:completeLifecycleActions',
    'autoscaling:CompleteLifecycleAction',
    'autoscaling:deletePolicy',
    'glue:getJob',
  ])('are refused when the machine is created if %s is no action, or not simulated', async (resource) => {
    const cloud = new StepFunctionsWorld({ services });
    await expect(cloud.machine(sdkTask(resource))).rejects.toMatchObject({
      code: 'InvalidDefinition',
      message: expect.stringContaining("field 'Resource' of state 'Call'"),
    });
  });
});

describe('Lambda tasks', () => {
  it('give the payload among the metadata, and null or no payload to the function as {}', async () => {
    // https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
    const payloads: unknown[] = [];
    const cloud = new StepFunctionsWorld({
      invoke: async (_name, payload) => {
        payloads.push(payload);
        return answer('ok');
      },
    });
    const states = (args: object) => ({
      Call: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: { FunctionName: 'work', ...args },
        End: true,
      },
    });
    const execution = await cloud.run(states({}));
    await cloud.run(states({ Payload: '[]' }));
    expect(payloads).toEqual([{}, []]);
    expect(outputOf(execution)).toMatchObject({ Payload: 'ok', StatusCode: 200, ExecutedVersion: '$LATEST' });
  });

  it('fail by the name of what the function threw, of the service, or of the missing permission', async () => {
    // https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    const states = { Call: { Type: 'Task', Resource: functionArn, End: true } };
    const error = async (plugs: ConstructorParameters<typeof StepFunctionsWorld>[0]) =>
      (await new StepFunctionsWorld(plugs).run(states)).run.outcome;
    const reject = (code: string) => ({ invoke: () => Promise.reject(new AwsError(code, 'no', { status: 429 })) });
    expect(await error({ invoke: async () => failure('ClusterUnreachable', 'gone') })).toMatchObject({
      error: 'ClusterUnreachable',
      cause: '{"errorType":"ClusterUnreachable","errorMessage":"gone","trace":[]}',
    });
    expect(await error({ invoke: async () => failure('') })).toMatchObject({ error: 'Lambda.Unknown' });
    expect(await error(reject('TooManyRequestsException'))).toMatchObject({
      error: 'Lambda.TooManyRequestsException',
      cause: expect.stringMatching(
        /^no \(Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException; Request ID: .*; Proxy: null\)$/,
      ),
    });
    const authorize = (_caller: Caller, access: { action: string; resource: string }) => {
      throw new AwsError(
        'AccessDeniedException',
        `not authorized to perform: ${access.action} on resource: ${access.resource}`,
      );
    };
    expect(await error({ authorize })).toMatchObject({
      error: 'Lambda.AWSLambdaException',
      cause: expect.stringContaining(
        `lambda:InvokeFunction on resource: ${functionArn} (Service: AWSLambda; Status Code: 403`,
      ),
    });
  });
});

describe('tasks that wait for their token', () => {
  // https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
  const waiting = async (more: object = {}) => {
    let token = '';
    const cloud = new StepFunctionsWorld({
      invoke: async (_name, payload) => {
        token = (payload as { token: string }).token;
        return answer({ sent: true });
      },
    });
    const execution = await cloud.begin({
      Ask: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: { FunctionName: 'work', Payload: { token: '{% $states.context.Task.Token %}' } },
        End: true,
        ...more,
      },
    });
    return { cloud, execution, token };
  };

  it('end with the output that is sent, and their token with them', async () => {
    const { cloud, execution, token } = await waiting();
    await cloud.world.advance(3_600_000);
    expect(execution.run.outcome).toBeUndefined();
    await cloud.api('SendTaskSuccess', { taskToken: token, output: '{"approved":true}' });
    await cloud.world.settle();
    expect(outputOf(execution)).toEqual({ approved: true });
    expect(types(execution.run.history)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    await expect(cloud.api('SendTaskSuccess', { taskToken: token, output: '1' })).rejects.toMatchObject({
      code: 'TaskTimedOut',
    });
    await expect(cloud.api('SendTaskHeartbeat', { taskToken: 'made-up' })).rejects.toMatchObject({
      code: 'InvalidToken',
    });
  });

  it('fail with the error that is sent', async () => {
    const { cloud, execution, token } = await waiting();
    await cloud.api('SendTaskFailure', { taskToken: token, error: 'Rejected', cause: 'by hand' });
    await cloud.world.settle();
    expect(execution.run.outcome).toEqual({ status: 'FAILED', error: 'Rejected', cause: 'by hand' });
  });

  it('live as long as heartbeats come, and end by States.HeartbeatTimeout when they stop', async () => {
    const { cloud, execution, token } = await waiting({ HeartbeatSeconds: '{% 30 %}' });
    for (let beat = 0; beat < 4; beat += 1) {
      await cloud.world.advance(20_000);
      await cloud.api('SendTaskHeartbeat', { taskToken: token });
    }
    expect(execution.run.outcome).toBeUndefined();
    await cloud.world.advance(31_000);
    expect(execution.run.outcome).toEqual({ status: 'FAILED', error: 'States.HeartbeatTimeout' });
    expect((execution.run.stoppedAt ?? 0) - execution.run.startedAt).toBe(110_000);
    expect(types(execution.run.history)).toContain('TaskTimedOut');
  });
});

describe('nested executions', () => {
  // https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
  const parent = (child: string, pattern: string, more: object = {}) => ({
    Nest: {
      Type: 'Task',
      Resource: `arn:aws:states:::states:startExecution${pattern}`,
      Arguments: { StateMachineArn: child, Input: { n: '{% $states.input.n %}' } },
      End: true,
      ...more,
    },
  });
  const wait = {
    Wait: { Type: 'Wait', Seconds: 60, Next: 'Done' },
    Done: { Type: 'Pass', Output: { doubled: '{% $states.input.n * 2 %}' }, End: true },
  };

  it('are waited for with .sync:2, whose Output is JSON, and with .sync, whose Output is text', async () => {
    const cloud = new StepFunctionsWorld();
    const child = await cloud.machine(wait);
    const two = await cloud.run(parent(child, '.sync:2'), { n: 4 });
    expect(outputOf(two)).toMatchObject({ Status: 'SUCCEEDED', Output: { doubled: 8 }, Input: '{"n":4}' });
    expect((two.run.stoppedAt ?? 0) - two.run.startedAt).toBe(60_000);
    expect(types(two.run.history)).toContain('TaskSubmitted');
    const one = await cloud.run(parent(child, '.sync'), { n: 4 });
    expect(outputOf(one)).toMatchObject({ Output: '{"doubled":8}' });
  });

  it('are not waited for without a pattern', async () => {
    const cloud = new StepFunctionsWorld();
    const child = await cloud.machine(wait);
    const execution = await cloud.begin(parent(child, ''), { n: 4 });
    expect(outputOf(execution)).toMatchObject({
      ExecutionArn: expect.stringContaining(':execution:'),
      StartDate: cloud.world.now(),
    });
  });

  it('fail their parent with States.TaskFailed and a description of the child', async () => {
    const cloud = new StepFunctionsWorld();
    const child = await cloud.machine({ Bad: { Type: 'Fail', Error: 'DrainTimedOut', Cause: 'PDB' } });
    const { run } = await cloud.run(parent(child, '.sync:2'), { n: 1 });
    expect(run.outcome).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    const { cause } = run.outcome as { cause: string };
    expect(JSON.parse(cause)).toMatchObject({ Error: 'DrainTimedOut', Cause: 'PDB', Status: 'FAILED' });
  });

  it('are stopped when the task that waits for them times out or its execution is stopped', async () => {
    const cloud = new StepFunctionsWorld();
    const child = await cloud.machine(wait);
    const timedOut = await cloud.run(parent(child, '.sync:2', { TimeoutSeconds: 10 }), { n: 1 });
    expect(timedOut.run.outcome).toEqual({ status: 'FAILED', error: 'States.Timeout' });
    const stopped = await cloud.begin(parent(child, '.sync:2'), { n: 1 });
    await cloud.api('StopExecution', { executionArn: stopped.arn });
    const children = cloud.states.executions().filter((e) => e.stateMachine.arn === child);
    expect(children.map((e) => e.run.outcome?.status)).toEqual(['ABORTED', 'ABORTED']);
  });

  it('fail by name when the child cannot be started', async () => {
    const cloud = new StepFunctionsWorld();
    const missing = `arn:aws:states:${region}:${account}:stateMachine:missing`;
    expect((await cloud.run(parent(missing, ''), { n: 1 })).run.outcome).toMatchObject({
      error: 'StepFunctions.StateMachineDoesNotExistException',
    });
  });
});

describe('message tasks', () => {
  it('send objects as JSON text and fail on an entry that EventBridge refused', async () => {
    // https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
    const sent: unknown[] = [];
    const cloud = new StepFunctionsWorld({
      call: (service, _operation, input) => {
        sent.push(input);
        return service === 'events'
          ? { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] }
          : { MessageId: 'm' };
      },
    });
    const resource = (name: string, args: object) => ({
      Send: { Type: 'Task', Resource: `arn:aws:states:::${name}`, Arguments: args, End: true },
    });
    expect(
      outputOf(await cloud.run(resource('sqs:sendMessage', { QueueUrl: 'q', MessageBody: { a: 1 } }))),
    ).toMatchObject({ MessageId: 'm' });
    const { run } = await cloud.run(resource('events:putEvents', { Entries: [{ Source: 's', Detail: { b: 2 } }] }));
    expect(run.outcome).toMatchObject({ error: 'EventBridge.FailedEntry' });
    expect(sent).toEqual([
      { QueueUrl: 'q', MessageBody: '{"a":1}' },
      { Entries: [{ Source: 's', Detail: '{"b":2}' }] },
    ]);
  });
});
