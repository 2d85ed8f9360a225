import { expect, it } from 'vitest';
import { rehearseFleet } from '../support/scenarios/departure.ts';
import type { FaultScenario } from '../support/scenarios/fault-scenario.ts';
import { atTheDoor } from '../support/tender-door.ts';

const state = (instance: string) => ({
  version: '0',
  id: '0f1e2d3c-0000-4000-8000-000000000001',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '111111111111',
  time: '2026-03-02T09:00:00Z',
  region: 'us-east-1',
  resources: [],
  detail: { 'instance-id': instance, state: 'terminated' },
});

it('tender signals shows what came to nothing and leaves it there; redrive takes out what then comes to something, and with --discard what is dropped', {
  timeout: 120_000,
}, async () => {
  const { scenario, leaver } = await rehearseFleet({ workers: 1 });
  await atTheDoor(scenario, async (run) => {
    expect(await run('signals', 'ls')).toMatchObject({ status: 0, out: expect.stringContaining('There is none') });
  });
  scenario.cloud.events.put({
    source: 'aws.autoscaling',
    detailType: 'EC2 Instance-launch Lifecycle Action',
    detail: { AutoScalingGroupName: 'demo-workers', EC2InstanceId: 'not an instance' },
    resources: [],
  });
  await scenario.world.advance(15 * 60_000);
  // One that failed when AWS was in trouble, and one that EventBridge could not deliver to a state machine.
  await send(scenario, 'FailedSignals', {
    requestContext: { condition: 'RetriesExhausted' },
    requestPayload: state(leaver.instanceId),
    responsePayload: { errorType: 'AwsUnavailable', errorMessage: 'away' },
  });
  // One of nobody we know, advice of long ago, and one whose function is gone: they come before what can be done.
  await send(scenario, 'FailedSignals', { requestPayload: state('i-0aaaaaaaaaaaaaaaa') });
  const advice = { ...state(leaver.instanceId), 'detail-type': 'EC2 Instance Rebalance Recommendation' };
  await send(scenario, 'FailedSignals', { requestPayload: { ...advice, time: '2026-02-20T09:00:00Z' } });
  const gone = 'arn:aws:lambda:us-east-1:123456789012:function:long-gone';
  await send(scenario, 'UndeliveredEvents', state(leaver.instanceId), { TARGET_ARN: gone, ERROR_CODE: 'NO_FUNCTION' });
  const sweep = scenario.deployment.resource('SweepRetireMachine');
  const attributes = { TARGET_ARN: sweep, ERROR_CODE: 'SDK_CLIENT_ERROR', ERROR_MESSAGE: 'no way' };
  await send(
    scenario,
    'UndeliveredEvents',
    { cluster: 'demo', instanceId: leaver.instanceId, owner: 'arn:x' },
    attributes,
  );

  await atTheDoor(scenario, async (run) => {
    for (const look of [1, 2]) {
      const listed = await run('signals', 'ls');
      expect(listed.status, `look ${look}`).toBe(1);
      expect(listed.out).toMatch(
        /failed-signals +1\d+m +EC2 Instance-launch Lifecycle Action +not an instance, demo-workers +MalformedSignal: /,
      );
      expect(listed.out).toMatch(
        /failed-signals +\d+s +EC2 Instance State-change Notification +i-\S+ +AwsUnavailable: away\n/,
      );
      expect(listed.out).toMatch(/Rebalance Recommendation .*redriven now, it is dropped: .* more than an hour old/);
      expect(listed.out).toMatch(/undelivered-events +\d+s +\S+ +\S+ +SDK_CLIENT_ERROR: no way\n/);
    }
    expect(await run('signals', 'redrive', '--id', 'zzz')).toMatchObject({ status: 2 });
    const again = await run('signals', 'redrive');
    expect(again).toMatchObject({ status: 1, out: expect.stringMatching(/failed +MalformedSignal: /) });
    expect(again.out).toMatch(/State-change Notification +done +/);
    expect(again.out).toMatch(/undelivered-events +\S+ +done +started redriven-/);
    expect(again.out).toMatch(
      /State-change Notification +dropped +dropped instance i-0aaaaaaaaaaaaaaaa is in no group/,
    );
    expect(again.out).toMatch(/Rebalance Recommendation +dropped +dropped a rebalance .* more than an hour old/);
    expect(again.out).toMatch(/State-change Notification +failed +ResourceNotFound/);
    expect(await run('signals', 'redrive', '--discard')).toMatchObject({
      status: 1,
      out: expect.stringMatching(/Rebalance Recommendation +discarded +dropped a rebalance/),
    });
    const left: { kind: string }[] = JSON.parse((await run('signals', 'ls', '-o', 'json')).out);
    expect(left.map(({ kind }) => kind).toSorted()).toEqual([
      'EC2 Instance State-change Notification',
      'EC2 Instance-launch Lifecycle Action',
    ]);
  });
  expect(scenario.deployment.executions('sweep-retire')).toHaveLength(1);
});

async function send(
  scenario: FaultScenario,
  queue: string,
  body: object,
  attributes: Readonly<Record<string, string>> = {},
): Promise<void> {
  const texts = Object.entries(attributes).map(([name, text]) => [name, { DataType: 'String', StringValue: text }]);
  await scenario.operate('sqs', 'SendMessage', {
    QueueUrl: scenario.deployment.resource(queue),
    MessageBody: JSON.stringify(body),
    MessageAttributes: Object.fromEntries(texts),
  });
}
