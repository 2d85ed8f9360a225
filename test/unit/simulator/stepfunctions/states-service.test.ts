import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../../simulator/cloud/service.ts';
import { functionArn, outputOf, roleArn, StepFunctionsWorld, types } from './step-functions-world.ts';

const waiting = { Wait: { Type: 'Wait', Seconds: 100, End: true } };

describe('StartExecution', () => {
  // https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
  it('answers the running execution of the same name and input, and refuses any other of that name', async () => {
    const cloud = new StepFunctionsWorld();
    const stateMachineArn = await cloud.machine(waiting);
    const start = (input: string) =>
      cloud.api<{ executionArn: string }>('StartExecution', { stateMachineArn, name: 'n', input });
    const first = await start('{"a":1}');
    await cloud.world.advance(1000);
    expect(await start('{"a":1}')).toEqual(first);
    await expect(start('{"a":2}')).rejects.toMatchObject({
      code: 'ExecutionAlreadyExists',
      message: `Execution Already Exists: '${first.executionArn}'`,
    });
    await cloud.world.advance(100_000);
    await expect(start('{"a":1}')).rejects.toMatchObject({ code: 'ExecutionAlreadyExists' });
    await cloud.world.advance(91 * 86_400_000);
    expect((await start('{"a":2}')).executionArn).toBe(first.executionArn);
  });

  it.each(['', 'a b', 'a/b', 'a*', 'x'.repeat(81)])('refuses the name %j', async (name) => {
    const cloud = new StepFunctionsWorld();
    const stateMachineArn = await cloud.machine(waiting);
    await expect(cloud.api('StartExecution', { stateMachineArn, name })).rejects.toMatchObject({ code: 'InvalidName' });
  });

  it('refuses input that is not JSON, and machines that do not exist', async () => {
    const cloud = new StepFunctionsWorld();
    const stateMachineArn = await cloud.machine(waiting);
    await expect(cloud.api('StartExecution', { stateMachineArn, input: '{' })).rejects.toMatchObject({
      code: 'InvalidExecutionInput',
    });
    await expect(cloud.api('StartExecution', { stateMachineArn: `${stateMachineArn}x` })).rejects.toMatchObject({
      code: 'StateMachineDoesNotExist',
    });
  });

  it('runs the version that the ARN names, whatever the machine is now', async () => {
    const cloud = new StepFunctionsWorld();
    const stateMachineArn = await cloud.machine({ Say: { Type: 'Pass', Output: 'old', End: true } });
    const { stateMachineVersionArn } = await cloud.api<{ stateMachineVersionArn: string }>(
      'PublishStateMachineVersion',
      { stateMachineArn },
    );
    const definition = JSON.stringify({
      QueryLanguage: 'JSONata',
      StartAt: 'Say',
      States: { Say: { Type: 'Pass', Output: 'new', End: true } },
    });
    await cloud.api('UpdateStateMachine', { stateMachineArn, definition });
    const run = async (arn: string) => {
      const { executionArn } = cloud.states.start(arn, {});
      await cloud.world.settle();
      return outputOf(cloud.execution(executionArn));
    };
    expect([await run(stateMachineVersionArn), await run(stateMachineArn)]).toEqual(['old', 'new']);
  });
});

