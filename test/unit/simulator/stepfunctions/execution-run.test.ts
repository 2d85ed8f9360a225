import { describe, expect, it } from 'vitest';
import { answer, failure, functionArn, outputOf, StepFunctionsWorld, types } from './step-functions-world.ts';

const task = { Type: 'Task', Resource: functionArn, End: true };

describe('Retry', () => {
  it('waits the interval, grown by the rate and cut at the cap, before each attempt', async () => {
    // https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    const at: number[] = [];
    const cloud = new StepFunctionsWorld({
      invoke: async (_name, _payload, world) => {
        at.push(world.now());
        return failure('Busy');
      },
    });
    const start = cloud.world.now();
    const retry = [{ ErrorEquals: ['Busy'], IntervalSeconds: 3, BackoffRate: 2, MaxDelaySeconds: 5, MaxAttempts: 3 }];
    const { run } = await cloud.run({ Work: { ...task, Retry: retry } });
    expect(at.map((moment) => (moment - start) / 1000)).toEqual([0, 3, 8, 13]);
    expect(run.outcome).toMatchObject({ status: 'FAILED', error: 'Busy' });
  });

  it('draws FULL jitter between 0 and the delay, the same for the same seed', async () => {
    const delays = async (): Promise<readonly number[]> => {
      const at: number[] = [];
      const cloud = new StepFunctionsWorld({
        invoke: async (_name, _payload, world) => {
          at.push(world.now());
          return failure('Busy');
        },
      });
      const retry = [
        { ErrorEquals: ['Busy'], IntervalSeconds: 10, BackoffRate: 1, MaxAttempts: 20, JitterStrategy: 'FULL' },
      ];
      const { executionArn } = cloud.states.start(
        await cloud.machine({ Work: { ...task, Retry: retry } }),
        {},
        'jitter',
      );
      await cloud.world.until('over', () => cloud.execution(executionArn).run.outcome !== undefined);
      return at.slice(1).map((moment, i) => (moment - (at[i] ?? 0)) / 1000);
    };
    const first = await delays();
    expect(first).toHaveLength(20);
    for (const delay of first) expect(delay >= 0 && delay < 10).toBe(true);
    expect(Math.max(...first) - Math.min(...first)).toBeGreaterThan(3);
    expect(await delays()).toEqual(first);
  });

  it('never retries with MaxAttempts 0, even when a later retrier would', async () => {
    let calls = 0;
    const cloud = new StepFunctionsWorld({
      invoke: async () => {
        calls += 1;
        return failure('Fatal');
      },
    });
    await cloud.run({
      Work: { ...task, Retry: [{ ErrorEquals: ['Fatal'], MaxAttempts: 0 }, { ErrorEquals: ['States.ALL'] }] },
    });
    expect(calls).toBe(1);
  });

  it('counts each retrier alone and tells the attempt in the context object', async () => {
    const errors = ['A', 'B', 'A', 'B'];
    const counts: unknown[] = [];
    const cloud = new StepFunctionsWorld({
      invoke: async (_name, payload) => {
        counts.push(payload);
        const error = errors.shift();
        return error ? failure(error) : answer('done');
      },
    });
    const retry = ['A', 'B'].map((name) => ({ ErrorEquals: [name], IntervalSeconds: 1, MaxAttempts: 2 }));
    const execution = await cloud.run({
      Work: { ...task, Arguments: '{% $states.context.State.RetryCount %}', Retry: retry },
    });
    expect(counts).toEqual([0, 1, 2, 3, 4]);
    expect(outputOf(execution)).toBe('done');
    // One for the state, one for each of four retries: https://aws.amazon.com/step-functions/pricing/
    expect(execution.run.billedTransitions).toBe(5);
  });
});

