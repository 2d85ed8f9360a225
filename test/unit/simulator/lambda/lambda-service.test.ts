import { beforeEach, describe, expect, it } from 'vitest';
import { LambdaCloud, zipOf } from './lambda-cloud.ts';

const ECHO =
  'export const handler = async (event, context) => ({ event, version: context.functionVersion, arn: context.invokedFunctionArn });';
const FAIL = "export const handler = async () => { throw new RangeError('no') };";

describe('the Lambda API', () => {
  let cloud: LambdaCloud;
  beforeEach(() => {
    cloud = new LambdaCloud();
  });

  const invoke = async (FunctionName: string, event: unknown, more: object = {}) => {
    const input = { FunctionName, Payload: Buffer.from(JSON.stringify(event)), ...more };
    const { Payload, ...output } = await cloud.call<{ Payload?: Uint8Array }>('lambda', 'Invoke', input);
    return { ...output, payload: Payload ? JSON.parse(Buffer.from(Payload).toString()) : undefined };
  };
  const createQueue = async (QueueName: string, Attributes: object = {}): Promise<string> => {
    await cloud.call('sqs', 'CreateQueue', { QueueName, Attributes });
    return `arn:aws:sqs:us-east-1:111111111111:${QueueName}`;
  };
  const send = (QueueName: string, MessageBody: string) =>
    cloud.call('sqs', 'SendMessage', {
      QueueUrl: `https://sqs.us-east-1.amazonaws.com/111111111111/${QueueName}`,
      MessageBody,
    });
  const bodies = (arn: string) => cloud.queues.receive(arn, 10).map(({ body }) => JSON.parse(body));

  it('invokes a function from its archive', async () => {
    await cloud.create('echo', ECHO);

    expect(await invoke('echo', { a: 1 })).toEqual({
      StatusCode: 200,
      ExecutedVersion: '$LATEST',
      payload: { event: { a: 1 }, version: '$LATEST', arn: 'arn:aws:lambda:us-east-1:111111111111:function:echo' },
    });
  });

  it('shows an error of the function as FunctionError, and of Lambda as an exception', async () => {
    await cloud.create('fail', FAIL);

    expect(await invoke('fail', {})).toMatchObject({
      StatusCode: 200,
      FunctionError: 'Unhandled',
      payload: { errorType: 'RangeError', errorMessage: 'no' },
    });
    await expect(invoke('nobody', {})).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
      message: 'Function not found: arn:aws:lambda:us-east-1:111111111111:function:nobody',
    });
  });

  it('keeps published versions when the code changes, and follows aliases', async () => {
    await cloud.create('echo', ECHO);
    const published = await cloud.call('lambda', 'PublishVersion', { FunctionName: 'echo' });
    const again = await cloud.call('lambda', 'PublishVersion', { FunctionName: 'echo' });
    await cloud.call('lambda', 'CreateAlias', { FunctionName: 'echo', Name: 'live', FunctionVersion: '1' });
    await cloud.call('lambda', 'UpdateFunctionCode', {
      FunctionName: 'echo',
      ZipFile: await zipOf("export const handler = async () => 'new';"),
    });

    expect([published.Version, again.Version]).toEqual(['1', '1']);
    expect((await invoke('echo', {})).payload).toBe('new');
    expect((await invoke('echo:live', {})).payload).toMatchObject({ version: '1' });
    expect((await invoke('echo', {}, { Qualifier: '1' })).payload).toMatchObject({
      arn: 'arn:aws:lambda:us-east-1:111111111111:function:echo:1',
    });
    await expect(invoke('echo:2', {})).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  });

  it('lets a function call another over the wire only with the permission', async () => {
    const caller = `
      import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
      const lambda = new LambdaClient({ maxAttempts: 1 });
      export const handler = async () => {
        try {
          const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'echo', Payload: JSON.stringify({ from: 'caller' }) }));
          return JSON.parse(Payload.transformToString()).event;
        } catch (error) { return error.name; }
      };`;
    await cloud.create('echo', ECHO);
    await cloud.create('may', caller, ['lambda:InvokeFunction']);
    await cloud.create('may-not', caller);

    expect((await invoke('may', {})).payload).toEqual({ from: 'caller' });
    expect((await invoke('may-not', {})).payload).toBe('AccessDeniedException');
  });

  it('lets a rule invoke only when the policy of the function names it', async () => {
    await cloud.create('echo', ECHO);
    const sender = (name: string) => ({
      principal: 'events.amazonaws.com',
      sourceArn: `arn:aws:events:us-east-1:111111111111:rule/${name}`,
      sourceAccount: '111111111111',
    });
    await cloud.call('lambda', 'AddPermission', {
      FunctionName: 'echo',
      StatementId: 'rule',
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: sender('launches').sourceArn,
    });

    expect(() => cloud.functions.invokeLater('echo', {}, sender('others'))).toThrow('no resource-based policy allows');
    cloud.functions.invokeLater('echo', {}, sender('launches'));
    await cloud.world.advance(5000);

    expect(cloud.functions.usage()).toMatchObject([{ functionName: 'echo', invocations: 1 }]);
  });

  it('refuses more invocations at once than are reserved', async () => {
    await cloud.create('slow', 'export const handler = () => new Promise((r) => setTimeout(r, 1000));');
    await cloud.call('lambda', 'PutFunctionConcurrency', { FunctionName: 'slow', ReservedConcurrentExecutions: 1 });
    const first = cloud.functions.invoke('slow', {});

    await expect(cloud.functions.invoke('slow', {})).rejects.toMatchObject({
      code: 'TooManyRequestsException',
      status: 429,
      fields: { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' },
    });
    await cloud.world.advance(5000);
    expect(await first).toMatchObject({ ok: true });
  });

  it('retries an event after one and two minutes, then sends it to the failure destination', async () => {
    const failed = await createQueue('failed');
    await cloud.create('fail', FAIL, ['sqs:SendMessage']);
    await cloud.call('lambda', 'PutFunctionEventInvokeConfig', {
      FunctionName: 'fail',
      DestinationConfig: { OnFailure: { Destination: failed } },
    });

    expect(await invoke('fail', { n: 7 }, { InvocationType: 'Event' })).toMatchObject({ StatusCode: 202 });
    await cloud.world.advance(10 * 60_000);

    const starts = cloud.world.history.entries.filter(({ event }) => event === 'FunctionStarted').map(({ at }) => at);
    const minutes = starts.map((at) => Math.round((at - (starts[0] ?? 0)) / 60_000));
    expect(minutes).toEqual([0, 1, 3]);
    expect(bodies(failed)).toMatchObject([
      {
        version: '1.0',
        requestContext: {
          condition: 'RetriesExhausted',
          approximateInvokeCount: 3,
          functionArn: expect.stringMatching(/:fail:\$LATEST$/),
        },
        requestPayload: { n: 7 },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        responsePayload: { errorType: 'RangeError', errorMessage: 'no' },
      },
    ]);
  });

  it('gives an event up when it grows too old before it was ever let in', async () => {
    const failed = await createQueue('failed');
    await cloud.create('fail', FAIL, ['sqs:SendMessage']);
    await cloud.call('lambda', 'PutFunctionConcurrency', { FunctionName: 'fail', ReservedConcurrentExecutions: 0 });
    await cloud.call('lambda', 'PutFunctionEventInvokeConfig', {
      FunctionName: 'fail',
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnFailure: { Destination: failed } },
    });

    cloud.functions.invokeLater('fail', {});
    await cloud.world.advance(5 * 60_000);

    expect(bodies(failed)).toMatchObject([{ requestContext: { condition: 'EventAgeExceeded' } }]);
  });

  it('polls a queue, deletes what was handled, and lets the reported failures come again', async () => {
    const arn = await createQueue('work', { VisibilityTimeout: '60' });
    await cloud.create(
      'worker',
      `const seen = {};
       export const handler = async ({ Records }) => {
         const failed = [];
         for (const { messageId, body, attributes } of Records) {
           console.log('got ' + body + ' for the ' + attributes.ApproximateReceiveCount + '. time');
           if (body === 'bad' && Number(attributes.ApproximateReceiveCount) < 2) failed.push({ itemIdentifier: messageId });
         }
         return { batchItemFailures: failed };
       };`,
    );
    await cloud.call('lambda', 'CreateEventSourceMapping', {
      EventSourceArn: arn,
      FunctionName: 'worker',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });

    await send('work', 'good');
    await send('work', 'bad');
    await cloud.world.advance(3 * 60_000);

    const { events } = await cloud.call<{ events: { message: string }[] }>('logs', 'FilterLogEvents', {
      logGroupName: '/aws/lambda/worker',
      filterPattern: 'got',
    });
    expect(events.map(({ message }) => message.split('\t').at(-1)).sort()).toEqual([
      'got bad for the 1. time',
      'got bad for the 2. time',
      'got good for the 1. time',
    ]);
    expect(cloud.queues.receive(arn, 10)).toEqual([]);
  });

  it('writes the report of each invocation to the log group, and bills it', async () => {
    await cloud.create('echo', ECHO, [], { MemorySize: 1024 });
    await invoke('echo', {});
    await invoke('echo', {});

    const { events } = await cloud.call<{ events: { message: string }[] }>('logs', 'FilterLogEvents', {
      logGroupName: '/aws/lambda/echo',
      filterPattern: 'REPORT',
    });
    const [cold, warm] = events.map(({ message }) => message);
    expect(cold).toMatch(
      /^REPORT RequestId: \S+\tDuration: \d+\.00 ms\tBilled Duration: \d+ ms\tMemory Size: 1024 MB\t.*Init Duration/,
    );
    expect(warm).not.toContain('Init Duration');
    const [usage] = cloud.functions.usage();
    expect(usage).toMatchObject({ functionName: 'echo', invocations: 2, coldStarts: 1, errors: 0 });
    expect(usage?.gigabyteSeconds).toBeCloseTo((usage?.billedMs ?? 0) / 1000);
  });

  it('refuses what it cannot run', async () => {
    const base = { FunctionName: 'x', Role: 'r', Handler: 'a.b', Code: { ZipFile: new Uint8Array() } };
    const create = (more: object) => cloud.call('lambda', 'CreateFunction', { ...base, ...more });

    await expect(create({ Runtime: 'python3.13' })).rejects.toMatchObject({ code: 'NotImplemented', status: 501 });
    await expect(create({ Runtime: 'nodejs24.x', Timeout: 901 })).rejects.toMatchObject({
      code: 'ValidationException',
    });
    await expect(
      create({ Runtime: 'nodejs24.x', Environment: { Variables: { A: 'x'.repeat(5000) } } }),
    ).rejects.toMatchObject({ code: 'InvalidParameterValueException' });
  });
});
