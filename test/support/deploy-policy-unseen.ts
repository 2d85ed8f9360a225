/** Actions of the deploy policy that no deployment to the local cloud's CloudFormation asks for, by why; `npx serverless` is not among them. */
const words = (service: string, names: string): string[] => names.split(' ').map((name) => `${service}:${name}`);

/** What serverless asks for itself: test/e2e/serverless-deploy.test.ts sees all of it asked for. */
export const ASKED_BY_SERVERLESS: readonly string[] = [
  ...words(
    'cloudformation',
    'CreateChangeSet DescribeChangeSet ExecuteChangeSet DeleteChangeSet DeleteStack DescribeStacks DescribeStackEvents DescribeStackResource ListStackResources ValidateTemplate',
  ),
  ...words('s3', 'GetObject PutObject DeleteObject ListBucket'),
];

/** Why an action is granted all the same. */
export const UNSEEN: Readonly<Record<string, readonly string[]>> = {
  'serverless asks for it, not CloudFormation': ASKED_BY_SERVERLESS,
  'pruning of versions asks for it: test/e2e/pruned-versions.test.ts sees it asked for': [
    ...words('lambda', 'ListAliases'),
    ...words('states', 'DescribeStateMachine ListExecutions DescribeStateMachineForExecution'),
  ],
  'CloudFormation reads back what it has made, as the read handlers of the resource types say; the local one remembers':
    [
      ...words('s3', 'GetBucket* GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration'),
      ...words('iam', 'GetRole GetRolePolicy ListRolePolicies ListAttachedRolePolicies GetPolicy GetPolicyVersion'),
      ...words(
        'lambda',
        'GetFunction* GetPolicy GetFunctionUrlConfig ListTags GetEventSourceMapping GetRuntimeManagementConfig',
      ),
      ...words('ecs', 'DescribeClusters DescribeTaskDefinition'),
      ...words('states', 'ListTagsForResource'),
      ...words('events', 'DescribeRule ListTargetsByRule'),
      ...words('scheduler', 'GetSchedule'),
      ...words('logs', 'ListTagsForResource DescribeLogGroups'),
      ...words('sqs', 'GetQueueUrl GetQueueAttributes ListQueueTags'),
      ...words('sns', 'GetTopicAttributes ListTagsForResource ListSubscriptionsByTopic'),
      ...words('ssm', 'ListTagsForResource'),
      ...words('cloudwatch', 'ListTagsForResource GetDashboard DescribeAlarms'),
      ...words('kms', 'DescribeKey GetKeyRotationStatus GetKeyPolicy ListResourceTags'),
      ...words('apigateway', 'GET'),
    ],
  'CloudFormation puts the tags of the stack on what it makes (serverless gives it STAGE); the local one knows no tags of these types':
    [
      ...words('ecs', 'TagResource UntagResource'),
      ...words('sns', 'TagResource UntagResource'),
      ...words('ssm', 'AddTagsToResource RemoveTagsFromResource'),
      ...words('cloudwatch', 'TagResource UntagResource'),
      ...words('kms', 'TagResource UntagResource'),
    ],
  'it changes something of a type that the local CloudFormation replaces, or cannot change': [
    ...words('lambda', 'UpdateFunctionEventInvokeConfig UpdateFunctionUrlConfig UpdateEventSourceMapping'),
    ...words('ecs', 'UpdateCluster'),
    ...words('kms', 'UpdateAlias'),
  ],
  'only stages with the parameter logKmsKeyArn, replicaBucketArn, forwardingAccounts, drillLayerArns or subnetIds need it':
    [
      ...words('logs', 'AssociateKmsKey DisassociateKmsKey'),
      ...words('s3', 'PutReplicationConfiguration'),
      ...words('events', 'PutPermission RemovePermission DescribeEventBus'),
      ...words('lambda', 'GetLayerVersion'),
      ...words('ec2', 'DescribeSecurityGroups DescribeSubnets DescribeVpcs'),
    ],
};
