import { expect, it } from 'vitest';
import { AwsAccessDenied, AwsThrottled } from '../../../src/aws/errors.ts';
import { s3AskedPasses } from '../../../src/aws/s3-asked-passes.ts';
import { awsError, scriptedAws } from './scripted-aws.ts';

const now = new Date('2026-03-01T12:00:00Z');
const denied = () => awsError('AccessDenied', 'User is not authorized to perform: s3:ListBucket', 403);
const asked = (secondsAgo: number) => ({
  ETag: '"1"',
  Body: {
    transformToString: async () => JSON.stringify({ at: new Date(now.getTime() - secondsAgo * 1000).toISOString() }),
  },
});
/** What reading gives, the last one from then on, and whether what is written is the first. */
const claim = (reads: readonly (() => unknown)[], written = true) => {
  let read = 0;
  const aws = scriptedAws({
    GetObject: () => reads[Math.min(read++, reads.length - 1)]?.(),
    PutObject: () => (written ? { ETag: '"2"' } : awsError('PreconditionFailed', 'it is there', 412)),
  });
  return s3AskedPasses(aws, 'state').claim('demo', 20, now);
};

it('asks for a pass where none was asked for, which S3 says as 403 to whoever may not list', async () => {
  expect(await claim([denied])).toBe(true);
  expect(await claim([() => awsError('NoSuchKey', 'no such key', 404)])).toBe(true);
});

it('asks for one in so many seconds', async () => {
  expect(await claim([() => asked(20)])).toBe(true);
  expect(await claim([() => asked(19)])).toBe(false);
  expect(await claim([() => ({ ETag: '"1"', Body: { transformToString: async () => 'no JSON' } })])).toBe(true);
});

it('leaves it to whoever was faster', async () => {
  expect(await claim([() => asked(30)], false)).toBe(false);
  expect(await claim([denied, () => asked(0)], false)).toBe(false);
});

it('takes a question that was not answered for no pass: the signal comes again', async () => {
  await expect(claim([() => awsError('SlowDown', 'Please reduce your request rate', 503)])).rejects.toBeInstanceOf(
    AwsThrottled,
  );
  await expect(claim([denied], false)).rejects.toBeInstanceOf(AwsAccessDenied);
});
