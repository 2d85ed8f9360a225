// The task on Fargate that drills snapshots which are too large for a function (docs/etcd.md); nothing where the stage names no image for it.
// JavaScript because the resources are left out then, and with them what refers to them.
const listOf = require('./list-of.cjs');

const parametersOf = async ({ resolveVariable }) => {
  const image = String((await resolveVariable('param:drillImage')) ?? '');
  const subnets = listOf(await resolveVariable('param:drillSubnetIds'));
  const groups = listOf(await resolveVariable('param:drillSecurityGroupIds'));
  const given = [image !== '', subnets.length > 0, groups.length > 0];
  if (given.includes(true) && given.includes(false))
    throw new Error(
      'params drillImage, drillSubnetIds and drillSecurityGroupIds belong together: an image, at least one subnet, and a security group from which 443 can be reached',
    );
  return { image, stage: await resolveVariable('sls:stage') };
};

const where = (value) => async (context) => ((await parametersOf(context)).image === '' ? '' : value);

const allow = (Action, Resource) => ({ Effect: 'Allow', Action, Resource });
const within = (bucket, path) => ({ 'Fn::Sub': `\${${bucket}.Arn}/${path}` });
const arn = (service, path) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${path}`,
});

const role = (statements, managed = []) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'ecs-tasks.amazonaws.com' },
          Action: 'sts:AssumeRole',
          // docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html, against the confused deputy
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        },
      ],
    },
    ManagedPolicyArns: managed,
    Policies: [{ PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
  },
});

/** What the program in the container may: as DrillSnapshotRole, and to leave why it failed. */
const DRILLS = [
  allow(['s3:GetObject'], [within('SnapshotBucket', 'etcd/*'), within('SnapshotBucket', 'pki/*')]),
  allow('kms:Decrypt', { 'Fn::GetAtt': ['PkiKey', 'Arn'] }),
  // Neither snapshots nor their records.
  allow(['s3:PutObject'], [within('SnapshotBucket', 'etcd/*.proof.json'), within('StateBucket', 'drills/*')]),
  allow(['s3:ListBucket'], { 'Fn::GetAtt': ['SnapshotBucket', 'Arn'] }),
  {
    ...allow(['kms:GenerateDataKey', 'kms:Decrypt'], { 'Fn::GetAtt': ['SnapshotKey', 'Arn'] }),
    Condition: { StringLike: { 'kms:ViaService': 's3.*.amazonaws.com*' } },
  },
];

/** What ECS itself needs before the container runs: the image, and the log. */
const starts = (image, group) => {
  const [, account, region, repository] = /^(\d{12})\.dkr\.ecr\.([\w-]+)\.[^/]+\/([^:@]+)/.exec(image) ?? [];
  return [
    allow(['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'], {
      'Fn::Sub': `arn:\${AWS::Partition}:ecr:${region}:${account}:repository/${repository}`,
    }),
    {
      Effect: 'Allow',
      Action: 'ecr:GetAuthorizationToken',
      Resource: '*', // a token is for all registries that a role may use
    },
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], arn('logs', `log-group:${group}:*`)),
  ];
};

// The log of the function of this name: the same steps write the same lines, and it has its retention and its key.
const definition = (image, stage, group) => ({
  Type: 'AWS::ECS::TaskDefinition',
  // An execution goes on with the one that it began with.
  UpdateReplacePolicy: 'Retain',
  DeletionPolicy: 'Delete',
  DependsOn: ['DrillDashsnapshotLogGroup'],
  Properties: {
    Family: `tender-${stage}-drill`,
    RequiresCompatibilities: ['FARGATE'],
    NetworkMode: 'awsvpc',
    RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    // An etcd and an API server: of etcd's database the index is in memory, and of all objects the lists.
    Cpu: '2048',
    Memory: '16384',
    TaskRoleArn: { 'Fn::GetAtt': ['DrillTaskRole', 'Arn'] },
    ExecutionRoleArn: { 'Fn::GetAtt': ['DrillStartRole', 'Arn'] },
    ContainerDefinitions: [
      {
        Name: 'drill',
        Image: image,
        Essential: true,
        Environment: [
          { Name: 'AWS_REGION', Value: { Ref: 'AWS::Region' } },
          { Name: 'REGISTRY_PREFIX', Value: '/tender/clusters' },
          { Name: 'STATE_BUCKET', Value: { Ref: 'StateBucket' } },
          { Name: 'SNAPSHOT_BUCKET', Value: { Ref: 'SnapshotBucket' } },
          { Name: 'SNAPSHOT_KEY_ARN', Value: { 'Fn::GetAtt': ['SnapshotKey', 'Arn'] } },
          { Name: 'PKI_KEY_ARN', Value: { 'Fn::GetAtt': ['PkiKey', 'Arn'] } },
        ],
        LogConfiguration: {
          LogDriver: 'awslogs',
          Options: {
            'awslogs-group': group,
            'awslogs-region': { Ref: 'AWS::Region' },
            'awslogs-stream-prefix': 'task',
          },
        },
      },
    ],
  },
});

// docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html#connect-iam-ecs
const runs = (stage) => ({
  Type: 'AWS::IAM::Policy',
  Properties: {
    PolicyName: 'run-drill-task',
    Roles: [{ Ref: 'EtcdDrillMachineRole' }],
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        allow('ecs:RunTask', arn('ecs', `task-definition/tender-${stage}-drill:*`)),
        {
          ...allow('iam:PassRole', [
            { 'Fn::GetAtt': ['DrillTaskRole', 'Arn'] },
            { 'Fn::GetAtt': ['DrillStartRole', 'Arn'] },
          ]),
          Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
        },
        {
          Effect: 'Allow',
          Action: ['ecs:StopTask', 'ecs:DescribeTasks'],
          Resource: { 'Fn::Sub': 'arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:task/${DrillCluster}/*' },
        },
      ],
    },
  },
});

module.exports.cluster = where({ Ref: 'DrillCluster' });
module.exports.taskDefinition = where({ Ref: 'DrillTask' });
module.exports.resources = async (context) => {
  const { image, stage } = await parametersOf(context);
  if (image === '') return { Resources: {} };
  const group = `/aws/lambda/tender-${stage}-drill-snapshot`;
  return {
    Resources: {
      DrillCluster: { Type: 'AWS::ECS::Cluster', Properties: { ClusterName: `tender-${stage}-drills` } },
      DrillTask: definition(image, stage, group),
      DrillTaskRole: role(DRILLS, [{ Ref: 'ReadRegistry' }]),
      DrillStartRole: role(starts(image, group)),
      RunDrillTask: runs(stage),
    },
  };
};
