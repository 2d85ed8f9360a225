import { describe, expect, it } from 'vitest';
import { AwsAccessDenied, AwsThrottled, AwsUnavailable, awsCall, awsCallUnless } from '../../../src/aws/errors.ts';
import { awsError } from './scripted-aws.ts';

const failing = (error: unknown) => awsCall(Promise.reject(error));

describe('an error of AWS', () => {
  it.each(['Throttling', 'RequestLimitExceeded', 'ThrottlingException', 'SlowDown'])(
    '%s means throttled',
    async (code) => {
      await expect(failing(awsError(code))).rejects.toBeInstanceOf(AwsThrottled);
    },
  );

  it.each([
    'InternalError',
    'ServiceUnavailable',
    'TimeoutError',
    'ResourceContentionFault',
    'ScalingActivityInProgress',
    'ScalingActivityInProgressFault',
  ])('%s means unavailable', async (code) => {
    await expect(failing(awsError(code))).rejects.toBeInstanceOf(AwsUnavailable);
  });

  it('of an unknown code means unavailable when its status is 5xx, and throttled when it is 429', async () => {
    await expect(failing(awsError('Strange', '', 502))).rejects.toBeInstanceOf(AwsUnavailable);
    await expect(failing(awsError('Strange', '', 429))).rejects.toBeInstanceOf(AwsThrottled);
  });

  it('of a broken socket means unavailable', async () => {
    const error = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    await expect(failing(error)).rejects.toThrow('ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:1');
    await expect(failing(error)).rejects.toBeInstanceOf(AwsUnavailable);
  });

  it('about permissions says which action and role, as AWS told it', async () => {
    const told = 'User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: ssm:GetParameter';
    await expect(failing(awsError('AccessDeniedException', told))).rejects.toThrow(told);
    await expect(failing(awsError('UnauthorizedOperation'))).rejects.toBeInstanceOf(AwsAccessDenied);
  });

  it('that is nothing of this keeps its own name', async () => {
    const error = awsError('ValidationError');
    await expect(failing(error)).rejects.toBe(error);
  });

  it('that the caller expects is undefined, and another is not', async () => {
    expect(await awsCallUnless(['ParameterNotFound'], Promise.reject(awsError('ParameterNotFound')))).toBeUndefined();
    await expect(awsCallUnless(['ParameterNotFound'], Promise.reject(awsError('Throttling')))).rejects.toBeInstanceOf(
      AwsThrottled,
    );
  });
});
