import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { Queues } from '../../../../simulator/sqs/queues.ts';
import { account, awsWorld, region } from '../../../support/aws-world.ts';

async function queueWorld(attributes: Readonly<Record<string, string>> = {}) {
  const cloud = awsWorld();
  const queues = new Queues(cloud.world, { region, account });
  cloud.dispatcher.register(queues.service);
  const sqs = new SQSClient(cloud.client);
  const create = async (QueueName: string, Attributes: Readonly<Record<string, string>>) =>
    (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? '';
  const QueueUrl = await create('work', attributes);
  const send = (MessageBody: string, more: object = {}) =>
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
  const receive = async (more: object = {}) =>
    (await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more }))).Messages ?? [];
  return { ...cloud, queues, sqs, create, QueueUrl, send, receive };
}

const seconds = 1000;

describe('a message in a queue', () => {
  it('is hidden from others once it is received, comes back when nobody deletes it, and is counted', async () => {
    const { send, receive, world } = await queueWorld({ VisibilityTimeout: '30' });
    await send('one');

    const [first] = await receive({ MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
    const meanwhile = await receive();
    await world.advance(30 * seconds);
    const [again] = await receive({ MessageSystemAttributeNames: ['All'] });

    expect(first).toMatchObject({ Body: 'one', Attributes: { ApproximateReceiveCount: '1' } });
    expect(meanwhile).toEqual([]);
    expect(again?.MessageId).toBe(first?.MessageId);
    expect(again?.Attributes).toMatchObject({ ApproximateReceiveCount: '2', SenderId: expect.any(String) });
  });

  it('is gone when it was deleted, also by the handle of an earlier receipt', async () => {
    const { send, receive, sqs, QueueUrl, world } = await queueWorld();
    await send('one');
    const [first] = await receive();
    await world.advance(30 * seconds);
    await receive();

    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle ?? '' }));
    await world.advance(60 * seconds);

    expect(await receive()).toEqual([]);
  });

  it('keeps its attributes, under checksums that the client verifies', async () => {
    const { send, receive } = await queueWorld();
    const attribute = { DataType: 'String', StringValue: 'demo' };
    await send('one', { MessageAttributes: { cluster: attribute, other: attribute } });

    const [message] = await receive({ MessageAttributeNames: ['cluster'] });

    expect(message?.MessageAttributes).toEqual({ cluster: attribute });
    expect(message?.MD5OfMessageAttributes).toMatch(/^[0-9a-f]{32}$/);
  });

  it('waits as long as its sender says, or its queue', async () => {
    const { send, receive, world } = await queueWorld({ DelaySeconds: '60' });
    await send('queue');
    await send('sender', { DelaySeconds: 5 });

    const now = await receive();
    await world.advance(5 * seconds);
    const soon = await receive();
    await world.advance(55 * seconds);
    const later = await receive({ VisibilityTimeout: 0 });

    expect([now, soon, later].map((messages) => messages.map(({ Body }) => Body))).toEqual([
      [],
      ['sender'],
      expect.arrayContaining(['queue']),
    ]);
  });

  it('is dropped when the queue has kept it long enough', async () => {
    const { send, receive, world } = await queueWorld({ MessageRetentionPeriod: '60' });
    await send('one');
    await world.advance(61 * seconds);

    expect(await receive()).toEqual([]);
  });

  it('moves to the dead-letter queue at the receipt after the last allowed one, with the time it was first sent', async () => {
    const { create, sqs, QueueUrl, send, receive, world } = await queueWorld({ VisibilityTimeout: '10' });
    const dead = await create('dead', {});
    const policy = { deadLetterTargetArn: `arn:aws:sqs:${region}:${account}:dead`, maxReceiveCount: 2 };
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy: JSON.stringify(policy) } }));
    const sentAt = world.now();
    await send('poison');

    const receipts: number[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      receipts.push((await receive()).length);
      await world.advance(10 * seconds);
    }
    const [letter] = await receive({ QueueUrl: dead, MessageSystemAttributeNames: ['All'] });

    expect(receipts).toEqual([1, 1, 0]);
    expect(letter).toMatchObject({ Body: 'poison', Attributes: { SentTimestamp: String(sentAt) } });
    expect(letter?.Attributes?.DeadLetterQueueSourceArn).toBe(`arn:aws:sqs:${region}:${account}:work`);
  });
});

describe('whoever polls', () => {
  it('waits for a message that is still to come, and no longer than it said', async () => {
    const { send, receive, world } = await queueWorld();
    const began = world.now();
    const polling = receive({ WaitTimeSeconds: 20 });
    world.after(7 * seconds, 'somebody sends', () => void send('late'));
    await world.advance(8 * seconds);

    expect((await polling).map(({ Body }) => Body)).toEqual(['late']);
    const inVain = receive({ WaitTimeSeconds: 20 });
    await world.advance(20 * seconds);
    expect(await inVain).toEqual([]);
    expect(world.now() - began).toBe(28 * seconds);
  });

  it('gives a message back early, or keeps it longer', async () => {
    const { send, receive, sqs, QueueUrl, world } = await queueWorld({ VisibilityTimeout: '30' });
    await send('one');
    const [first] = await receive();
    const change = (ReceiptHandle: string | undefined, VisibilityTimeout: number) =>
      sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: ReceiptHandle ?? '', VisibilityTimeout }));

    await change(first?.ReceiptHandle, 0);
    const [second] = await receive();
    await change(second?.ReceiptHandle, 300);
    await world.advance(299 * seconds);

    expect(second?.MessageId).toBe(first?.MessageId);
    expect(await receive()).toEqual([]);
    await world.advance(1 * seconds);
    expect(await receive()).toHaveLength(1);
  });

  it.each([
    ['MaxNumberOfMessages', { MaxNumberOfMessages: 11 }],
    ['WaitTimeSeconds', { WaitTimeSeconds: 21 }],
    ['VisibilityTimeout', { VisibilityTimeout: 43_201 }],
  ])('is told when %s is out of range', async (parameter, more) => {
    const { receive } = await queueWorld();

    await expect(receive(more)).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringMatching(new RegExp(`^Value \\d+ for parameter ${parameter} is invalid`)),
    });
  });

  it('sees how many messages are waiting, in flight and delayed', async () => {
    const { send, receive, sqs, QueueUrl } = await queueWorld();
    for (const body of ['a', 'b', 'c']) await send(body);
    await send('d', { DelaySeconds: 60 });
    await receive({ MaxNumberOfMessages: 1 });

    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));

    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '2',
      ApproximateNumberOfMessagesNotVisible: '1',
      ApproximateNumberOfMessagesDelayed: '1',
      QueueArn: `arn:aws:sqs:${region}:${account}:work`,
    });
  });
});

