import { describe, expect, it } from 'vitest';
import { FaultScenario } from '../../support/scenarios/fault-scenario.ts';

const hook = { LifecycleHookName: 'tender-launch', LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING' };
const fromAutoScaling = (event: { readonly source: string }) => event.source === 'aws.autoscaling';

/** Messages in a queue of the stack, as text. */
function messages(scenario: FaultScenario, logicalId: string): string[] {
  const queue = scenario.cloud.queues.find(scenario.deployment.resource(logicalId));
  return (queue?.peek() ?? []).map(({ body }) => body);
}

function putHookEvent(scenario: FaultScenario, detail: Record<string, unknown>): void {
  const { events } = scenario.cloud;
  events.put({
    source: 'aws.autoscaling',
    detailType: 'EC2 Instance-launch Lifecycle Action',
    detail,
    resources: [],
  });
}

/** Lets the launch hook notify a queue or a topic, as groups are set up that use no EventBridge. */
async function notify(scenario: FaultScenario, targetArn: string): Promise<void> {
  const { cloud, cluster } = scenario;
  const trust = { Effect: 'Allow', Principal: { Service: 'autoscaling.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const role = await scenario.operate<{ Role: { Arn: string } }>('iam', 'CreateRole', {
    RoleName: 'hook-notifications',
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
  });
  await scenario.operate('autoscaling', 'PutLifecycleHook', {
    AutoScalingGroupName: cluster.workersGroup,
    ...hook,
    NotificationTargetARN: targetArn,
    RoleARN: role.Role.Arn,
    HeartbeatTimeout: 300,
    DefaultResult: 'ABANDON',
  });
  await cloud.world.advance(10_000);
}

function queueArn(scenario: FaultScenario): string {
  return String(scenario.deployment.stack.outputs.HookNotificationsArn);
}

/** The local cloud delivers notifications as the service, not as the hook's role, so the target's policy has to let it. */
async function allowToSend(scenario: FaultScenario, service: string): Promise<void> {
  const statement = {
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sqs:SendMessage',
    Resource: queueArn(scenario),
  };
  await scenario.operate('sqs', 'SetQueueAttributes', {
    QueueUrl: scenario.deployment.resource('HookNotifications'),
    Attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) },
  });
}

async function allowToPublish(scenario: FaultScenario, TopicArn: string): Promise<void> {
  const Principal = { Service: 'autoscaling.amazonaws.com' };
  const statement = { Effect: 'Allow', Principal, Action: 'sns:Publish', Resource: TopicArn };
  const AttributeValue = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await scenario.operate('sns', 'SetTopicAttributes', { TopicArn, AttributeName: 'Policy', AttributeValue });
}

async function expectJoinedOnce(scenario: FaultScenario): Promise<void> {
  const instanceId = await scenario.launch();
  await scenario.comesToRest();
  expect(scenario.cluster.inService()).toEqual([instanceId]);
  expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
  expect(messages(scenario, 'HookNotifications')).toEqual([]);
  expect(messages(scenario, 'FailedSignals')).toEqual([]);
  expect(scenario.leftovers()).toEqual([]);
}

describe('a malformed event', () => {
  it('ends in the failure destination with its reason, and the next event is routed at once', async () => {
    const scenario = await FaultScenario.prepare();
    putHookEvent(scenario, { AutoScalingGroupName: 'demo-workers', EC2InstanceId: 'not an instance' });
    await expectRoutedBesides(scenario);
    const [failed, ...others] = messages(scenario, 'FailedSignals');
    expect(others).toEqual([]);
    expect(failed).toContain('MalformedSignal');
    expect(failed).toContain('LifecycleTransition is missing');
    expect(failed).toContain('not an instance');
    expect(messages(scenario, 'UndeliveredEvents')).toEqual([]);
  });

  async function expectRoutedBesides(scenario: FaultScenario): Promise<void> {
    const instanceId = await scenario.launch();
    await scenario.comesToRest();
    expect(scenario.cluster.inService()).toEqual([instanceId]);
    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
  }
});

