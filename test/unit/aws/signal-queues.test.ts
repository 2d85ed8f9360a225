import { afterEach, expect, it, vi } from 'vitest';
import { lookThrough } from '../../../src/aws/signal-queues.ts';
import { awsError, scriptedAws } from './scripted-aws.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('what is held stays hidden however long the work takes, also when hiding it failed once, and is then given back', async () => {
  vi.useFakeTimers();
  const messages = ['a', 'b'].map((id) => ({ MessageId: id, ReceiptHandle: `handle of ${id}`, Body: '{}' }));
  const hidden: { readonly at: number; readonly seconds: number; readonly handles: string }[] = [];
  const begun = Date.now();
  const aws = scriptedAws({
    GetQueueUrl: () => ({ QueueUrl: 'https://sqs/queue' }),
    ReceiveMessage: () => ({ Messages: messages.splice(0) }),
    DeleteMessage: () => ({}),
    ChangeMessageVisibilityBatch: ({ Entries }) => {
      const entries = Entries as { ReceiptHandle: string; VisibilityTimeout: number }[];
      hidden.push({
        at: (Date.now() - begun) / 1_000,
        seconds: entries[0]?.VisibilityTimeout ?? -1,
        handles: entries.map(({ ReceiptHandle }) => ReceiptHandle.slice(-1)).join(),
      });
      return hidden.length === 1 ? awsError('ThrottlingException') : {};
    },
  });

  const looked = lookThrough(aws, 'queue', 10, async ([first]) => {
    await new Promise((resolve) => setTimeout(resolve, 100_000));
    await first?.remove();
    await new Promise((resolve) => setTimeout(resolve, 100_000));
  });
  await vi.advanceTimersByTimeAsync(210_000);
  await looked;

  expect(hidden).toEqual([
    { at: 40, seconds: 120, handles: 'a,b' },
    { at: 80, seconds: 120, handles: 'a,b' },
    { at: 120, seconds: 120, handles: 'b' },
    { at: 160, seconds: 120, handles: 'b' },
    { at: 200, seconds: 0, handles: 'b' },
  ]);
});
