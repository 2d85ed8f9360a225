/** How a service is called in `arn:aws:states:::aws-sdk:<service>:<action>`. */
export interface SdkService {
  /** IAM prefix of the simulated service. */
  readonly prefix: string;
  /** What its errors begin with, and how causes name the service. */
  readonly exceptionPrefix: string;
  /** An operation that only this SDK has, where two share a prefix. */
  readonly marker?: string;
  /** The API's members begin with a small letter; tasks write them in PascalCase all the same. */
  readonly camelCase?: boolean;
}

/**
 * The services that aws-sdk tasks may name, with their exception prefixes.
 * https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
 */
export const sdkServices: Readonly<Record<string, SdkService>> = {
  autoscaling: { prefix: 'autoscaling', exceptionPrefix: 'AutoScaling' },
  cloudwatch: { prefix: 'cloudwatch', exceptionPrefix: 'CloudWatch' },
  cloudwatchlogs: { prefix: 'logs', exceptionPrefix: 'CloudWatchLogs', camelCase: true },
  dynamodb: { prefix: 'dynamodb', exceptionPrefix: 'DynamoDb' },
  ec2: { prefix: 'ec2', exceptionPrefix: 'Ec2' },
  elasticloadbalancing: {
    prefix: 'elasticloadbalancing',
    exceptionPrefix: 'ElasticLoadBalancing',
    marker: 'RegisterInstancesWithLoadBalancer',
  },
  elasticloadbalancingv2: {
    prefix: 'elasticloadbalancing',
    exceptionPrefix: 'ElasticLoadBalancingV2',
    marker: 'RegisterTargets',
  },
  eventbridge: { prefix: 'events', exceptionPrefix: 'EventBridge' },
  iam: { prefix: 'iam', exceptionPrefix: 'Iam' },
  kms: { prefix: 'kms', exceptionPrefix: 'Kms' },
  lambda: { prefix: 'lambda', exceptionPrefix: 'Lambda' },
  route53: { prefix: 'route53', exceptionPrefix: 'Route53' },
  s3: { prefix: 's3', exceptionPrefix: 'S3' },
  scheduler: { prefix: 'scheduler', exceptionPrefix: 'Scheduler' },
  secretsmanager: { prefix: 'secretsmanager', exceptionPrefix: 'SecretsManager' },
  sfn: { prefix: 'states', exceptionPrefix: 'Sfn', camelCase: true },
  sns: { prefix: 'sns', exceptionPrefix: 'Sns' },
  sqs: { prefix: 'sqs', exceptionPrefix: 'Sqs' },
  ssm: { prefix: 'ssm', exceptionPrefix: 'Ssm' },
  sts: { prefix: 'sts', exceptionPrefix: 'Sts' },
};
