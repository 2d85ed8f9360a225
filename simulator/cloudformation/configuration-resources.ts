import { type Properties, withoutUndefined } from './properties.ts';
import type { NewResource, ResourceHandlers } from './resource-handler.ts';

/** AWS::SSM::*, AWS::SecretsManager::* and AWS::KMS::* */
export const configurationResources: ResourceHandlers = {
  'AWS::SSM::Parameter': async ({ properties, call, generatedName }) => {
    const Name = properties.text('Name') ?? generatedName;
    const input = withoutUndefined({
      Name,
      Tags: properties.tagList,
      ...properties.pick('Type', 'Value', 'Description', 'Tier', 'AllowedPattern', 'DataType', 'Policies'),
    });
    await call('ssm', 'PutParameter', input);
    return { ref: Name, attributes: properties.pick('Type', 'Value') };
  },
  'AWS::SSM::Document': async ({ properties, call, generatedName }) => {
    const Name = properties.text('Name') ?? generatedName;
    const input = withoutUndefined({
      Name,
      Content: properties.document('Content'),
      Tags: properties.tagList,
      ...properties.pick('DocumentType', 'DocumentFormat', 'TargetType', 'VersionName', 'UpdateMethod'),
    });
    const { UpdateMethod: _, ...document } = input;
    await call('ssm', 'CreateDocument', document);
    return { ref: Name, attributes: {} };
  },
  'AWS::SecretsManager::Secret': async (resource) => {
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
  'AWS::KMS::Key': async ({ properties, call }) => {
    const input = withoutUndefined({
      Policy: properties.document('KeyPolicy'),
      Tags: properties.tagList?.map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value })),
      MultiRegion: properties.flag('MultiRegion'),
      ...properties.pick('Description', 'KeyUsage', 'KeySpec'),
    });
    const { KeyId, Arn } = (await call('kms', 'CreateKey', input)).KeyMetadata as { KeyId: string; Arn: string };
    if (properties.flag('EnableKeyRotation')) await call('kms', 'EnableKeyRotation', { KeyId });
    // How long a deleted key lingers; deleting is not part of creating.
    properties.number('PendingWindowInDays');
    return { ref: KeyId, attributes: { Arn, KeyId } };
  },
  'AWS::KMS::Alias': async ({ properties, call }) => {
    const AliasName = properties.required('AliasName');
    await call('kms', 'CreateAlias', { AliasName, ...properties.pick('TargetKeyId') });
    return { ref: AliasName, attributes: {} };
  },
};

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
