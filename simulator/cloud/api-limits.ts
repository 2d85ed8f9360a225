/** How fast an API may be called, per account and region. */
export interface ApiLimit {
  /** Calls that share a bucket share its name. */
  readonly bucket: string;
  readonly burst: number;
  readonly refillPerSecond: number;
  /** Whether AWS publishes no number, so that this one is a guess on the low side of what people report. */
  readonly assumed?: true;
}

type Rule = readonly [
  operations: RegExp,
  burst: number,
  refillPerSecond: number,
  options?: { shared?: string; assumed?: true },
];

const assumed = { assumed: true } as const;

// The first rule that fits decides. A bucket belongs to one operation unless the rule names a shared one.
const rules: Readonly<Record<string, readonly Rule[]>> = {
  // https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html: each API has its own bucket of its category's size.
  ec2: [
    [/^RunInstances$/, 5, 2],
    [/^StartInstances$/, 5, 2],
    [/^TerminateInstances$/, 100, 5],
    [/^CreateTags$/, 100, 10],
    [/^DeleteTags$/, 100, 10],
    [
      /^(AcceptVpcPeeringConnection|AuthorizeSecurityGroupIngress|CancelSpotInstanceRequests|CreateKeyPair|CreateVpcPeeringConnection|DeleteVpcPeeringConnection|RejectVpcPeeringConnection|RevokeSecurityGroupIngress|RequestSpotInstances)$/,
      50,
      5,
    ],
    [/^GetConsoleOutput$/, 100, 10],
    [/^(Describe|List|Search|Get)/, 100, 20],
    [/./, 50, 5],
  ],
  // Not published (https://docs.aws.amazon.com/autoscaling/ec2/APIReference/ names none).
  autoscaling: [
    [/^Describe/, 40, 10, assumed],
    [/^RecordLifecycleActionHeartbeat$|^CompleteLifecycleAction$/, 40, 10, assumed],
    [/./, 20, 5, assumed],
  ],
  // Not published.
  elasticloadbalancing: [
    [/^Describe/, 40, 10, assumed],
    [/^(Register|Deregister)/, 40, 10, assumed],
    [/./, 20, 5, assumed],
  ],
  // https://docs.aws.amazon.com/general/latest/gr/ssm.html: Parameter Store's default throughput.
  ssm: [
    [/^(GetParameter|GetParameters|GetParametersByPath)$/, 40, 40, { shared: 'GetParameter' }],
    [/^(PutParameter|DeleteParameter|DeleteParameters)$/, 3, 3, assumed],
    [/^(SendCommand|CancelCommand)$/, 20, 5, assumed],
    [/./, 20, 10, assumed],
  ],
  // https://docs.aws.amazon.com/general/latest/gr/asm.html
  secretsmanager: [
    [/^(DescribeSecret|GetSecretValue)$/, 10_000, 10_000, { shared: 'GetSecretValue' }],
    [/^ListSecrets$/, 100, 100],
    [/./, 50, 50],
  ],
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html; per prefix there, per bucket owner here.
  s3: [
    [/^(Get|Head|List)/, 5500, 5500, { shared: 'reads' }],
    [/./, 3500, 3500, { shared: 'writes' }],
  ],
  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  lambda: [
    [/^Invoke/, 10_000, 10_000],
    [/^GetFunction$/, 100, 100],
    [/^GetPolicy$/, 15, 15],
    [/./, 15, 15, { shared: 'control plane' }],
  ],
  // https://docs.aws.amazon.com/kms/latest/developerguide/throttling.html; the symmetric quota of the larger regions.
  kms: [
    [
      /^(Encrypt|Decrypt|ReEncrypt|GenerateDataKey\w*|GenerateRandom)$/,
      10_000,
      10_000,
      { shared: 'cryptographic operations' },
    ],
    [/^DescribeKey$/, 2000, 2000],
    [/./, 5, 5, assumed],
  ],
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-sts-requests
  sts: [[/./, 600, 600, { shared: 'all' }]],
  // Not published.
  iam: [[/./, 50, 15, assumed]],
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
  events: [
    [/^PutEvents$/, 10_000, 10_000],
    [/./, 50, 50, { shared: 'control plane' }],
  ],
  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html
  scheduler: [
    [/Schedule$/, 1000, 1000],
    [/./, 10, 10],
  ],
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
  cloudwatch: [
    [/^PutMetricData$/, 500, 500],
    [/^GetMetricData$/, 50, 50],
    [/./, 20, 10, assumed],
  ],
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
  logs: [
    [/^PutLogEvents$/, 5000, 5000],
    [/^(CreateLogStream|GetLogEvents|FilterLogEvents)$/, 50, 50],
    [/./, 10, 10],
  ],
  // Not published.
  tag: [[/./, 15, 15, assumed]],
  // https://docs.aws.amazon.com/general/latest/gr/sns.html
  sns: [
    [/^Publish/, 30_000, 30_000],
    [/./, 30, 30, assumed],
  ],
  // https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-requests
  route53: [[/./, 5, 5, { shared: 'all' }]],
  // Not published.
  cloudformation: [[/./, 20, 5, assumed]],
};

// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html#service-limits-api-action-throttling-general
const stepFunctionsLargeRegions = new Set(['us-east-1', 'us-west-2', 'eu-west-1']);
const stepFunctions: readonly (readonly [
  operations: RegExp,
  large: readonly [number, number],
  other: readonly [number, number],
])[] = [
  [/^StartExecution$/, [1300, 300], [800, 150]],
  [/^StartSyncExecution$/, [6000, 6000], [6000, 6000]],
  [/^StopExecution$/, [1000, 200], [500, 25]],
  [/^DescribeExecution$/, [300, 15], [250, 10]],
  [/^DescribeStateMachineForExecution$/, [200, 1], [200, 1]],
  [/^DescribeStateMachine$/, [200, 20], [200, 20]],
  [/^GetExecutionHistory$/, [400, 20], [400, 20]],
  [/^ListExecutions$/, [200, 5], [100, 2]],
  [/^ListStateMachines$/, [100, 5], [100, 5]],
  [/^(SendTask(Success|Failure|Heartbeat)|GetActivityTask)$/, [3000, 500], [1500, 300]],
  [/^(TagResource|UntagResource|DescribeActivity)$/, [200, 1], [200, 1]],
  [/./, [100, 1], [100, 1]],
];

/**
 * The limit of an operation; `undefined` where none worth simulating is known (SQS). EC2 grants less to a Describe that neither
 * filters nor pages nor names what it wants.
 */
export function apiLimit(prefix: string, operation: string, region: string, input: unknown = {}): ApiLimit | undefined {
  if (prefix === 'ec2' && operation.startsWith('Describe') && isUnbounded(input)) {
    return { bucket: `ec2:${operation} unfiltered`, burst: 50, refillPerSecond: 10 };
  }
  if (prefix === 'states') return stepFunctionsLimit(operation, region);
  const rule = rules[prefix]?.find(([operations]) => operations.test(operation));
  if (!rule) return undefined;
  const [, burst, refillPerSecond, options] = rule;
  const bucket = `${prefix}:${options?.shared ?? operation}`;
  return { bucket, burst, refillPerSecond, ...(options?.assumed ? assumed : {}) };
}

function isUnbounded(input: unknown): boolean {
  const given = Object.entries((input ?? {}) as object).filter(([, value]) => value !== undefined);
  return !given.some(([name]) => /^(Filters|MaxResults|NextToken|\w+Ids?|\w+Names?)$/.test(name));
}

function stepFunctionsLimit(operation: string, region: string): ApiLimit | undefined {
  const row = stepFunctions.find(([operations]) => operations.test(operation));
  if (!row) return undefined;
  const [burst, refillPerSecond] = stepFunctionsLargeRegions.has(region) ? row[1] : row[2];
  return { bucket: `states:${operation}`, burst, refillPerSecond };
}
