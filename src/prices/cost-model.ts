/** What was used of the services that cost something. Counts, unless the name has a unit. */
export interface ResourcesUsed {
  /** Of Standard workflows, retries included. */
  readonly stateTransitions: number;
  readonly lambdaInvocations: number;
  readonly lambdaGigabyteSeconds: number;
  /** Lines with the 26 bytes that CloudWatch adds to each. */
  readonly logBytes: number;
  /** PUT, COPY, POST and LIST; a DELETE is free. */
  readonly s3Writes: number;
  /** GET, HEAD and everything else. */
  readonly s3Reads: number;
  readonly secretsManagerCalls: number;
  /** Requests that S3, Parameter Store and Secrets Manager send for their callers included. */
  readonly kmsRequests: number;
  readonly snsPublishes: number;
}

/** Dollars. `compute` is what runs: state transitions and Lambda; `rest` is logs, S3, secrets, KMS and messages. */
export interface Cost {
  readonly compute: number;
  readonly rest: number;
  readonly total: number;
  readonly parts: Readonly<Record<keyof ResourcesUsed, number>>;
}

/**
 * AWS's published prices in us-east-1 (November 2026), dollars each, without free tiers. Calls to EC2, Auto Scaling, Elastic Load Balancing and
 * Parameter Store (standard tier) cost nothing, nor do events that AWS services put on the default bus.
 */
const prices: Readonly<Record<keyof ResourcesUsed, number>> = {
  // https://aws.amazon.com/step-functions/pricing/: $0.025 per 1,000.
  stateTransitions: 0.025 / 1_000,
  // https://aws.amazon.com/lambda/pricing/: $0.20 per million; arm64.
  lambdaInvocations: 0.2 / 1_000_000,
  lambdaGigabyteSeconds: 0.0000133334,
  // https://aws.amazon.com/cloudwatch/pricing/: $0.50 per GB taken in.
  logBytes: 0.5 / 1_000_000_000,
  // https://aws.amazon.com/s3/pricing/: S3 Standard.
  s3Writes: 0.005 / 1_000,
  s3Reads: 0.0004 / 1_000,
  // https://aws.amazon.com/secrets-manager/pricing/
  secretsManagerCalls: 0.05 / 10_000,
  // https://aws.amazon.com/kms/pricing/: symmetric keys.
  kmsRequests: 0.03 / 10_000,
  // https://aws.amazon.com/sns/pricing/
  snsPublishes: 0.5 / 1_000_000,
};

/** https://aws.amazon.com/cloudwatch/pricing/: dollars a month for each custom metric, that is for each name with its dimensions. */
export const dollarsPerMetricMonth = 0.3;

const compute: readonly (keyof ResourcesUsed)[] = ['stateTransitions', 'lambdaInvocations', 'lambdaGigabyteSeconds'];

/** What AWS would have billed for this. Pure. What is paid by the month, used or not (metrics, keys, secrets), is not in it. */
export function costOf(used: ResourcesUsed): Cost {
  const keys = Object.keys(prices) as (keyof ResourcesUsed)[];
  const parts = Object.fromEntries(keys.map((key) => [key, used[key] * prices[key]])) as Record<
    keyof ResourcesUsed,
    number
  >;
  const sum = (chosen: readonly (keyof ResourcesUsed)[]) => chosen.reduce((total, key) => total + parts[key], 0);
  return {
    compute: sum(compute),
    rest: sum(keys.filter((key) => !compute.includes(key))),
    total: sum(keys),
    parts,
  };
}