describe('a batch', () => {
  it('tells the fate of each entry: one that fails does not hold up the others', async () => {
    const { sqs, QueueUrl, receive } = await queueWorld();

    const sent = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'good', MessageBody: 'one' },
          { Id: 'late', MessageBody: 'two', DelaySeconds: 901 },
        ],
      }),
    );
    const [message] = await receive();
    const Entries = [
      { Id: 'good', ReceiptHandle: message?.ReceiptHandle ?? '', VisibilityTimeout: 60 },
      { Id: 'bad', ReceiptHandle: 'bm90IG91cnM=', VisibilityTimeout: 60 },
    ];
    const changed = await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
    const deleted = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));

    const ids = (list: readonly { Id: string | undefined }[] | undefined) => list?.map(({ Id }) => Id);
    expect([ids(sent.Successful), ids(changed.Successful), ids(deleted.Successful)]).toEqual([
      ['good'],
      ['good'],
      ['good'],
    ]);
    expect(sent.Failed).toEqual([
      expect.objectContaining({ Id: 'late', Code: 'InvalidParameterValue', SenderFault: true }),
    ]);
    expect(changed.Failed).toEqual([expect.objectContaining({ Id: 'bad', Code: 'ReceiptHandleIsInvalid' })]);
    expect(deleted.Failed).toEqual([expect.objectContaining({ Id: 'bad', Code: 'ReceiptHandleIsInvalid' })]);
  });

  it.each([
    ['EmptyBatchRequest', []],
    ['BatchEntryIdsNotDistinct', ['a', 'b', 'b']],
    ['InvalidBatchEntryId', ['with space']],
    ['TooManyEntriesInBatchRequest', Array.from({ length: 11 }, (_, n) => `n${n}`)],
  ])('as a whole is refused: %s', async (name, ids) => {
    const { sqs, QueueUrl, receive } = await queueWorld();
    const Entries = ids.map((Id) => ({ Id, MessageBody: 'x' }));

    await expect(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).rejects.toMatchObject({ name });
    expect(await receive()).toEqual([]);
  });

  it('is too long when its messages together are, attributes included', async () => {
    const { sqs, QueueUrl } = await queueWorld({ MaximumMessageSize: '1024' });
    const MessageAttributes = { a: { DataType: 'String', StringValue: 'x'.repeat(200) } };
    const Entries = ['a', 'b'].map((Id) => ({ Id, MessageBody: 'x'.repeat(400), MessageAttributes }));

    await expect(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).rejects.toMatchObject({
      name: 'BatchRequestTooLong',
    });
  });
});

describe('a queue', () => {
  it('refuses whom no policy lets, and says which permission is missing', async () => {
    const cloud = await queueWorld();
    const sqs = new SQSClient(
      cloud.clientOf('reader', [{ Effect: 'Allow', Action: 'sqs:ReceiveMessage', Resource: '*' }]),
    );

    await sqs.send(new ReceiveMessageCommand({ QueueUrl: cloud.QueueUrl }));
    const sending = sqs.send(new SendMessageCommand({ QueueUrl: cloud.QueueUrl, MessageBody: 'x' }));

    await expect(sending).rejects.toThrow(/reader\/session is not authorized to perform: sqs:SendMessage on resource/);
  });

  it('lets a service in by its policy only, and only for the source that it names', async () => {
    const { queues, sqs, QueueUrl } = await queueWorld();
    const arn = `arn:aws:sqs:${region}:${account}:work`;
    const source = (name: string) => `arn:aws:events:${region}:${account}:rule/${name}`;
    const send = (name: string) =>
      queues.sendAsService(
        arn,
        { body: 'x' },
        { principal: 'events.amazonaws.com', sourceArn: source(name), sourceAccount: account },
      );
    expect(() => send('ours')).toThrow(/denied/);
    const Statement = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: arn,
      Condition: { ArnEquals: { 'aws:SourceArn': source('ours') } },
    };
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: JSON.stringify({ Statement }) } }));

    send('ours');
    expect(() => send('theirs')).toThrow(/denied/);
    expect(queues.find(arn)?.peek()).toHaveLength(1);
  });

  it('is created once for equal attributes, and missed under its own error', async () => {
    const { create, QueueUrl, receive } = await queueWorld({ VisibilityTimeout: '40' });

    expect(await create('work', { VisibilityTimeout: '40' })).toBe(QueueUrl);
    await expect(create('work', { VisibilityTimeout: '50' })).rejects.toMatchObject({ name: 'QueueNameExists' });
    await expect(create('other', { VisibilityTimeout: '50000' })).rejects.toMatchObject({
      name: 'InvalidAttributeValue',
    });
    await expect(receive({ QueueUrl: `${QueueUrl}-not` })).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });
});
