import { describe, expect, it } from 'vitest';
import { notificationsIn, openBody } from '../../../src/signals/envelopes.ts';

const sqs = (messageId: string, body: string) => ({ eventSource: 'aws:sqs', messageId, body });

describe('notificationsIn', () => {
  it('takes an event without records as one notification', () => {
    const event = { 'detail-type': 'x', detail: {} };
    expect(notificationsIn(event)).toEqual([{ body: event }]);
  });

  it('gives each SQS message with its id, in order', () => {
    expect(notificationsIn({ Records: [sqs('m-1', '{}'), sqs('m-2', 'no JSON')] })).toEqual([
      { messageId: 'm-1', body: '{}' },
      { messageId: 'm-2', body: 'no JSON' },
    ]);
  });

  it('gives an SNS record its message, without an id', () => {
    expect(notificationsIn({ Records: [{ EventSource: 'aws:sns', Sns: { Message: '{"a":1}' } }] })).toEqual([
      { body: '{"a":1}' },
    ]);
  });

  it('finds nothing in an empty batch', () => {
    expect(notificationsIn({ Records: [] })).toEqual([]);
  });

  it.each([
    [null, 'it is null'],
    ['text', 'it is string'],
    [[], 'it is object'],
    [{ Records: [7] }, 'a record is not an object'],
    [{ Records: [{ eventSource: 'aws:kinesis' }] }, 'records of aws:kinesis are not known'],
    [{ Records: [{}] }, 'records of an unnamed source are not known'],
    [{ Records: [{ EventSource: 'aws:sns' }] }, 'records of aws:sns are not known'],
  ])('refuses %j', (event, problem) => {
    expect(() => notificationsIn(event)).toThrow(problem);
  });
});

describe('openBody', () => {
  it('parses JSON text', () => {
    expect(openBody('{"a":1}')).toEqual({ a: 1 });
  });

  it('opens an SNS envelope', () => {
    expect(openBody(JSON.stringify({ Type: 'Notification', Message: '{"a":1}' }))).toEqual({ a: 1 });
  });

  it('leaves a subscription confirmation as it is, for somebody to drop', () => {
    const body = { Type: 'SubscriptionConfirmation', Message: 'You have chosen to subscribe' };
    expect(openBody(JSON.stringify(body))).toEqual(body);
  });

  it.each(['[1]', '7', 'null', '"text"'])('refuses JSON that is no object: %s', (text) => {
    expect(() => openBody(text)).toThrow('the body is not a JSON object');
  });

  it('refuses text that is no JSON with its first 80 characters, not all of it', () => {
    expect(() => openBody(`x${'y'.repeat(200)}`)).toThrow(/the body is not JSON: xy{79}\. Nothing/);
  });
});
