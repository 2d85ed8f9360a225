import { channel } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { InvalidInput, InvalidOutput } from '../../../src/runtime/errors.ts';
import { type Surroundings, type Task, task } from '../../../src/runtime/task.ts';

const Input = z.strictObject({ cluster: z.string(), nodeName: z.optional(z.string()) });
const Output = z.object({ done: z.boolean() });

const execution = 'arn:aws:states:us-east-1:111111111111:execution:tender-dev-node-bootstrap:hook-1';
const event = { cluster: 'demo', execution, step: 'CordonNode' };
const context = { functionName: 'cordon-node', awsRequestId: 'r-1', getRemainingTimeInMillis: () => 4_000 };

class PodsLeft extends Error {
  override readonly name = 'PodsLeft';
}

function surroundings() {
  const lines: string[] = [];
  let now = new Date('2026-03-02T09:00:00Z').getTime();
  return {
    lines,
    records: () => lines.map((line) => JSON.parse(line)),
    advance: (ms: number) => {
      now += ms;
    },
    given: {
      now: () => new Date(now),
      write: (line: string) => void lines.push(line),
      environment: {},
    } satisfies Surroundings,
  };
}

function taskOf(changes: Partial<Task<typeof Input, typeof Output, object>>, world = surroundings()) {
  return {
    world,
    handler: task(
      { input: Input, output: Output, services: () => ({}), run: () => ({ done: true }), ...changes },
      world.given,
    ),
  };
}

describe('a task', () => {
  it('runs with its parsed input and returns its checked output', async () => {
    const { handler } = taskOf({ run: ({ cluster, nodeName }) => ({ done: cluster === 'demo' && nodeName === 'a' }) });
    expect(await handler({ ...event, nodeName: 'a' }, context)).toEqual({ done: true });
  });

  it('takes the envelope off before the strict schema sees the input, and tells the step who calls', async () => {
    let seen: unknown;
    const { handler } = taskOf({
      run: (input, _services, runtime) => {
        const { execution, step, workflow } = runtime;
        seen = { input, execution, step, workflow, now: runtime.now(), remainingMs: runtime.remainingMs() };
        return { done: true };
      },
    });
    await handler(event, context);
    expect(seen).toEqual({
      input: { cluster: 'demo' },
      execution,
      step: 'CordonNode',
      workflow: 'tender-dev-node-bootstrap',
      now: new Date('2026-03-02T09:00:00Z'),
      remainingMs: 4_000,
    });
  });

  it('refuses a wrong input before anything is built, with every problem and no value', async () => {
    let built = 0;
    const { handler } = taskOf({ services: () => ({ built: ++built }) });
    const refused = handler({ nodename: 'secret', execution }, context);
    await expect(refused).rejects.toBeInstanceOf(InvalidInput);
    await expect(refused).rejects.toMatchObject({
      name: 'InvalidInput',
      problems: ['cluster: is required (string)', 'nodename: is not a known field; did you mean nodeName?'],
    });
    await expect(refused).rejects.not.toThrow('secret');
    expect(built).toBe(0);
  });

  it('fails with InvalidOutput when the step does not return what it promises', async () => {
    const { handler } = taskOf({ run: () => ({ done: 'yes' }) as never });
    await expect(handler(event, context)).rejects.toBeInstanceOf(InvalidOutput);
    await expect(handler(event, context)).rejects.toThrow('done: must be a boolean');
  });

  it('lets an error of the step through by its own name', async () => {
    const error = new PodsLeft('three pods are left');
    const { handler } = taskOf({ run: () => Promise.reject(error) });
    await expect(handler(event, context)).rejects.toBe(error);
  });

  it('takes any event when its schema does', async () => {
    const handler = task(
      { input: z.unknown(), output: z.unknown(), services: () => ({}), run: (raw) => raw },
      surroundings().given,
    );
    expect(await handler('text', context)).toBe('text');
    expect(await handler([1], context)).toEqual([1]);
    expect(await handler(null, context)).toBeNull();
  });
});

describe('the services of a task', () => {
  function counting() {
    const world = surroundings();
    const built: string[] = [];
    const { handler } = taskOf(
      {
        services: async ({ cluster }) => {
          built.push(cluster);
          if (cluster === 'broken' && built.length === 1) throw new Error('no such secret');
          return {};
        },
      },
      world,
    );
    return { built, handler, world };
  }

  it('are built once for each cluster', async () => {
    const { built, handler } = counting();
    for (const cluster of ['blue', 'green', 'blue', 'green']) await handler({ cluster }, context);
    expect(built).toEqual(['blue', 'green']);
  });

  it('are built again after five minutes, so that a rotated credential is picked up', async () => {
    const { built, handler, world } = counting();
    await handler(event, context);
    world.advance(5 * 60_000 - 1);
    await handler(event, context);
    expect(built).toHaveLength(1);
    world.advance(1);
    await handler(event, context);
    expect(built).toHaveLength(2);
  });

  it('are tried again when they could not be built', async () => {
    const { handler } = counting();
    await expect(handler({ cluster: 'broken' }, context)).rejects.toThrow('no such secret');
    await expect(handler({ cluster: 'broken' }, context)).resolves.toEqual({ done: true });
  });
});

