/** When AWS still throttled after the client had backed off. Transient. */
export class AwsThrottled extends Error {
  override readonly name = 'AwsThrottled';
}

/** When AWS could not be reached, did not answer in time, or answered with an error of its own. Transient. */
export class AwsUnavailable extends Error {
  override readonly name = 'AwsUnavailable';
}

/** When AWS refused the caller. Retrying cannot help; the message says which action and role, as AWS told it. */
export class AwsAccessDenied extends Error {
  override readonly name = 'AwsAccessDenied';
}

/** When an object in the state bucket is not what Tender writes there. Somebody else wrote it; look at its versions. */
export class StateObjectUnreadable extends Error {
  override readonly name = 'StateObjectUnreadable';

  /** Of the object as it is. */
  readonly etag: string;

  /** @param address `s3://bucket/key`. */
  constructor(address: string, problems: readonly string[], etag: string) {
    super(
      `${address} is not what Tender writes there:\n${problems.map((problem) => `- ${problem}`).join('\n')}\n` +
        'Tender left it as it is. Restore its last good version, which the bucket keeps for 30 days; the runbook says how',
    );
    this.etag = etag;
  }
}

type Meaning = 'throttled' | 'unavailable' | 'denied';

/** The one table from AWS error codes to what they mean here. A code that is not listed keeps its own name. */
const MEANING: Readonly<Record<string, Meaning>> = {
  ...all('throttled', [
    'BandwidthLimitExceeded',
    'EC2ThrottledException',
    'PriorRequestNotComplete',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'RequestThrottled',
    'RequestThrottledException',
    'SlowDown',
    'Throttling',
    'ThrottledException',
    'ThrottlingException',
    'TooManyRequestsException',
    // SSM's own words for a PutParameter that came too soon after another, and for too many at once.
    'TooManyUpdates',
  ]),
  ...all('unavailable', [
    'EAI_AGAIN',
    'ECONNREFUSED',
    'ECONNRESET',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EPIPE',
    'ETIMEDOUT',
    'InternalError',
    'InternalFailure',
    'InternalServerError',
    'InternalServiceError',
    'RequestTimeout',
    'RequestTimeoutException',
    // Auto Scaling is busy with another change of the same resource, or of the same group.
    'ResourceContention',
    'ResourceContentionFault',
    'ScalingActivityInProgress',
    'ScalingActivityInProgressFault',
    'ServiceUnavailable',
    'ServiceUnavailableException',
    'TimeoutError',
    'Unavailable',
  ]),
  ...all('denied', [
    'AccessDenied',
    'AccessDeniedException',
    'AuthFailure',
    'AuthorizationError',
    'ExpiredToken',
    'ExpiredTokenException',
    'Forbidden',
    'InvalidClientTokenId',
    'NotAuthorized',
    'OptInRequired',
    'SignatureDoesNotMatch',
    'UnauthorizedOperation',
    'UnrecognizedClientException',
    'CredentialsProviderError',
  ]),
};

/**
 * Sends a request and gives foreign errors the names of this project.
 *
 * @throws AwsThrottled, AwsUnavailable, AwsAccessDenied; any other error of AWS as it is
 */
export async function awsCall<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw translated(error);
  }
}

/** As {@link awsCall}; undefined where AWS answers with one of these codes. */
export async function awsCallUnless<T>(codes: readonly string[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (codes.includes(codeOf(error))) return undefined;
    throw translated(error);
  }
}

/** The code of an error that AWS, or the socket to it, gave; empty when it has none. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return 'code' in error && typeof error.code === 'string' && error.name === 'Error' ? error.code : error.name;
}

function translated(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const text = `${codeOf(error)}: ${error.message}`;
  switch (MEANING[codeOf(error)] ?? meaningOfStatus(error)) {
    case 'throttled':
      return new AwsThrottled(text, { cause: error });
    case 'unavailable':
      return new AwsUnavailable(text, { cause: error });
    case 'denied':
      return new AwsAccessDenied(text, { cause: error });
    default:
      return error;
  }
}

function meaningOfStatus(error: Error): Meaning | undefined {
  const metadata =
    '$metadata' in error ? (error.$metadata as { readonly httpStatusCode?: number } | undefined) : undefined;
  const status = metadata?.httpStatusCode ?? 0;
  if (status === 429) return 'throttled';
  if (status >= 500) return 'unavailable';
  return undefined;
}

function all(meaning: Meaning, codes: readonly string[]): Record<string, Meaning> {
  return Object.fromEntries(codes.map((code) => [code, meaning]));
}
