/** Whose stack a policy is for. */
export interface DeployTarget {
  readonly stage: string;
  /** `*` for any. */
  readonly account: string;
  /** `*` for any. */
  readonly region: string;
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
}

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

const words = (service: string, names: string): string[] => names.split(/\s+/).map((name) => `${service}:${name}`);

/**
 * What whoever runs `serverless deploy` and `serverless remove` for one stage has to be allowed, and nothing else: CloudFormation acts with the rights of its caller.
 *
 * Everything that can be named is; keys cannot, and what only reads often knows no resource. It fits into one managed policy (6,144 characters).
 */
export function deployPolicy({ stage, account, region, partition }: DeployTarget): {
  readonly Version: string;
  readonly Statement: readonly Statement[];
} {
  const own = `tender-${stage}`;
  const arn = (service: string, path: string) => `arn:${partition}:${service}:${region}:${account}:${path}`;
  const iam = (path: string) => `arn:${partition}:iam::${account}:${path}`;
  const bucket = (name: string) => `arn:${partition}:s3:::${own}-${name}`;
  const allow = (
    Sid: string,
    Action: string[],
    Resource: string | string[],
    Condition?: Statement['Condition'],
  ): Statement => {
    return { Sid, Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) };
  };
  return {
    Version: '2012-10-17',
    Statement: [
      allow(
        'Stack',
        words(
          'cloudformation',
          'CreateChangeSet DescribeChangeSet ExecuteChangeSet DeleteChangeSet DeleteStack DescribeStacks DescribeStackEvents DescribeStackResource ListStackResources',
        ),
        arn('cloudformation', `stack/${own}/*`),
      ),
      allow('Template', words('cloudformation', 'ValidateTemplate'), '*'),
      allow('Archives', words('s3', 'GetObject PutObject DeleteObject'), bucket('serverlessdeploymentbucket-*/*')),
      allow(
        'Buckets',
        words(
          's3',
          'CreateBucket DeleteBucket ListBucket GetBucket* GetEncryptionConfiguration GetLifecycleConfiguration PutBucketPolicy DeleteBucketPolicy PutEncryptionConfiguration PutBucketVersioning PutLifecycleConfiguration PutBucketPublicAccessBlock PutBucketTagging PutReplicationConfiguration GetReplicationConfiguration',
        ),
        bucket('*'),
      ),
      allow(
        'Roles',
        words(
          'iam',
          'CreateRole DeleteRole GetRole UpdateRole UpdateAssumeRolePolicy PutRolePolicy DeleteRolePolicy GetRolePolicy ListRolePolicies AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies PutRolePermissionsBoundary DeleteRolePermissionsBoundary TagRole UntagRole',
        ),
        iam(`role/${own}-*`),
      ),
      allow(
        'Policies',
        words(
          'iam',
          'CreatePolicy DeletePolicy GetPolicy GetPolicyVersion CreatePolicyVersion DeletePolicyVersion ListPolicyVersions',
        ),
        iam(`policy/${own}-*`),
      ),
      allow('PassRoles', words('iam', 'PassRole'), iam(`role/${own}-*`), {
        StringEquals: {
          'iam:PassedToService': ['lambda', 'states', 'events', 'scheduler', 's3', 'ecs-tasks'].map(
            (name) => `${name}.amazonaws.com`,
          ),
        },
      }),
      allow(
        'Functions',
        words(
          'lambda',
          'CreateFunction DeleteFunction GetFunction* UpdateFunctionCode UpdateFunctionConfiguration PublishVersion ListVersionsByFunction ListAliases AddPermission RemovePermission GetPolicy PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig PutFunctionConcurrency DeleteFunctionConcurrency CreateFunctionUrlConfig GetFunctionUrlConfig UpdateFunctionUrlConfig DeleteFunctionUrlConfig TagResource UntagResource ListTags',
        ),
        arn('lambda', `function:${own}-*`),
      ),
      allow(
        'Mappings',
        words(
          'lambda',
          'CreateEventSourceMapping GetEventSourceMapping UpdateEventSourceMapping DeleteEventSourceMapping GetRuntimeManagementConfig',
        ),
        '*',
      ),
      allow('Layers', words('lambda', 'GetLayerVersion'), arn('lambda', 'layer:*')),
      allow(
        'Tasks',
        words('ecs', 'CreateCluster DescribeClusters DeleteCluster UpdateCluster TagResource UntagResource'),
        arn('ecs', `cluster/${own}-*`),
      ),
      // They know no resource, as the Service Authorization Reference has it.
      allow(
        'TaskDefinitions',
        words('ecs', 'RegisterTaskDefinition DeregisterTaskDefinition DescribeTaskDefinition'),
        '*',
      ),
      // CloudFormation hands on the stack's tags.
      allow('TaskDefinitionTags', words('ecs', 'TagResource UntagResource'), arn('ecs', `task-definition/${own}-*:*`)),
      allow(
        'Machines',
        words(
          'states',
          'CreateStateMachine UpdateStateMachine DeleteStateMachine DescribeStateMachine TagResource UntagResource ListTagsForResource ListExecutions',
        ),
        arn('states', `stateMachine:${own}-*`),
      ),
      allow('Executions', words('states', 'DescribeStateMachineForExecution'), arn('states', `execution:${own}-*`)),
      allow(
        'Rules',
        words(
          'events',
          'PutRule DeleteRule DescribeRule PutTargets RemoveTargets ListTargetsByRule TagResource UntagResource',
        ),
        arn('events', `rule/${own}-*`),
      ),
      allow(
        'Bus',
        words('events', 'PutPermission RemovePermission DescribeEventBus'),
        arn('events', 'event-bus/default'),
      ),
      allow(
        'Schedule',
        words('scheduler', 'CreateSchedule UpdateSchedule DeleteSchedule GetSchedule'),
        arn('scheduler', `schedule/default/${own}-*`),
      ),
      allow(
        'Logs',
        words(
          'logs',
          'CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey DisassociateKmsKey TagResource UntagResource ListTagsForResource',
        ),
        arn('logs', `log-group:/aws/lambda/${own}-*`),
      ),
      allow(
        'Queues',
        words(
          'sqs',
          'CreateQueue DeleteQueue GetQueueUrl GetQueueAttributes SetQueueAttributes TagQueue UntagQueue ListQueueTags',
        ),
        arn('sqs', `${own}-*`),
      ),
      allow(
        'Topics',
        words(
          'sns',
          'CreateTopic DeleteTopic GetTopicAttributes SetTopicAttributes TagResource UntagResource ListTagsForResource ListSubscriptionsByTopic',
        ),
        arn('sns', `${own}-*`),
      ),
      allow(
        'Documents',
        words(
          'ssm',
          'CreateDocument DeleteDocument DescribeDocument GetDocument UpdateDocument UpdateDocumentDefaultVersion AddTagsToResource RemoveTagsFromResource ListTagsForResource',
        ),
        arn('ssm', `document/Tender-*-${stage}`),
      ),
      allow(
        'Alarms',
        words('cloudwatch', 'PutMetricAlarm DeleteAlarms TagResource UntagResource ListTagsForResource'),
        arn('cloudwatch', `alarm:${own}-*`),
      ),
      allow(
        'Dashboards',
        words('cloudwatch', 'PutDashboard DeleteDashboards GetDashboard'),
        `arn:${partition}:cloudwatch::${account}:dashboard/${own}*`,
      ),
      allow('Aliases', words('kms', 'CreateAlias UpdateAlias DeleteAlias'), [
        arn('kms', `alias/${own}-*`),
        arn('kms', 'key/*'),
      ]),
      allow(
        'Keys',
        words(
          'kms',
          'DescribeKey EnableKeyRotation DisableKeyRotation GetKeyRotationStatus PutKeyPolicy GetKeyPolicy UpdateKeyDescription ScheduleKeyDeletion TagResource UntagResource ListResourceTags',
        ),
        arn('kms', 'key/*'),
      ),
      allow(
        'FleetLock',
        words('apigateway', 'GET POST PUT PATCH DELETE UpdateRestApiPolicy'),
        `arn:${partition}:apigateway:${region}::/restapis*`,
      ),
      allow(
        'Look',
        [
          'kms:CreateKey',
          'logs:DescribeLogGroups',
          'cloudwatch:DescribeAlarms',
          ...words('ec2', 'DescribeSecurityGroups DescribeSubnets DescribeVpcs'),
        ],
        '*',
      ),
    ],
  };
}