describe('Catch', () => {
  it('takes the first catcher that fits and gives its Output and Assign the error', async () => {
    const cloud = new StepFunctionsWorld({ invoke: async () => failure('ClusterUnreachable', 'no route') });
    const execution = await cloud.run(
      {
        Work: {
          ...task,
          Catch: [
            { ErrorEquals: ['Other'], Next: 'Wrong' },
            {
              ErrorEquals: ['ClusterUnreachable'],
              Assign: { why: '{% $states.errorOutput.Error %}' },
              Output: { was: '{% $states.input %}', message: '{% $parse($states.errorOutput.Cause).errorMessage %}' },
              Next: 'Undo',
            },
            { ErrorEquals: ['States.ALL'], Next: 'Wrong' },
          ],
        },
        Wrong: { Type: 'Fail' },
        Undo: { Type: 'Pass', Output: '{% $merge([$states.input, {"why": $why}]) %}', End: true },
      },
      { instanceId: 'i-1' },
    );
    expect(outputOf(execution)).toEqual({ was: { instanceId: 'i-1' }, message: 'no route', why: 'ClusterUnreachable' });
  });

  it('takes a query evaluation error, also by States.ALL', async () => {
    // https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    const cloud = new StepFunctionsWorld();
    const execution = await cloud.run(
      {
        Work: {
          ...task,
          Arguments: '{% $states.input.a + "x" %}',
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
        },
        Caught: { Type: 'Pass', End: true },
      },
      { a: 1 },
    );
    expect(outputOf(execution)).toEqual({
      Error: 'States.QueryEvaluationError',
      Cause:
        "An error occurred while executing the state 'Work' (entered at the event id #2). The JSONata expression '$states.input.a + \"x\"' specified for the field 'Arguments' threw an error during evaluation. T2002: The right side of the \"+\" operator must evaluate to a number",
    });
    expect(types(execution.run.history)).toContain('EvaluationFailed');
  });

  it('does not take States.Runtime: a Choice that fits nothing ends the execution through any catcher', async () => {
    // https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    const cloud = new StepFunctionsWorld();
    const choice = {
      StartAt: 'Which',
      States: {
        Which: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'End' }] },
        End: { Type: 'Succeed' },
      },
    };
    const { run } = await cloud.run({
      Both: {
        Type: 'Parallel',
        Branches: [choice],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
        End: true,
      },
      Caught: { Type: 'Pass', End: true },
    });
    expect(run.outcome).toEqual({
      status: 'FAILED',
      error: 'States.Runtime',
      cause:
        "An error occurred while executing the state 'Which' (entered at the event id #4). Failed to transition out of the state. The state does not point to a next state.",
    });
  });

  it('takes a missed deadline by States.Timeout but not by States.TaskFailed', async () => {
    const cloud = new StepFunctionsWorld({
      invoke: async (_n, _p, world) => world.sleep(60_000).then(() => answer({})),
    });
    const states = (error: string) => ({
      Work: { ...task, TimeoutSeconds: '{% 2 * 5 %}', Catch: [{ ErrorEquals: [error], Next: 'Caught' }] },
      Caught: { Type: 'Succeed' },
    });
    const taken = await cloud.run(states('States.Timeout'));
    expect(outputOf(taken)).toEqual({ Error: 'States.Timeout', Cause: '' });
    expect((taken.run.stoppedAt ?? 0) - taken.run.startedAt).toBe(10_000);
    expect(types(taken.run.history)).toContain('LambdaFunctionTimedOut');
    const missed = await cloud.run(states('States.TaskFailed'));
    expect(missed.run.outcome).toEqual({ status: 'FAILED', error: 'States.Timeout' });
  });
});

describe('limits', () => {
  it('fails an execution with event 25,000, which tells so', async () => {
    // https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html
    const cloud = new StepFunctionsWorld();
    const { run } = await cloud.run({
      Again: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'Again' }], Default: 'End' },
      End: { Type: 'Succeed' },
    });
    expect(run.history).toHaveLength(25_000);
    expect(run.history.at(-1)).toMatchObject({ id: 25_000, previousEventId: 24_999, type: 'ExecutionFailed' });
    expect(run.outcome).toEqual({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
  });

  it('fails a state whose output is larger than 262,144 bytes, not one of exactly that', async () => {
    // https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
    const cloud = new StepFunctionsWorld();
    const pass = (length: number) => ({ Grow: { Type: 'Pass', Output: `{% $pad("", ${length}, "x") %}`, End: true } });
    expect((await cloud.run(pass(262_142))).run.outcome?.status).toBe('SUCCEEDED');
    expect((await cloud.run(pass(262_143))).run.outcome).toMatchObject({
      status: 'FAILED',
      error: 'States.DataLimitExceeded',
    });
  });

  it('ends a machine that outlives its TimeoutSeconds TIMED_OUT, to the second, and runs no Catch', async () => {
    const cloud = new StepFunctionsWorld({
      invoke: async (_n, _p, world) => world.sleep(60_000).then(() => answer({})),
    });
    const { run } = await cloud.run(
      { Work: { ...task, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }] }, Caught: { Type: 'Succeed' } },
      {},
      { TimeoutSeconds: 30 },
    );
    expect(run.outcome).toEqual({ status: 'TIMED_OUT' });
    expect((run.stoppedAt ?? 0) - run.startedAt).toBe(30_000);
    expect(types(run.history)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'ExecutionTimedOut',
    ]);
    expect(run.history.at(-1)).toMatchObject({
      previousEventId: 0,
      executionTimedOutEventDetails: { error: 'States.Timeout' },
    });
  });
});

