import { Properties, withoutUndefined } from './properties.ts';
import {
  differs,
  type ExistingResource,
  type NewResource,
  type ResourceHandlers,
  without,
} from './resource-handler.ts';
import { templateError } from './template-error.ts';

type Values = Readonly<Record<string, unknown>>;

/** AWS::S3::* */
export const s3Resources: ResourceHandlers = {
  'AWS::S3::Bucket': {
    create: async (resource) => {
      const { properties, call, generatedName, targets } = resource;
      const { region } = targets;
      const Bucket = properties.text('BucketName') ?? generatedName.toLowerCase().slice(0, 63);
      const location = region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region } };
      const lock = properties.flag('ObjectLockEnabled');
      await call('s3', 'CreateBucket', withoutUndefined({ Bucket, ...location, ObjectLockEnabledForBucket: lock }));
      const values = {
        ref: Bucket,
        attributes: {
          Arn: `arn:aws:s3:::${Bucket}`,
          DomainName: `${Bucket}.s3.amazonaws.com`,
          RegionalDomainName: `${Bucket}.s3.${region}.amazonaws.com`,
        },
      };
      resource.born(values);
      await configure(resource, Bucket);
      return values;
    },
    replacedBy: ['BucketName', 'ObjectLockEnabled'],
    update: async (wanted, before) => {
      const Bucket = before.ref;
      await configure(wanted, Bucket, before);
      for (const name of without(Object.keys(before.properties.all), Object.keys(wanted.properties.all))) {
        const operation = REMOVED_BY[name];
        if (!operation) throw templateError(`The local cloud cannot take ${name} away from a bucket`);
        await wanted.call('s3', operation, { Bucket });
      }
    },
    remove: ({ call, ref }) => call('s3', 'DeleteBucket', { Bucket: ref }),
  },
  'AWS::S3::BucketPolicy': {
    create: async (resource) => ({ ref: await putBucketPolicy(resource), attributes: {} }),
    replacedBy: ['Bucket'],
    update: async (wanted) => void (await putBucketPolicy(wanted)),
    remove: ({ call, ref }) => call('s3', 'DeleteBucketPolicy', { Bucket: ref }),
  },
};

/** How a bucket loses a setting that the template has no more. */
const REMOVED_BY: Readonly<Record<string, string>> = {
  BucketEncryption: 'DeleteBucketEncryption',
  LifecycleConfiguration: 'DeleteBucketLifecycle',
  PublicAccessBlockConfiguration: 'DeletePublicAccessBlock',
  Tags: 'DeleteBucketTagging',
};

async function putBucketPolicy({ properties, call }: NewResource): Promise<string> {
  const Bucket = properties.required('Bucket');
  await call('s3', 'PutBucketPolicy', { Bucket, Policy: properties.document('PolicyDocument') });
  return Bucket;
}

// What CloudFormation has as properties of a bucket are operations of their own.
async function configure(resource: NewResource, Bucket: string, before?: ExistingResource): Promise<void> {
  const { properties, call } = resource;
  const isNew = (name: string): boolean => before === undefined || differs(resource, before, name);
  const put = async (name: string, operation: string, input: (value: Values) => object): Promise<void> => {
    const value = properties.get(name);
    if (value !== undefined && isNew(name)) await call('s3', operation, { Bucket, ...input(value as Values) });
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
  if (properties.get('Tags') !== undefined && isNew('Tags')) {
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
