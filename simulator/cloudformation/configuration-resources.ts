import { type Properties, withoutUndefined } from './properties.ts';
import { differs, type ExistingResource, type NewResource, type ResourceHandlers } from './resource-handler.ts';
import { templateError } from './template-error.ts';

/** AWS::SSM::*, AWS::SecretsManager::* and AWS::KMS::* */
export const configurationResources: ResourceHandlers = {
  'AWS::SSM::Parameter': {
    create: async ({ properties, call, generatedName }) => {
      const Name = properties.text('Name') ?? generatedName;
      const input = withoutUndefined({
        Name,
        Tags: properties.tagList,
        ...properties.pick('Type', 'Value', 'Description', 'Tier', 'AllowedPattern', 'DataType', 'Policies'),
      });
      await call('ssm', 'PutParameter', input);
      return { ref: Name, attributes: properties.pick('Type', 'Value') };
    },
    replacedBy: ['Name', 'DataType'],
    update: async ({ properties, call }, { ref: Name }) => {
      const input = properties.pick('Type', 'Value', 'Description', 'Tier', 'AllowedPattern', 'Policies');
      await call('ssm', 'PutParameter', { Name, ...input, Overwrite: true });
      return { ref: Name, attributes: properties.pick('Type', 'Value') };
    },
    remove: ({ call, ref }) => call('ssm', 'DeleteParameter', { Name: ref }),
  },
  'AWS::SSM::Document': {
    create: async ({ properties, call, generatedName }) => {
      const Name = properties.text('Name') ?? generatedName;
      const input = withoutUndefined({
        Name,
        Content: properties.document('Content'),
        Tags: properties.tagList,
        ...properties.pick('DocumentType', 'DocumentFormat', 'TargetType', 'VersionName'),
      });
      // How a changed document comes is for later.
      properties.text('UpdateMethod');
      await call('ssm', 'CreateDocument', input);
      return { ref: Name, attributes: {} };
    },
    replacedBy: ['Name', 'DocumentType'],
    update: updateDocument,
    remove: ({ call, ref }) => call('ssm', 'DeleteDocument', { Name: ref }),
  },
  'AWS::SecretsManager::Secret': {
    create: async (resource) => {
      const { properties, call, generatedName } = resource;
      const input = withoutUndefined({
        Name: properties.text('Name') ?? generatedName,
        SecretString: properties.text('SecretString') ?? generatedSecret(resource),
        Tags: properties.tagList,
        ...properties.pick('Description', 'KmsKeyId'),
      });
      const { ARN } = await call('secretsmanager', 'CreateSecret', input);
      return { ref: String(ARN), attributes: { Id: ARN } };
    },
    replacedBy: ['Name'],
    update: async ({ properties, call }, { ref: SecretId }) => {
      await call('secretsmanager', 'UpdateSecret', {
        SecretId,
        ...properties.pick('SecretString', 'Description', 'KmsKeyId'),
      });
    },
    remove: ({ call, ref }) =>
      call('secretsmanager', 'DeleteSecret', { SecretId: ref, ForceDeleteWithoutRecovery: true }),
  },
  'AWS::KMS::Key': {
    create: async ({ properties, call, born }) => {
      const input = withoutUndefined({
        Policy: properties.document('KeyPolicy'),
        Tags: properties.tagList?.map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value })),
        MultiRegion: properties.flag('MultiRegion'),
        ...properties.pick('Description', 'KeyUsage', 'KeySpec'),
      });
      const { KeyId, Arn } = (await call('kms', 'CreateKey', input)).KeyMetadata as { KeyId: string; Arn: string };
      born({ ref: KeyId, attributes: { Arn, KeyId } });
      if (properties.flag('EnableKeyRotation')) await call('kms', 'EnableKeyRotation', { KeyId });
      // How long a deleted key lingers; deleting is not part of creating.
      properties.number('PendingWindowInDays');
      return { ref: KeyId, attributes: { Arn, KeyId } };
    },
    replacedBy: [],
    update: updateKey,
    remove: ({ properties, call, ref: KeyId }) =>
      call('kms', 'ScheduleKeyDeletion', {
        KeyId,
        PendingWindowInDays: properties.number('PendingWindowInDays') ?? 30,
      }),
  },
  'AWS::KMS::Alias': {
    create: async ({ properties, call }) => {
      const AliasName = properties.required('AliasName');
      await call('kms', 'CreateAlias', { AliasName, ...properties.pick('TargetKeyId') });
      return { ref: AliasName, attributes: {} };
    },
    replacedBy: ['AliasName'],
    update: async ({ properties, call }, { ref: AliasName }) => {
      await call('kms', 'UpdateAlias', { AliasName, ...properties.pick('TargetKeyId') });
    },
    remove: ({ call, ref }) => call('kms', 'DeleteAlias', { AliasName: ref }),
  },
};