describe('what a task writes', () => {
  it('is one record and one set of metrics for an invocation', async () => {
    const world = surroundings();
    const { handler } = taskOf(
      {
        run: () => {
          world.advance(250);
          return { done: true };
        },
        counters: ({ done }) => ({ NodesCordoned: done ? 1 : 0 }),
      },
      world,
    );
    await handler(event, context);
    await handler(event, context);
    const [record, metrics, later] = world.records();
    expect(record).toEqual({
      level: 'info',
      time: '2026-03-02T09:00:00.250Z',
      message: 'step done',
      cluster: 'demo',
      execution,
      step: 'CordonNode',
      function: 'cordon-node',
      requestId: 'r-1',
      cold: true,
      durationMs: 250,
      awsCalls: 0,
      kubernetesCalls: 0,
      NodesCordoned: 1,
    });
    expect(metrics).toMatchObject({
      cluster: 'demo',
      workflow: 'tender-dev-node-bootstrap',
      Duration: 250,
      Failures: 0,
      NodesCordoned: 1,
      _aws: { CloudWatchMetrics: [{ Namespace: 'Tender', Dimensions: [['cluster', 'workflow']] }] },
    });
    expect(later.cold).toBe(false);
  });

  it('has a set of metrics for each part of the cluster that has figures of its own', async () => {
    const parts = [{ dimension: 'breaker', of: 'group workers-a', counters: { BreakerOpen: 1 } }];
    const { handler, world } = taskOf({ pieces: () => parts });
    await handler(event, context);
    expect(world.records().at(-1)).toEqual({
      _aws: {
        Timestamp: Date.parse('2026-03-02T09:00:00Z'),
        CloudWatchMetrics: [
          {
            Namespace: 'Tender',
            Dimensions: [['cluster', 'breaker']],
            Metrics: [{ Name: 'BreakerOpen', Unit: 'Count' }],
          },
        ],
      },
      cluster: 'demo',
      breaker: 'group workers-a',
      BreakerOpen: 1,
    });
  });

  it('counts a failure and tells the error by name', async () => {
    const { handler, world } = taskOf({ run: () => Promise.reject(new PodsLeft('three pods are left')) });
    await expect(handler(event, context)).rejects.toThrow();
    const [record, metrics] = world.records();
    expect(record).toMatchObject({ level: 'error', error: { name: 'PodsLeft', message: 'three pods are left' } });
    expect(metrics).toMatchObject({ Failures: 1 });
  });

  it('is written for a refused input as well', async () => {
    const { handler, world } = taskOf({});
    await expect(handler({}, context)).rejects.toThrow();
    expect(world.records()[0]).toMatchObject({ level: 'error', error: { name: 'InvalidInput' } });
  });

  it('counts the requests of this invocation and of no other that runs beside it', async () => {
    const aws = channel('tender.aws.call');
    const kubernetes = channel('tender.kubernetes.call');
    const { handler, world } = taskOf({
      run: async ({ nodeName }) => {
        aws.publish(undefined);
        await Promise.resolve();
        if (nodeName === 'busy') kubernetes.publish(undefined);
        return { done: true };
      },
    });
    await Promise.all([handler({ ...event, nodeName: 'busy' }, context), handler(event, context)]);
    const records = world.records().filter((record) => record.message === 'step done');
    expect(records.map(({ awsCalls, kubernetesCalls }) => [awsCalls, kubernetesCalls]).toSorted()).toEqual([
      [1, 0],
      [1, 1],
    ]);
    expect(aws.hasSubscribers).toBe(false);
  });

  it('holds no token, key or signature even where a step logs one', async () => {
    const { handler, world } = taskOf({
      run: (_input, _services, { logger }) => {
        logger.info('joined with abcdef.0123456789abcdef', {
          authorization: 'Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl',
          iam: 'k8s-aws-v1.aHR0cHM6Ly9zdHM',
          key: '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----',
          url: 'https://sts.amazonaws.com/?X-Amz-Signature=0011ff&Version=1',
        });
        return { done: true };
      },
    });
    await handler(event, context);
    const line = world.lines[0] ?? '';
    for (const secret of ['0123456789abcdef', 'c2lnbmF0dXJl', 'aHR0cHM6Ly9zdHM', 'MHcCAQEE', '0011ff']) {
      expect(line).not.toContain(secret);
    }
    expect(JSON.parse(line).message).toBe('joined with abcdef.[redacted]');
    expect(JSON.parse(line).url).toContain('&Version=1');
  });
});
