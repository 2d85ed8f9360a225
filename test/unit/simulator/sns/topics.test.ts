import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  PublishBatchCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import type { FunctionInvoker } from '../../../../simulator/cloud/ports.ts';
import { AwsError } from '../../../../simulator/cloud/service.ts';
import { Topics } from '../../../../simulator/sns/topics.ts';
import type { ServiceSender } from '../../../../simulator/sqs/queue-policy.ts';
import { Queues } from '../../../../simulator/sqs/queues.ts';
import { account, awsWorld, region } from '../../../support/aws-world.ts';

const TopicArn = `arn:aws:sns:${region}:${account}:news`;
const queueArn = (name: string) => `arn:aws:sqs:${region}:${account}:${name}`;
const functionArn = `arn:aws:lambda:${region}:${account}:function:reader`;

/** A topic, a queue `inbox` that lets it in and a queue `closed` that lets nobody in, and a function with or without permission. */
async function topicWorld({ permitted = true } = {}) {
  const cloud = awsWorld();
  const queues = new Queues(cloud.world, { region, account });
  const invoked: { name: string; payload: unknown; sender: ServiceSender | undefined }[] = [];
  const functions: FunctionInvoker = {
    invoke: () => Promise.reject(new Error('SNS invokes asynchronously')),
    invokeLater: (name, payload, sender) => {
      if (!permitted) throw new AwsError('AccessDeniedException', 'no permission', { status: 403 });
      invoked.push({ name, payload, sender });
    },
  };
  const topics = new Topics({ world: cloud.world, region, account, queues, functions });
  cloud.dispatcher.register(queues.service);
  cloud.dispatcher.register(topics.service);
  const sns = new SNSClient(cloud.client);
  const sqs = new SQSClient(cloud.client);
  const Statement = {
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: '*',
    Condition: { ArnEquals: { 'aws:SourceArn': TopicArn } },
  };
  const Policy = JSON.stringify({ Statement });
  for (const QueueName of ['inbox', 'dead'])
    await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { Policy } }));
  await sqs.send(new CreateQueueCommand({ QueueName: 'closed' }));
  await sns.send(new CreateTopicCommand({ Name: 'news' }));
  const subscribe = async (Endpoint: string, Attributes?: Record<string, string>) => {
    const Protocol = Endpoint.split(':')[2];
    const { SubscriptionArn } = await sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes }));
    return SubscriptionArn ?? '';
  };
  const publish = async (Message: string, more: object = {}) => {
    const { MessageId } = await sns.send(new PublishCommand({ TopicArn, Message, ...more }));
    await cloud.world.untilIdle();
    return MessageId;
  };
  const bodies = (name: string) =>
    queues
      .find(queueArn(name))
      ?.peek()
      .map(({ body }) => body) ?? [];
  return { ...cloud, queues, topics, sns, invoked, subscribe, publish, bodies };
}

const number = (StringValue: string) => ({ DataType: 'Number', StringValue });
const text = (StringValue: string) => ({ DataType: 'String', StringValue });

