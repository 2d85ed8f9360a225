import { describe, expect, test } from 'vitest';
import { AwsError, type CallContext } from '../../../../simulator/cloud/service.ts';
import type { DeliveryPorts } from '../../../../simulator/eventbridge/delivery.ts';
import { EventBus } from '../../../../simulator/eventbridge/event-bus.ts';
import { Schedules } from '../../../../simulator/eventbridge/schedules.ts';
import { Queues } from '../../../../simulator/sqs/queues.ts';
import { World } from '../../../../simulator/world/world.ts';

const region = 'us-east-1';
const account = '111111111111';
const functionArn = `arn:aws:lambda:${region}:${account}:function:route`;
const machineArn = `arn:aws:states:${region}:${account}:stateMachine:sweep`;
const roleArn = `arn:aws:iam::${account}:role/starter`;

function makeCloud(options: { readonly refusal?: string; readonly lambdaFails?: number } = {}) {
  const world = new World({ seed: 1 });
  const queues = new Queues(world, { region, account });
  const invoked: { at: number; payload: unknown }[] = [];
  const started: unknown[] = [];
  let failures = options.lambdaFails ?? 0;
  const ports: DeliveryPorts = {
    world,
    region,
    account,
    queues,
    topics: { publishAsService: () => {}, publishAsRole: () => {} },
    calls: { call: async () => ({}) },
    authorizer: { refusal: () => options.refusal },
    functions: {
      invoke: async () => ({ ok: true, payload: null, executedVersion: '1' }),
      invokeLater: (_name, payload) => {
        if (failures-- > 0) throw new AwsError('ServiceException', 'out of order', { status: 500 });
        invoked.push({ at: world.now(), payload });
      },
    },
    executions: {
      start: (arn, input) => {
        started.push(input);
        return { executionArn: arn };
      },
    },
  };
  const bus = new EventBus(ports);
  const schedules = new Schedules(ports);
  const caller = { arn: `arn:aws:iam::${account}:user/operator`, account, context: {} };
  const context: CallContext = { world, region, account, caller, requestId: 'r-1' };
  const call = async (name: string, input: object): Promise<unknown> => {
    const service = [bus.service, schedules.service, queues.service].find(({ operations }) => operations[name]);
    return service?.operations[name]?.run(input as never, context);
  };
  return { world, queues, bus, invoked, started, call };
}

async function withRule(cloud: ReturnType<typeof makeCloud>, target: object): Promise<void> {
  await cloud.call('PutRule', { Name: 'launches', EventPattern: JSON.stringify({ source: ['aws.autoscaling'] }) });
  await cloud.call('PutTargets', { Rule: 'launches', Targets: [{ Id: 'one', ...target }] });
}

const launch = { source: 'aws.autoscaling', detailType: 'EC2 Instance Launch', detail: { n: 1 }, resources: ['arn'] };