async function updateDocument(wanted: NewResource, { ref: Name }: ExistingResource): Promise<void> {
  const { properties, call } = wanted;
  // The default method makes another document, which a fixed name does not allow.
  if (properties.text('UpdateMethod') !== 'NewVersion') {
    throw templateError('A document is updated here only where its UpdateMethod is NewVersion');
  }
  const Content = properties.document('Content');
  const { versions } = await versionsOf(call, Name);
  const same = versions.find(({ content }) => content === Content)?.version;
  const input = { Name, Content, DocumentVersion: '$LATEST', ...properties.pick('DocumentFormat') };
  const { DocumentDescription } = same ? {} : await call('ssm', 'UpdateDocument', input);
  const DocumentVersion = same ?? (DocumentDescription as { DocumentVersion: string }).DocumentVersion;
  await call('ssm', 'UpdateDocumentDefaultVersion', { Name, DocumentVersion });
}

/** The versions with what is in them: SSM does not take the same content twice, so going back is to name an older one. */
async function versionsOf(
  call: NewResource['call'],
  Name: string,
): Promise<{ versions: readonly { version: string; content: unknown }[] }> {
  const { Document } = (await call('ssm', 'DescribeDocument', { Name })) as { Document?: { LatestVersion?: string } };
  const numbers = Array.from({ length: Number(Document?.LatestVersion ?? 1) }, (_, index) => String(index + 1));
  const versions = [];
  for (const version of numbers) {
    const { Content: content } = await call('ssm', 'GetDocument', { Name, DocumentVersion: version });
    versions.push({ version, content });
  }
  return { versions };
}

async function updateKey(wanted: NewResource, before: ExistingResource): Promise<void> {
  const { properties, call } = wanted;
  const KeyId = before.ref;
  // docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html: "the update request fails, regardless of the value of the UpdateReplacePolicy attribute"
  const fixed = ['KeySpec', 'KeyUsage', 'MultiRegion', 'Origin'].find((name) => differs(wanted, before, name));
  if (fixed) throw templateError(`You cannot modify ${fixed} of an existing KMS key`);
  if (differs(wanted, before, 'KeyPolicy')) {
    await call('kms', 'PutKeyPolicy', { KeyId, PolicyName: 'default', Policy: properties.document('KeyPolicy') });
  }
  if (differs(wanted, before, 'Description')) {
    await call('kms', 'UpdateKeyDescription', { KeyId, Description: properties.text('Description') ?? '' });
  }
  const rotation = properties.flag('EnableKeyRotation') ?? false;
  if (differs(wanted, before, 'EnableKeyRotation'))
    await call('kms', rotation ? 'EnableKeyRotation' : 'DisableKeyRotation', { KeyId });
  properties.number('PendingWindowInDays');
}

function generatedSecret({ properties, targets }: NewResource): string | undefined {
  if (properties.get('GenerateSecretString') === undefined) return undefined;
  const settings = properties.nested('GenerateSecretString');
  const random = targets.world.random.for('cloudformation:secrets');
  const password = randomPassword(settings, () => random.next());
  const key = settings.text('GenerateStringKey');
  if (!key) return password;
  const template = JSON.parse(settings.text('SecretStringTemplate') ?? '{}') as Record<string, unknown>;
  return JSON.stringify({ ...template, [key]: password });
}

function randomPassword(settings: Properties, next: () => number): string {
  const excluded = settings.text('ExcludeCharacters') ?? '';
  const sets = [
    settings.flag('ExcludeLowercase') ? '' : 'abcdefghijklmnopqrstuvwxyz',
    settings.flag('ExcludeUppercase') ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    settings.flag('ExcludeNumbers') ? '' : '0123456789',
    settings.flag('ExcludePunctuation') ? '' : '!#$%&()*+,-./:;<=>?@[]^_{|}~',
  ];
  const letters = [...sets.join('')].filter((letter) => !excluded.includes(letter));
  const length = settings.number('PasswordLength') ?? 32;
  return Array.from({ length }, () => letters[Math.floor(next() * letters.length)]).join('');
}