describe('a notification to a queue', () => {
  it('comes in an envelope', async () => {
    const { subscribe, publish, bodies } = await topicWorld();
    const subscription = await subscribe(queueArn('inbox'));

    const MessageId = await publish('hello', { Subject: 'greeting', MessageAttributes: { cluster: text('demo') } });

    expect(bodies('inbox').map((body) => JSON.parse(body))).toEqual([
      expect.objectContaining({
        Type: 'Notification',
        MessageId,
        TopicArn,
        Subject: 'greeting',
        Message: 'hello',
        Timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        UnsubscribeURL: expect.stringContaining(subscription),
        MessageAttributes: { cluster: { Type: 'String', Value: 'demo' } },
      }),
    ]);
  });

  it('comes as it is, with its attributes, where raw delivery is asked for', async () => {
    const { subscribe, publish, queues } = await topicWorld();
    await subscribe(queueArn('inbox'), { RawMessageDelivery: 'true' });

    await publish('hello', { MessageAttributes: { cluster: text('demo') } });

    expect(queues.find(queueArn('inbox'))?.peek()).toEqual([
      expect.objectContaining({ body: 'hello', attributes: { cluster: text('demo') } }),
    ]);
  });

  it('does not get in without the policy of the queue, and goes where the subscription says then', async () => {
    const { subscribe, publish, bodies, world } = await topicWorld();
    const deadLetterTargetArn = queueArn('dead');
    await subscribe(queueArn('closed'), { RedrivePolicy: JSON.stringify({ deadLetterTargetArn }) });

    await publish('hello');

    expect([bodies('closed'), bodies('dead')]).toEqual([[], ['hello']]);
    expect(world.history.entries.some(({ event }) => event === 'DeliveryFailed')).toBe(true);
  });

  it('is picked by a filter policy on its attributes or its body', async () => {
    const { subscribe, publish, bodies } = await topicWorld();
    const byAttributes = {
      FilterPolicy: '{"cluster":["demo"],"count":[{"numeric":[">",2]}]}',
      RawMessageDelivery: 'true',
    };
    const byBody = { FilterPolicy: '{"kind":["alarm"]}', FilterPolicyScope: 'MessageBody', RawMessageDelivery: 'true' };
    await subscribe(queueArn('inbox'), byAttributes);
    await subscribe(queueArn('dead'), byBody);
    const demo = { cluster: text('demo') };

    await publish('none', { MessageAttributes: demo });
    await publish('few', { MessageAttributes: { ...demo, count: number('2') } });
    await publish('many', { MessageAttributes: { ...demo, count: number('10') } });
    await publish('{"kind":"alarm"}');

    expect([bodies('inbox'), bodies('dead')]).toEqual([['many'], ['{"kind":"alarm"}']]);
  });

  it('has the text for its protocol when there is one for each', async () => {
    const { subscribe, publish, bodies } = await topicWorld();
    await subscribe(queueArn('inbox'), { RawMessageDelivery: 'true' });
    const MessageStructure = 'json';

    await publish('{"default":"all","sqs":"queues"}', { MessageStructure });

    expect(bodies('inbox')).toEqual(['queues']);
    await expect(publish('{"sqs":"queues"}', { MessageStructure })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'Invalid parameter: Message Structure - No default entry in JSON message body',
    });
  });
});

describe('a notification to a function', () => {
  it('is an event with one record, and the topic says who it is', async () => {
    const { subscribe, publish, invoked } = await topicWorld();
    const EventSubscriptionArn = await subscribe(functionArn);

    await publish('hello');

    expect(invoked).toEqual([
      {
        name: functionArn,
        sender: { principal: 'sns.amazonaws.com', sourceArn: TopicArn, sourceAccount: account },
        payload: {
          Records: [
            {
              EventSource: 'aws:sns',
              EventVersion: '1.0',
              EventSubscriptionArn,
              Sns: expect.objectContaining({ Subject: null, Message: 'hello', MessageAttributes: {} }),
            },
          ],
        },
      },
    ]);
    expect(JSON.stringify(invoked)).toMatch(/SigningCertUrl.*UnsubscribeUrl/);
  });

  it('is not delivered without the permission of the function', async () => {
    const { subscribe, publish, invoked, world } = await topicWorld({ permitted: false });
    await subscribe(functionArn);

    await publish('hello');

    expect(invoked).toEqual([]);
    expect(world.history.entries.some(({ event }) => event === 'DeliveryFailed')).toBe(true);
  });
});