describe('the default event bus', () => {
  test('brings a matching event to its target within a second, in the shape that AWS gives it', async () => {
    const cloud = makeCloud();
    await withRule(cloud, { Arn: functionArn });

    cloud.bus.put(launch);
    cloud.bus.put({ ...launch, source: 'aws.ec2' });
    await cloud.world.advance(1000);

    expect(cloud.invoked).toHaveLength(1);
    expect(cloud.invoked[0]?.payload).toMatchObject({
      version: '0',
      'detail-type': 'EC2 Instance Launch',
      account,
      region,
      time: '2026-03-02T09:00:00Z',
      detail: { n: 1 },
      resources: ['arn'],
    });
  });

  test('rewrites the event for a target that asks for it', async () => {
    const cloud = makeCloud();
    await withRule(cloud, {
      Arn: functionArn,
      InputTransformer: {
        InputPathsMap: { n: '$.detail.n', type: '$.detail-type', first: '$.resources[0]' },
        InputTemplate: '{"n": <n>, "text": "<type> of <first>", "rule": <aws.events.rule-name>}',
      },
    });

    cloud.bus.put(launch);
    await cloud.world.advance(1000);

    expect(cloud.invoked[0]?.payload).toEqual({ n: 1, text: 'EC2 Instance Launch of arn', rule: 'launches' });
  });

  test('tries again when a target is out of order', async () => {
    const cloud = makeCloud({ lambdaFails: 2 });
    await withRule(cloud, { Arn: functionArn });

    cloud.bus.put(launch);
    await cloud.world.untilIdle();

    expect(cloud.invoked).toHaveLength(1);
    expect(cloud.invoked[0]?.at).toBeGreaterThan(cloud.world.history.entries[0]?.at ?? 0);
  });

  test('puts what it may not deliver into the dead-letter queue, with the reason', async () => {
    const cloud = makeCloud({ refusal: 'not authorized to perform: states:StartExecution' });
    await cloud.call('CreateQueue', { QueueName: 'dead' });
    const queueArn = `arn:aws:sqs:${region}:${account}:dead`;
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queueArn,
    };
    const Policy = JSON.stringify({ Statement: [statement] });
    await cloud.call('SetQueueAttributes', { QueueUrl: 'dead', Attributes: { Policy } });
    await withRule(cloud, { Arn: machineArn, RoleArn: roleArn, DeadLetterConfig: { Arn: queueArn } });

    cloud.bus.put(launch);
    await cloud.world.untilIdle();

    const [message] = cloud.queues.find(queueArn)?.peek() ?? [];
    expect(cloud.started).toEqual([]);
    expect(message?.attributes.ERROR_CODE?.StringValue).toBe('NO_PERMISSIONS');
    expect(message?.attributes.TARGET_ARN?.StringValue).toBe(machineArn);
    expect(JSON.parse(message?.body ?? '')).toMatchObject({ source: 'aws.autoscaling' });
  });

  test('loses, doubles and delays events when told to', async () => {
    const cloud = makeCloud();
    await withRule(cloud, { Arn: functionArn });

    cloud.bus.loseNext(() => true);
    cloud.bus.put(launch);
    await cloud.world.advance(5000);
    expect(cloud.invoked).toHaveLength(0);

    cloud.bus.doubleNext(() => true);
    cloud.bus.put(launch);
    await cloud.world.advance(5000);
    expect(cloud.invoked).toHaveLength(2);

    cloud.bus.delayNext(() => true, 60_000);
    cloud.bus.put({ ...launch, detail: { n: 'first' } });
    cloud.bus.put({ ...launch, detail: { n: 'second' } });
    await cloud.world.advance(120_000);
    expect(cloud.invoked.slice(2).map(({ payload }) => (payload as typeof launch).detail.n)).toEqual([
      'second',
      'first',
    ]);
  });

  test('runs a scheduled rule every period, and no more once it is disabled', async () => {
    const cloud = makeCloud();
    await cloud.call('PutRule', { Name: 'tick', ScheduleExpression: 'rate(1 minute)' });
    await cloud.call('PutTargets', { Rule: 'tick', Targets: [{ Id: 'one', Arn: functionArn }] });

    await cloud.world.advance(3 * 60_000 + 1000);
    await cloud.call('DisableRule', { Name: 'tick' });
    await cloud.world.advance(600_000);

    expect(cloud.invoked).toHaveLength(3);
  });
});

describe('schedules', () => {
  test('keep the wall clock of their time zone across daylight saving', async () => {
    const cloud = makeCloud();
    await cloud.call('CreateSchedule', {
      Name: 'nightly',
      ScheduleExpression: 'cron(0 3 ? * SUN *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: functionArn, RoleArn: roleArn, Input: '{"at":"<aws.scheduler.scheduled-time>"}' },
    });

    await cloud.world.advance(35 * 86_400_000);

    const times = cloud.invoked.map(({ payload }) => (payload as { at: string }).at);
    expect(times).toEqual([
      '2026-03-08T02:00:00Z',
      '2026-03-15T02:00:00Z',
      '2026-03-22T02:00:00Z',
      '2026-03-29T01:00:00Z',
      '2026-04-05T01:00:00Z',
    ]);
  });

  test('refuse an expression that is none', async () => {
    const cloud = makeCloud();

    const creating = cloud.call('CreateSchedule', {
      Name: 'odd',
      ScheduleExpression: 'cron(0 3 * * * *)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: functionArn, RoleArn: roleArn },
    });

    await expect(creating).rejects.toMatchObject({ code: 'ValidationException' });
  });
});
