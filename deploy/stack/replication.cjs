// A copy of all snapshots and backups of PKI in another bucket, in another region or account, by S3 itself; nothing when no bucket is named.
// JavaScript because an empty block would be refused by CloudFormation.
module.exports = async ({ resolveVariable }) => {
  const bucket = String((await resolveVariable('param:replicaBucketArn')) ?? '');
  const key = String((await resolveVariable('param:replicaKeyArn')) ?? '');
  const account = String((await resolveVariable('param:replicaAccountId')) ?? '');
  if (bucket === '' && key === '') return {};
  if (bucket === '' || key === '')
    throw new Error(
      'params replicaBucketArn and replicaKeyArn belong together: what is copied is encrypted under the key there',
    );
  return {
    Resources: {
      SnapshotBucket: bucketWith(bucket, key, account),
      ReplicationRole: ROLE,
      ReplicationPolicy: policyFor(bucket, key),
    },
  };
};

// What is removed here stays there: whoever could remove snapshots here, by mistake or not, removes no copy.
const bucketWith = (bucket, key, account) => ({
  Properties: {
    ReplicationConfiguration: {
      Role: { 'Fn::GetAtt': ['ReplicationRole', 'Arn'] },
      Rules: [
        {
          Id: 'copy-everything',
          Status: 'Enabled',
          Priority: 1,
          Filter: { Prefix: '' },
          DeleteMarkerReplication: { Status: 'Disabled' },
          SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
          Destination: {
            Bucket: bucket,
            EncryptionConfiguration: { ReplicaKmsKeyID: key },
            ...(account !== '' && { Account: account, AccessControlTranslation: { Owner: 'Destination' } }),
          },
        },
      ],
    },
  },
});

const ROLE = {
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
  },
};

// A policy of its own: the bucket refers to the role, and the policy to the bucket.
// docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html, and replication-config-for-kms-objects.html
const policyFor = (bucket, key) => {
  const own = { 'Fn::GetAtt': ['SnapshotBucket', 'Arn'] };
  const everythingIn = (arn) => ({ 'Fn::Join': ['', [arn, '/*']] });
  const throughS3 = { StringLike: { 'kms:ViaService': 's3.*.amazonaws.com*' } };
  return {
    Type: 'AWS::IAM::Policy',
    Properties: {
      PolicyName: 'replicate-snapshots',
      Roles: [{ Ref: 'ReplicationRole' }],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          allow(['s3:GetReplicationConfiguration', 's3:ListBucket'], own),
          allow(
            ['s3:GetObjectVersionForReplication', 's3:GetObjectVersionAcl', 's3:GetObjectVersionTagging'],
            everythingIn(own),
          ),
          allow(
            ['s3:ReplicateObject', 's3:ReplicateTags', 's3:ObjectOwnerOverrideToBucketOwner'],
            everythingIn(bucket),
          ),
          { ...allow(['kms:Decrypt'], { 'Fn::GetAtt': ['SnapshotKey', 'Arn'] }), Condition: throughS3 },
          { ...allow(['kms:Encrypt'], key), Condition: throughS3 },
        ],
      },
    },
  };
};

const allow = (Action, Resource) => ({ Effect: 'Allow', Action, Resource });
