import { Properties, withoutUndefined } from './properties.ts';
import type { NewResource, ResourceHandlers } from './resource-handler.ts';
import { templateError } from './template-error.ts';

type Values = Readonly<Record<string, unknown>>;

/** AWS::S3::* */
export const s3Resources: ResourceHandlers = {
  'AWS::S3::Bucket': async (resource) => {
    const { properties, call, generatedName, targets } = resource;
    const { region } = targets;
    const Bucket = properties.text('BucketName') ?? generatedName.toLowerCase().slice(0, 63);
    const location = region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region } };
    const lock = properties.flag('ObjectLockEnabled');
    await call('s3', 'CreateBucket', withoutUndefined({ Bucket, ...location, ObjectLockEnabledForBucket: lock }));
    await configure(resource, Bucket);
    return {
      ref: Bucket,
      attributes: {
        Arn: `arn:aws:s3:::${Bucket}`,
        DomainName: `${Bucket}.s3.amazonaws.com`,
        RegionalDomainName: `${Bucket}.s3.${region}.amazonaws.com`,
      },
    };
  },
  'AWS::S3::BucketPolicy': async ({ properties, call }) => {
    const Bucket = properties.required('Bucket');
    await call('s3', 'PutBucketPolicy', { Bucket, Policy: properties.document('PolicyDocument') });
    return { ref: Bucket, attributes: {} };
  },
};

// What CloudFormation has as properties of a bucket are operations of their own.
async function configure({ properties, call }: NewResource, Bucket: string): Promise<void> {
  const put = async (name: string, operation: string, input: (value: Values) => object): Promise<void> => {
    const value = properties.get(name);
    if (value !== undefined) await call('s3', operation, { Bucket, ...input(value as Values) });
  };
  await put('VersioningConfiguration', 'PutBucketVersioning', (value) => ({ VersioningConfiguration: value }));
  await put('PublicAccessBlockConfiguration', 'PutPublicAccessBlock', (value) => ({
    PublicAccessBlockConfiguration: value,
  }));
  await put('BucketEncryption', 'PutBucketEncryption', (value) => ({
    ServerSideEncryptionConfiguration: { Rules: encryptionRules(value) },
  }));
  await put('LifecycleConfiguration', 'PutBucketLifecycleConfiguration', (value) => ({
    LifecycleConfiguration: { Rules: lifecycleRules(value) },
  }));
  await put('OwnershipControls', 'PutBucketOwnershipControls', (value) => ({ OwnershipControls: value }));
  await put('ObjectLockConfiguration', 'PutObjectLockConfiguration', (value) => ({ ObjectLockConfiguration: value }));
  await put('NotificationConfiguration', 'PutBucketNotificationConfiguration', (value) => ({
    NotificationConfiguration: notification(value),
  }));
  if (properties.get('Tags') !== undefined) {
    await call('s3', 'PutBucketTagging', { Bucket, Tagging: { TagSet: properties.tagList ?? [] } });
  }
}

function encryptionRules(value: Values): object[] {
  const rules = new Properties(value, 'BucketEncryption').each('ServerSideEncryptionConfiguration');
  return rules.map((rule) =>
    withoutUndefined({
      ApplyServerSideEncryptionByDefault: rule.get('ServerSideEncryptionByDefault'),
      BucketKeyEnabled: rule.flag('BucketKeyEnabled'),
    }),
  );
}

// The API nests what the template has flat, and counts noncurrent versions by other names.
function lifecycleRules(value: Values): object[] {
  return new Properties(value, 'LifecycleConfiguration').each('Rules').map((rule) => {
    const days = rule.number('ExpirationInDays');
    const noncurrentDays = rule.number('NoncurrentVersionExpirationInDays');
    const incomplete = rule.nested('AbortIncompleteMultipartUpload').number('DaysAfterInitiation');
    const marker = rule.flag('ExpiredObjectDeleteMarker');
    const translated = withoutUndefined({
      ID: rule.text('Id'),
      Status: rule.text('Status'),
      Filter: filterOf(rule),
      Expiration: days || marker ? withoutUndefined({ Days: days, ExpiredObjectDeleteMarker: marker }) : undefined,
      NoncurrentVersionExpiration: noncurrentDays
        ? { NoncurrentDays: noncurrentDays }
        : rule.get('NoncurrentVersionExpiration'),
      Transitions:
        rule.get('Transitions') &&
        rule.each('Transitions').map((one) => ({
          ...one.pick('StorageClass'),
          Days: one.number('TransitionInDays'),
        })),
      AbortIncompleteMultipartUpload: incomplete ? { DaysAfterInitiation: incomplete } : undefined,
    });
    if (rule.unread.length === 0) return translated;
    throw templateError(`The local cloud does not know [${rule.unread.join(', ')}] of a lifecycle rule`);
  });
}

function filterOf(rule: Properties): object {
  const Tags = rule.list('TagFilters') as { Key: string; Value: string }[];
  const Prefix = rule.text('Prefix');
  if (Tags.length === 0) return { Prefix: Prefix ?? '' };
  if (Tags.length === 1 && Prefix === undefined) return { Tag: Tags[0] };
  return { And: withoutUndefined({ Prefix, Tags }) };
}

function notification(value: Values): object {
  const { EventBridgeConfiguration, ...others } = value;
  if (Object.keys(others).length > 0) {
    throw templateError('Bucket notifications other than to EventBridge are not supported by the local cloud');
  }
  return EventBridgeConfiguration ? { EventBridgeConfiguration: {} } : {};
}