describe('Map', () => {
  it('keeps at most MaxConcurrency iterations at work and the order of the items in the result', async () => {
    let [active, most] = [0, 0];
    const cloud = new StepFunctionsWorld({
      invoke: async (_name, payload, world) => {
        active += 1;
        most = Math.max(most, active);
        await world.sleep((10 - Number(payload)) * 1000);
        active -= 1;
        return answer(payload);
      },
    });
    const execution = await cloud.run({
      Each: {
        Type: 'Map',
        Items: '{% [1..7] %}',
        MaxConcurrency: 3,
        ItemProcessor: { StartAt: 'Work', States: { Work: task } },
        End: true,
      },
    });
    expect(most).toBe(3);
    expect(outputOf(execution)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('shows an iteration its item and the outer variables, and keeps what it assigns to itself', async () => {
    // https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
    const cloud = new StepFunctionsWorld();
    const execution = await cloud.run({
      Begin: { Type: 'Pass', Assign: { outer: 'o' }, Next: 'Each' },
      Each: {
        Type: 'Map',
        Items: ['a', 'b'],
        ItemSelector: { i: '{% $states.context.Map.Item.Index %}', v: '{% $states.context.Map.Item.Value & $outer %}' },
        ItemProcessor: {
          StartAt: 'Keep',
          States: {
            Keep: { Type: 'Pass', Assign: { inner: '{% $states.input.v %}' }, Next: 'Show' },
            Show: { Type: 'Pass', Output: '{% $inner & $states.input.i %}', End: true },
          },
        },
        Output: { result: '{% $states.result %}', leaked: '{% $exists($inner) %}' },
        End: true,
      },
    });
    expect(outputOf(execution)).toEqual({ result: ['ao0', 'bo1'], leaked: false });
  });

  it('stops its other iterations when one fails, and says which states it aborted', async () => {
    const cloud = new StepFunctionsWorld({
      invoke: async (_name, payload, world) =>
        payload === 'bad' ? failure('Broken') : world.sleep(60_000).then(() => answer(payload)),
    });
    const { run } = await cloud.run({
      Each: {
        Type: 'Map',
        Items: ['good', 'bad'],
        ItemProcessor: { StartAt: 'Work', States: { Work: task } },
        End: true,
      },
    });
    expect(run.outcome).toMatchObject({ status: 'FAILED', error: 'Broken' });
    expect(run.stoppedAt).toBe(run.startedAt);
    expect(types(run.history).slice(-5)).toEqual([
      'MapIterationFailed',
      'TaskStateAborted',
      'MapIterationAborted',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
  });

  it('tolerates failures up to ToleratedFailureCount in a distributed map, then fails by name', async () => {
    // https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
    const cloud = new StepFunctionsWorld({
      invoke: async (_n, payload) => (payload === 0 ? failure('Broken') : answer(payload)),
    });
    const each = (items: readonly number[]) => ({
      Each: {
        Type: 'Map',
        Items: items,
        ToleratedFailureCount: 1,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'Work',
          States: { Work: task },
        },
        End: true,
      },
    });
    expect(outputOf(await cloud.run(each([1, 0, 2])))).toEqual([1, 2]);
    expect((await cloud.run(each([1, 0, 0]))).run.outcome).toMatchObject({
      error: 'States.ExceedToleratedFailureThreshold',
    });
  });
});

describe('Parallel', () => {
  it('gives every branch a copy of its Arguments and joins their outputs in order', async () => {
    const cloud = new StepFunctionsWorld();
    const branch = (name: string, seconds: number) => ({
      StartAt: `Wait${name}`,
      States: {
        [`Wait${name}`]: { Type: 'Wait', Seconds: seconds, Next: name },
        [name]: { Type: 'Pass', Output: `{% $states.input & '${name}' %}`, End: true },
      },
    });
    const execution = await cloud.run({
      Both: { Type: 'Parallel', Arguments: 'x', Branches: [branch('A', 5), branch('B', 2)], End: true },
    });
    expect(outputOf(execution)).toEqual(['xA', 'xB']);
    expect((execution.run.stoppedAt ?? 0) - execution.run.startedAt).toBe(5000);
    const chain = execution.run.history.map(({ id, previousEventId, type }) => [id, previousEventId, type]);
    expect(chain).toContainEqual([4, 3, 'WaitStateEntered']);
    expect(chain).toContainEqual([5, 3, 'WaitStateEntered']);
  });
});

describe('expressions', () => {
  it('take time and luck from the world', async () => {
    const expression =
      '{% {"now": $now(), "millis": $millis(), "day": $now("[Y]"), "uuid": $uuid(), "luck": $random(), "order": $shuffle([1..9])} %}';
    const run = async () => {
      const cloud = new StepFunctionsWorld();
      const { executionArn } = cloud.states.start(
        await cloud.machine({ Look: { Type: 'Pass', Output: expression, End: true } }),
        {},
        'same',
      );
      await cloud.world.settle();
      return outputOf(cloud.execution(executionArn));
    };
    const first = (await run()) as Record<string, unknown>;
    expect(first).toMatchObject({ now: '2026-03-02T09:00:00.000Z', millis: Date.UTC(2026, 2, 2, 9), day: '2026' });
    expect(first.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/);
    expect(await run()).toEqual(first);
  });

  it('have the functions that Step Functions adds', async () => {
    // https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    const cloud = new StepFunctionsWorld();
    const execution = await cloud.run({
      Look: {
        Type: 'Pass',
        Output: {
          partition: '{% $partition([1,2,3,4], 3) %}',
          range: '{% $range(0, 6, 2) %}',
          down: '{% $range(3, 1, -1) %}',
          hash: '{% $hash("input", "SHA-1") %}',
          seeded: '{% $random(42) %}',
          plain: '{% true ? "?:" : "??" %}',
          parse: '{% $parse("{\\"a\\":1}").a %}',
        },
        End: true,
      },
    });
    expect(outputOf(execution)).toEqual({
      partition: [[1, 2, 3], [4]],
      range: [0, 2, 4, 6],
      down: [3, 2, 1],
      hash: '140f86aae51ab9e1cda9b4254fe98a74eb54c1a1',
      seeded: 0.7275636800328681,
      plain: '?:',
      parse: 1,
    });
  });

  it('must give data: nothing and a function are errors of the state', async () => {
    const cloud = new StepFunctionsWorld();
    const cause = async (expression: string) => {
      const { run } = await cloud.run({ Look: { Type: 'Pass', Output: { a: [1, `{% ${expression} %}`] }, End: true } });
      return run.outcome?.status === 'FAILED' ? run.outcome.cause : undefined;
    };
    const sentence =
      "An error occurred while executing the state 'Look' (entered at the event id #2). The JSONata expression";
    expect(await cause('$nobody')).toBe(
      `${sentence} '$nobody' specified for the field 'Output/a[1]' returned nothing (undefined).`,
    );
    expect(await cause('$sum')).toBe(
      `${sentence} '$sum' for the field 'Output/a[1]' returned an unsupported result type.`,
    );
    expect(await cause('function($x){$x}')).toContain('returned an unsupported result type.');
  });

  it('have no $eval', async () => {
    const cloud = new StepFunctionsWorld();
    const { run } = await cloud.run({ Look: { Type: 'Pass', Output: '{% $eval("1+1") %}', End: true } });
    expect(run.outcome).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(run.outcome).toHaveProperty('cause', expect.stringContaining('T1006: Attempted to invoke a non-function'));
  });

  it('fail when they recurse without end', async () => {
    const cloud = new StepFunctionsWorld();
    const { run } = await cloud.run({
      Look: { Type: 'Pass', Output: '{% ($f := function($n){ 1 + $f($n) }; $f(1)) %}', End: true },
    });
    expect(run.outcome).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
  });
});
