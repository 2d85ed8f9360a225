import type { Protocol } from '../wire/service-model.ts';
import { AwsError } from './service.ts';

// What each service says when its bucket is empty; those not named say Throttling (query) or ThrottlingException (JSON).
const throttles: Readonly<Record<string, readonly [code: string, message: string, status: number]>> = {
  // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
  ec2: ['RequestLimitExceeded', 'Request limit exceeded.', 503],
  // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  s3: ['SlowDown', 'Please reduce your request rate.', 503],
  // https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
  lambda: ['TooManyRequestsException', 'Rate Exceeded.', 429],
  scheduler: ['ThrottlingException', 'Rate exceeded', 429],
  sqs: ['RequestThrottled', 'Request throttled', 403],
  sns: ['ThrottledException', 'Rate exceeded', 429],
  logs: ['ThrottlingException', 'Rate exceeded', 400],
  kms: [
    'ThrottlingException',
    'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
    400,
  ],
};

/** The error of a service whose token bucket is empty. */
export function throttlingError(prefix: string, protocol: Protocol): AwsError {
  const own = throttles[prefix];
  if (own) return new AwsError(own[0], own[1], { status: own[2] });
  return new AwsError(isQuery(protocol) ? 'Throttling' : 'ThrottlingException', 'Rate exceeded', { status: 400 });
}

/** The error of a service that refuses for want of permission. `reason`: the sentence that begins with `User:`. */
export function accessDeniedError(prefix: string, protocol: Protocol, reason: string): AwsError {
  if (protocol === 'ec2Query') {
    return new AwsError('UnauthorizedOperation', `You are not authorized to perform this operation. ${reason}`, {
      status: 403,
    });
  }
  if (prefix === 'sns') return new AwsError('AuthorizationError', reason, { status: 403 });
  if (isQuery(protocol) || protocol === 'restXml' || prefix === 'sqs' || prefix === 'cloudwatch') {
    return new AwsError('AccessDenied', reason, { status: 403 });
  }
  return new AwsError('AccessDeniedException', reason, { status: protocol === 'restJson1' ? 403 : 400 });
}

function isQuery(protocol: Protocol): boolean {
  return protocol === 'awsQuery' || protocol === 'ec2Query';
}