describe('StopExecution', () => {
  it('aborts at once, runs no Catch and keeps its first end', async () => {
    // https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
    const cloud = new StepFunctionsWorld({ invoke: () => new Promise(() => {}) });
    const execution = await cloud.begin({
      Work: { Type: 'Task', Resource: functionArn, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Undo' }], End: true },
      Undo: { Type: 'Succeed' },
    });
    await cloud.world.advance(5000);
    await cloud.api('StopExecution', { executionArn: execution.arn, error: 'ByHand', cause: 'console' });
    const again = await cloud.api<{ stopDate: Date }>('StopExecution', { executionArn: execution.arn });
    await cloud.world.advance(5000);
    expect(again.stopDate.getTime()).toBe(execution.run.startedAt + 5000);
    expect(types(execution.run.history).slice(-2)).toEqual(['LambdaFunctionStarted', 'ExecutionAborted']);
    expect(await cloud.api('DescribeExecution', { executionArn: execution.arn })).toMatchObject({
      status: 'ABORTED',
      error: 'ByHand',
      cause: 'console',
    });
  });
});

describe('looking at executions', () => {
  it('pages through a history in either direction', async () => {
    const cloud = new StepFunctionsWorld();
    const execution = await cloud.run({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Succeed' } });
    const page = (more: object) =>
      cloud.api<{ events: { id: number }[]; nextToken?: string }>('GetExecutionHistory', {
        executionArn: execution.arn,
        maxResults: 4,
        ...more,
      });
    const first = await page({});
    const second = await page({ nextToken: first.nextToken });
    expect([...first.events, ...second.events].map((event) => event.id)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(second.nextToken).toBeUndefined();
    expect((await page({ reverseOrder: true })).events.map((event) => event.id)).toEqual([6, 5, 4, 3]);
  });

  it('lists newest first, by status', async () => {
    const cloud = new StepFunctionsWorld();
    const stateMachineArn = await cloud.machine(waiting);
    for (const name of ['a', 'b']) {
      cloud.states.start(stateMachineArn, {}, name);
      await cloud.world.advance(60_000);
    }
    const list = async (statusFilter?: string) => {
      const { executions } = await cloud.api<{ executions: { name: string }[] }>('ListExecutions', {
        stateMachineArn,
        statusFilter,
      });
      return executions.map(({ name }) => name);
    };
    expect(await list()).toEqual(['b', 'a']);
    expect(await list('RUNNING')).toEqual(['b']);
    expect(await list('SUCCEEDED')).toEqual(['a']);
  });
});

describe('status change events', () => {
  it('tell the start and the end of a standard execution, with texts and epoch milliseconds', async () => {
    // https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    const cloud = new StepFunctionsWorld();
    const execution = await cloud.run({ Bad: { Type: 'Fail', Error: 'E', Cause: 'C' } }, { a: 1 });
    await cloud.world.settle();
    expect(cloud.busEvents.map(({ source, detailType, resources }) => [source, detailType, resources])).toEqual([
      ['aws.states', 'Step Functions Execution Status Change', [execution.arn]],
      ['aws.states', 'Step Functions Execution Status Change', [execution.arn]],
    ]);
    expect(cloud.busEvents[0]?.detail).toMatchObject({
      status: 'RUNNING',
      stopDate: null,
      input: '{"a":1}',
      output: null,
    });
    expect(cloud.busEvents[1]?.detail).toMatchObject({
      executionArn: execution.arn,
      stateMachineArn: execution.stateMachine.arn,
      name: execution.name,
      status: 'FAILED',
      error: 'E',
      cause: 'C',
      startDate: execution.run.startedAt,
      stopDate: execution.run.stoppedAt,
    });
  });
});

describe('express machines', () => {
  it('run synchronously, send no events, are not described, and wait for no job', async () => {
    // https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
    const cloud = new StepFunctionsWorld();
    const stateMachineArn = await cloud.machine(
      { Say: { Type: 'Pass', Output: { ok: true }, End: true } },
      { type: 'EXPRESS' },
    );
    const result = await cloud.api<{ executionArn: string }>('StartSyncExecution', {
      stateMachineArn,
      input: '{}',
      name: 'n',
    });
    expect(result).toMatchObject({
      status: 'SUCCEEDED',
      output: '{"ok":true}',
      billingDetails: { billedDurationInMilliseconds: 100 },
    });
    expect(result.executionArn).toContain(':express:m1:n:');
    expect(cloud.busEvents).toEqual([]);
    await expect(cloud.api('DescribeExecution', { executionArn: result.executionArn })).rejects.toMatchObject({
      code: 'InvalidArn',
    });
    const nested = { Nest: { Type: 'Task', Resource: 'arn:aws:states:::states:startExecution.sync:2', End: true } };
    await expect(cloud.machine(nested, { type: 'EXPRESS' })).rejects.toMatchObject({ code: 'InvalidDefinition' });
  });

  it('end after five minutes', async () => {
    const cloud = new StepFunctionsWorld();
    const stateMachineArn = await cloud.machine(
      { Wait: { Type: 'Wait', Seconds: 1000, End: true } },
      { type: 'EXPRESS' },
    );
    const result = cloud.api<{ status: string }>('StartSyncExecution', { stateMachineArn });
    await cloud.world.advance(301_000);
    expect((await result).status).toBe('TIMED_OUT');
  });
});

describe('CreateStateMachine', () => {
  // https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
  it('is idempotent, and refuses another machine of the same name', async () => {
    const cloud = new StepFunctionsWorld();
    const arn = await cloud.machine(waiting, { name: 'same' });
    expect(await cloud.machine(waiting, { name: 'same' })).toBe(arn);
    await expect(cloud.machine({ Other: { Type: 'Succeed' } }, { name: 'same' })).rejects.toMatchObject({
      code: 'StateMachineAlreadyExists',
    });
  });

  it.each([
    [
      'a JSONPath field',
      { A: { Type: 'Pass', Parameters: {}, End: true } },
      "field 'Parameters' is only supported for the 'JSONPath' QueryLanguage at /States/A/Parameters",
    ],
    [
      'a JSONPath state',
      { A: { Type: 'Pass', QueryLanguage: 'JSONPath', End: true } },
      "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
    ],
    [
      'an expression that does not parse',
      { A: { Type: 'Pass', Output: '{% 1 + %}', End: true } },
      'at /States/A/Output',
    ],
    [
      'a field that the type has not',
      { A: { Type: 'Pass', TimeoutSeconds: 1, End: true } },
      "Field 'TimeoutSeconds' is not supported at /States/A/TimeoutSeconds",
    ],
    [
      'a missing target',
      { A: { Type: 'Pass', Next: 'B' }, C: { Type: 'Succeed' } },
      "MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next",
    ],
    [
      'a state that nothing leads to',
      { A: { Type: 'Succeed' }, C: { Type: 'Succeed' } },
      'State "C" is not reachable. at /States/C',
    ],
    [
      'no end',
      { A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } },
      'MISSING_END_STATE: Workflow has no terminal state',
    ],
    [
      'an activity',
      { A: { Type: 'Task', Resource: 'arn:aws:states:eu-west-1:111111111111:activity:a', End: true } },
      "field 'Resource' of state 'A'",
    ],
    [
      'an unknown integration',
      { A: { Type: 'Task', Resource: 'arn:aws:states:::batch:submitJob.sync', End: true } },
      "field 'Resource' of state 'A'",
    ],
    [
      'a reader',
      {
        A: {
          Type: 'Map',
          ItemReader: {},
          ItemProcessor: { StartAt: 'B', States: { B: { Type: 'Succeed' } } },
          End: true,
        },
      },
      "does not support field 'ItemReader' (state 'A')",
    ],
    [
      'an operator that JSONata got after 2.0.6',
      { A: { Type: 'Pass', Output: '{% {"a": [$states.input.a ?? 1]} %}', End: true } },
      "the operator '??' is newer than JSONata 2.0.6",
    ],
    [
      'the other one',
      { A: { Type: 'Pass', Output: '{% ($f := function($x) { $x ?: 2 }; $f(1)) %}', End: true } },
      "the operator '?:' is newer than JSONata 2.0.6",
    ],
    [
      'a heartbeat that is no shorter than the timeout',
      { A: { Type: 'Task', Resource: functionArn, TimeoutSeconds: 5, HeartbeatSeconds: 5, End: true } },
      "'HeartbeatSeconds' must be smaller than 'TimeoutSeconds' at /States/A/HeartbeatSeconds",
    ],
    ['a wait of half a second', { A: { Type: 'Wait', Seconds: 0.5, End: true } }, 'at /States/A/Seconds'],
    [
      'a timestamp without offset',
      { A: { Type: 'Wait', Timestamp: '2026-01-01T00:00:00', End: true } },
      'at /States/A/Timestamp',
    ],
    [
      'an inner variable that hides an outer one',
      {
        A: {
          Type: 'Parallel',
          Assign: { v: 1 },
          Branches: [{ StartAt: 'B', States: { B: { Type: 'Pass', Assign: { v: 2 }, End: true } } }],
          End: true,
        },
      },
      "Variable 'v' is already assigned in an outer scope",
    ],
  ])('refuses %s', async (_what, states, message) => {
    const cloud = new StepFunctionsWorld();
    await expect(cloud.machine(states as Record<string, object>)).rejects.toMatchObject({
      code: 'InvalidDefinition',
      message: expect.stringContaining(message),
    });
  });

  it('asks for the managed rule of .sync children', async () => {
    // https://docs.aws.amazon.com/step-functions/latest/dg/stepfunctions-iam.html
    const cloud = new StepFunctionsWorld({
      authorize: (_caller, { action }) => {
        if (action.startsWith('events:')) throw new AwsError('AccessDeniedException', 'no');
      },
    });
    const nested = { Nest: { Type: 'Task', Resource: 'arn:aws:states:::states:startExecution.sync:2', End: true } };
    await expect(cloud.machine(nested)).rejects.toMatchObject({
      code: 'AccessDeniedException',
      message: `'${roleArn}' is not authorized to create managed-rule.`,
    });
  });

  it('is foretold by ValidateStateMachineDefinition', async () => {
    const cloud = new StepFunctionsWorld();
    const definition = JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B' } } });
    expect(await cloud.api('ValidateStateMachineDefinition', { definition })).toMatchObject({
      result: 'FAIL',
      diagnostics: [
        { severity: 'ERROR', code: 'MISSING_TRANSITION_TARGET', location: '/States/A/Next' },
        { code: 'MISSING_END_STATE' },
      ],
    });
  });
});

describe("the world's log", () => {
  it('names machine, execution, state and error, and no data', async () => {
    const cloud = new StepFunctionsWorld();
    await cloud.run({ Bad: { Type: 'Fail', Error: 'E', Cause: 'secret cause' } }, { secret: 'input' });
    const log = cloud.world.history.entries.filter((entry) => entry.source === 'states');
    expect(log.map(({ event, details }) => [event, details.state ?? details.error])).toEqual([
      ['ExecutionStarted', undefined],
      ['StateEntered', 'Bad'],
      ['ExecutionFailed', 'E'],
    ]);
    expect(cloud.world.history.toText()).not.toContain('secret');
  });
});