describe('hooks that notify a queue', () => {
  it('start the same bootstrap directly', async () => {
    const scenario = await FaultScenario.prepare();
    await allowToSend(scenario, 'autoscaling.amazonaws.com');
    await notify(scenario, queueArn(scenario));
    scenario.cloud.events.loseNext(fromAutoScaling);
    await expectJoinedOnce(scenario);
  });

  it('start the same bootstrap through a topic', async () => {
    const scenario = await FaultScenario.prepare();
    const { TopicArn } = await scenario.operate<{ TopicArn: string }>('sns', 'CreateTopic', { Name: 'hooks' });
    await allowToSend(scenario, 'sns.amazonaws.com');
    await scenario.operate('sns', 'Subscribe', { TopicArn, Protocol: 'sqs', Endpoint: queueArn(scenario) });
    await allowToPublish(scenario, TopicArn);
    await notify(scenario, TopicArn);
    scenario.cloud.events.loseNext(fromAutoScaling);
    await expectJoinedOnce(scenario);
  });

  it('and EventBridge as well start it once', async () => {
    const scenario = await FaultScenario.prepare();
    await allowToSend(scenario, 'autoscaling.amazonaws.com');
    await notify(scenario, queueArn(scenario));
    await expectJoinedOnce(scenario);
  });

  it('begin with a test notification, which starts nothing and fails nothing', async () => {
    const scenario = await FaultScenario.prepare();
    await allowToSend(scenario, 'autoscaling.amazonaws.com');
    await notify(scenario, queueArn(scenario));
    const sent = scenario.cloud.queues.find(queueArn(scenario));
    expect(sent?.peek()).toEqual([]);
    expect(scenario.events('FunctionEnded').some(({ source }) => source.endsWith('route-signal'))).toBe(true);
    expect(scenario.outcomes()).toEqual([]);
    expect(messages(scenario, 'FailedSignals')).toEqual([]);
  });
});

describe('a batch of messages of which one is malformed', () => {
  it('loses none: only that one comes back, three times, and ends in the dead-letter queue', async () => {
    const scenario = await FaultScenario.prepare();
    scenario.cloud.events.loseNext(fromAutoScaling);
    const instanceId = await scenario.launch();
    await scenario.world.until('the hook waits', () => scenario.cluster.members('Pending:Wait').length === 1);
    const group = scenario.cloud.fleet.groups.all.get(scenario.cluster.workersGroup);
    const action = group?.members.get(instanceId)?.actions.get('tender-launch');
    const notification = {
      ...hook,
      Service: 'AWS Auto Scaling',
      Time: scenario.world.date().toISOString(),
      AutoScalingGroupName: scenario.cluster.workersGroup,
      EC2InstanceId: instanceId,
      LifecycleActionToken: action?.token,
    };
    const Entries = [
      { Id: 'malformed', MessageBody: '{"LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"}' },
      { Id: 'good', MessageBody: JSON.stringify(notification) },
      { Id: 'no-json', MessageBody: 'hello' },
    ];
    await scenario.operate('sqs', 'SendMessageBatch', {
      QueueUrl: scenario.deployment.resource('HookNotifications'),
      Entries,
    });
    await scenario.comesToRest();
    await scenario.world.advance(25 * 60_000);
    expect(scenario.cluster.inService()).toEqual([instanceId]);
    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(messages(scenario, 'HookNotifications')).toEqual([]);
    expect(messages(scenario, 'FailedSignals').toSorted()).toEqual(
      [Entries[0]?.MessageBody, Entries[2]?.MessageBody].toSorted(),
    );
  });
});

describe('the rule’s own queue', () => {
  it('receives the event when the function may not be invoked', async () => {
    const scenario = await FaultScenario.prepare();
    const name = scenario.deployment.resource('RouteDashsignalLambdaFunction');
    const policy = await scenario.operate<{ Policy: string }>('lambda', 'GetPolicy', { FunctionName: name });
    const statements = (JSON.parse(policy.Policy) as { Statement: { Sid: string }[] }).Statement;
    for (const { Sid } of statements) {
      await scenario.world.advance(5_000);
      await scenario.operate('lambda', 'RemovePermission', { FunctionName: name, StatementId: Sid });
    }
    const instanceId = await scenario.launchOnce();
    await scenario.comesToRest();
    const [event] = messages(scenario, 'UndeliveredEvents');
    expect(event).toContain(instanceId);
    expect(scenario.outcomes()).toEqual([]);
    // Nobody answered: the hook's own default result gave the instance back.
    expect(scenario.events('LifecycleActionTimedOut')).toHaveLength(1);
  });
});
