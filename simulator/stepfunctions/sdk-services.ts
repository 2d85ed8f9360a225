/** How a service is called in `arn:aws:states:::aws-sdk:<service>:<action>`. */
export interface SdkService {
  /** What its errors begin with, and how causes name the service. */
  readonly exceptionPrefix: string;
  /** The API's members begin with a small letter; tasks write them in PascalCase all the same. */
  readonly camelCase?: boolean;
}

/**
 * The services that aws-sdk tasks may name, with their exception prefixes.
 * https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
 */
export const sdkServices: Readonly<Record<string, SdkService>> = {
  autoscaling: { exceptionPrefix: 'AutoScaling' },
  cloudformation: { exceptionPrefix: 'CloudFormation' },
  cloudwatch: { exceptionPrefix: 'CloudWatch' },
  cloudwatchlogs: { exceptionPrefix: 'CloudWatchLogs', camelCase: true },
  dynamodb: { exceptionPrefix: 'DynamoDb' },
  ec2: { exceptionPrefix: 'Ec2' },
  elasticloadbalancing: { exceptionPrefix: 'ElasticLoadBalancing' },
  elasticloadbalancingv2: { exceptionPrefix: 'ElasticLoadBalancingV2' },
  eventbridge: { exceptionPrefix: 'EventBridge' },
  iam: { exceptionPrefix: 'Iam' },
  kms: { exceptionPrefix: 'Kms' },
  lambda: { exceptionPrefix: 'Lambda' },
  resourcegroupstaggingapi: { exceptionPrefix: 'ResourceGroupsTaggingApi' },
  route53: { exceptionPrefix: 'Route53' },
  s3: { exceptionPrefix: 'S3' },
  scheduler: { exceptionPrefix: 'Scheduler' },
  secretsmanager: { exceptionPrefix: 'SecretsManager' },
  sfn: { exceptionPrefix: 'Sfn', camelCase: true },
  sns: { exceptionPrefix: 'Sns' },
  sqs: { exceptionPrefix: 'Sqs' },
  ssm: { exceptionPrefix: 'Ssm' },
  sts: { exceptionPrefix: 'Sts' },
};