describe('a topic', () => {
  it('mails people', async () => {
    const { sns, publish, topics } = await topicWorld();
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'people@example.com' }));

    await publish('hello', { Subject: 'greeting' });

    expect(topics.mails).toEqual([
      expect.objectContaining({ to: 'people@example.com', subject: 'greeting', message: 'hello' }),
    ]);
  });

  it('takes notifications of alarms by its default policy, and of rules only by one that names them', async () => {
    const { topics, sns, subscribe, bodies, world } = await topicWorld();
    await subscribe(queueArn('inbox'), { RawMessageDelivery: 'true' });
    const as = (service: string) => {
      const sender = {
        principal: `${service}.amazonaws.com`,
        sourceArn: `arn:aws:${service}:${region}:${account}:x`,
        sourceAccount: account,
      };
      topics.publishAsService(TopicArn, { message: service }, sender);
    };
    as('cloudwatch');
    expect(() => as('events')).toThrow(/not authorized to perform: SNS:Publish/);
    const Statement = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sns:Publish',
      Resource: TopicArn,
    };
    const AttributeValue = JSON.stringify({ Statement });
    await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }));
    as('events');
    expect(() => as('cloudwatch')).toThrow(/not authorized/);
    await world.untilIdle();

    expect(bodies('inbox').sort()).toEqual(['cloudwatch', 'events']);
  });

  it('refuses a role that may not publish, and is missed under its own error', async () => {
    const cloud = await topicWorld();
    const sns = new SNSClient(cloud.clientOf('nobody', []));

    await expect(sns.send(new PublishCommand({ TopicArn, Message: 'x' }))).rejects.toMatchObject({
      name: 'AuthorizationErrorException',
      message: expect.stringContaining(`not authorized to perform: sns:Publish on resource: ${TopicArn}`),
    });
    await expect(cloud.publish('x', { TopicArn: `${TopicArn}-not` })).rejects.toMatchObject({
      name: 'NotFoundException',
      message: 'Topic does not exist',
    });
    await expect(cloud.publish('x'.repeat(262_145))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('tells the fate of each entry of a batch', async () => {
    const { sns, subscribe, bodies, world } = await topicWorld();
    await subscribe(queueArn('inbox'), { RawMessageDelivery: 'true' });
    const PublishBatchRequestEntries = [
      { Id: 'good', Message: 'one' },
      { Id: 'bad', Message: '{}', MessageStructure: 'json' },
    ];

    const answer = await sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }));
    await world.untilIdle();

    expect(answer.Successful?.map(({ Id }) => Id)).toEqual(['good']);
    expect(answer.Failed).toEqual([
      expect.objectContaining({ Id: 'bad', Code: 'InvalidParameter', SenderFault: true }),
    ]);
    expect(bodies('inbox')).toEqual(['one']);
  });

  it.each([
    ['EmptyBatchRequestException', []],
    ['BatchEntryIdsNotDistinctException', ['a', 'a']],
    ['TooManyEntriesInBatchRequestException', Array.from({ length: 11 }, (_, n) => `n${n}`)],
  ])('refuses a batch as a whole: %s', async (name, ids) => {
    const { sns } = await topicWorld();
    const PublishBatchRequestEntries = ids.map((Id) => ({ Id, Message: 'x' }));

    await expect(sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }))).rejects.toMatchObject({
      name,
    });
  });

  it('has one subscription for an endpoint, which can be changed and ended', async () => {
    const { sns, subscribe, publish, bodies } = await topicWorld();
    const SubscriptionArn = await subscribe(queueArn('inbox'));
    expect(await subscribe(queueArn('inbox'))).toBe(SubscriptionArn);
    await expect(subscribe(queueArn('inbox'), { RawMessageDelivery: 'true' })).rejects.toMatchObject({
      message: expect.stringContaining('Subscription already exists with different attributes'),
    });
    const raw = { AttributeName: 'RawMessageDelivery', AttributeValue: 'true' };
    await sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, ...raw }));
    const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
    expect(Attributes).toMatchObject({ RawMessageDelivery: 'true', Endpoint: queueArn('inbox'), Protocol: 'sqs' });

    await publish('one');
    await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    await publish('two');

    expect(bodies('inbox')).toEqual(['one']);
  });

  it('refuses a filter policy that is none', async () => {
    const { subscribe } = await topicWorld();

    await expect(subscribe(queueArn('inbox'), { FilterPolicy: '{"a":"not a list"}' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringMatching(/^Invalid parameter: FilterPolicy: /),
    });
  });
});
