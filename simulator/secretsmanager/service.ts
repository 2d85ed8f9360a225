import * as sdk from '@aws-sdk/client-secrets-manager';
import { pageOf } from '../cloud/pages.ts';
import { type Access, AwsError, type CallContext, type Caller, defineService, type Service } from '../cloud/service.ts';
import { requestTagContext, resourceTagContext } from '../cloud/tag-context.ts';
import type { Keys } from '../kms/keys.ts';
import type { Secret, Secrets, SecretValue, SecretVersion } from './secrets.ts';

/** Secrets Manager. Secrets without a key of their own use `aws/secretsmanager`, which needs no permission on KMS. */
export function secretsManagerService(secrets: Secrets, keys: Keys): Service {
  const onSecret = (action: string) => (input: { readonly SecretId?: string | undefined }, call: CallContext) =>
    accessTo(secrets, action, input, call);
  const use = (caller: Caller, secret: Secret, action: string) => useKey(keys, caller, secret, action);
  return defineService('secretsmanager', sdk, {
    CreateSecret: {
      access: (input, { region, account }) => [
        {
          action: 'secretsmanager:CreateSecret',
          resource: `arn:aws:secretsmanager:${region}:${account}:secret:${input.Name}`,
          context: { 'secretsmanager:Name': input.Name ?? '', ...requestTagContext(input.Tags) },
        },
      ],
      run: (input, { caller }) => {
        const tags = Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
        const { Description: description, KmsKeyId: kmsKeyId } = input;
        const secret = secrets.create(input.Name ?? '', { description, kmsKeyId, tags });
        const value = givenValue(input);
        if (value) use(caller, secret, 'kms:GenerateDataKey');
        const version = value && secrets.putValue(secret, value, input.ClientRequestToken);
        return { ...identify(secret), ...(version ? { VersionId: version.id } : {}) };
      },
    },
    GetSecretValue: {
      access: onSecret('GetSecretValue'),
      run: (input, { caller }) => {
        const secret = secrets.getLive(input.SecretId ?? '');
        const version = secrets.version(secret, { id: input.VersionId, stage: input.VersionStage });
        if (!version) throw noVersion(input.VersionId, input.VersionStage);
        use(caller, secret, 'kms:Decrypt');
        return { ...identify(secret), ...describeValue(version), CreatedDate: version.createdAt };
      },
    },
    PutSecretValue: {
      access: onSecret('PutSecretValue'),
      run: (input, { caller }) => {
        const secret = secrets.getLive(input.SecretId ?? '');
        const value = givenValue(input);
        if (!value)
          throw new AwsError('InvalidParameterException', 'You must provide either SecretString or SecretBinary.');
        use(caller, secret, 'kms:GenerateDataKey');
        const version = secrets.putValue(secret, value, input.ClientRequestToken, input.VersionStages);
        return { ...identify(secret), VersionId: version.id, VersionStages: [...version.stages] };
      },
    },
    UpdateSecret: {
      access: onSecret('UpdateSecret'),
      run: (input, { caller }) => {
        const secret = secrets.getLive(input.SecretId ?? '');
        secret.description = input.Description ?? secret.description;
        secret.kmsKeyId = input.KmsKeyId ?? secret.kmsKeyId;
        const value = givenValue(input);
        if (value) use(caller, secret, 'kms:GenerateDataKey');
        const version = value && secrets.putValue(secret, value, input.ClientRequestToken);
        return { ...identify(secret), ...(version ? { VersionId: version.id } : {}) };
      },
    },
    DescribeSecret: {
      access: onSecret('DescribeSecret'),
      run: (input) => {
        const secret = secrets.get(input.SecretId ?? '');
        const stages = [...secret.versions.values()].filter((version) => version.stages.size > 0);
        return {
          ...describe(secret),
          VersionIdsToStages: Object.fromEntries(stages.map((version) => [version.id, [...version.stages]])),
        };
      },
    },
    DeleteSecret: {
      access: onSecret('DeleteSecret'),
      run: (input) => {
        const secret = secrets.getLive(input.SecretId ?? '');
        const days = input.ForceDeleteWithoutRecovery ? 0 : (input.RecoveryWindowInDays ?? 30);
        return { ...identify(secret), DeletionDate: secrets.delete(secret, days) };
      },
    },
    RestoreSecret: {
      access: onSecret('RestoreSecret'),
      run: (input) => {
        const secret = secrets.get(input.SecretId ?? '');
        secret.deletedAt = undefined;
        return identify(secret);
      },
    },
    ListSecrets: {
      run: (input) => {
        const wanted = secrets.list().filter((secret) => input.IncludePlannedDeletion || !secret.deletedAt);
        const filtered = wanted.filter((secret) => (input.Filters ?? []).every((filter) => fits(secret, filter)));
        const page = pageOf(filtered, input.MaxResults ?? 100, input.NextToken, 'InvalidNextTokenException');
        return { SecretList: page.items.map(describe), ...(page.next === undefined ? {} : { NextToken: page.next }) };
      },
    },
  });
}

function accessTo(
  secrets: Secrets,
  action: string,
  input: { readonly SecretId?: string | undefined },
  call: CallContext,
): Access[] {
  const id = input.SecretId ?? '';
  const secret = secrets.find(id);
  const unknown = id.startsWith('arn:') ? id : `arn:aws:secretsmanager:${call.region}:${call.account}:secret:${id}`;
  const tags = secret ? resourceTagContext('secretsmanager', secret.tags) : {};
  return [
    {
      action: `secretsmanager:${action}`,
      resource: secret?.arn ?? unknown,
      context: { ...tags, 'secretsmanager:SecretId': secret?.arn ?? id },
    },
  ];
}

// https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
function useKey(keys: Keys, caller: Caller, secret: Secret, action: string): void {
  try {
    keys.authorizeUse(caller, secret.kmsKeyId ?? 'alias/aws/secretsmanager', {
      action,
      via: 'secretsmanager',
      encryptionContext: { SecretARN: secret.arn },
    });
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'AccessDeniedException') throw error;
    throw new AwsError('AccessDeniedException', 'Access to KMS is not allowed');
  }
}

function givenValue(input: {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}): SecretValue | undefined {
  if (input.SecretString === undefined && input.SecretBinary === undefined) return undefined;
  return { text: input.SecretString, bytes: input.SecretBinary };
}

function identify(secret: Secret): { ARN: string; Name: string } {
  return { ARN: secret.arn, Name: secret.name };
}

function describeValue(version: SecretVersion) {
  return {
    VersionId: version.id,
    VersionStages: [...version.stages],
    ...(version.text === undefined ? {} : { SecretString: version.text }),
    ...(version.bytes === undefined ? {} : { SecretBinary: version.bytes }),
  };
}

function describe(secret: Secret): sdk.SecretListEntry {
  return {
    ...identify(secret),
    CreatedDate: secret.createdAt,
    LastChangedDate: secret.changedAt,
    ...(secret.description === undefined ? {} : { Description: secret.description }),
    ...(secret.kmsKeyId === undefined ? {} : { KmsKeyId: secret.kmsKeyId }),
    ...(secret.deletedAt === undefined ? {} : { DeletedDate: secret.deletedAt }),
    ...(secret.tags.size === 0 ? {} : { Tags: [...secret.tags].map(([Key, Value]) => ({ Key, Value })) }),
  };
}

function noVersion(id: string | undefined, stage: string | undefined): AwsError {
  const what = id === undefined ? `staging label: ${stage ?? 'AWSCURRENT'}` : `VersionId: ${id}`;
  return new AwsError('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for ${what}`);
}

// Values are prefixes; with `!` in front they must not fit. Keys of tags and names are told apart by case.
function fits(secret: Secret, filter: sdk.Filter): boolean {
  const candidates: Readonly<Record<string, readonly string[]>> = {
    name: [secret.name],
    description: [secret.description ?? ''],
    'tag-key': [...secret.tags.keys()],
    'tag-value': [...secret.tags.values()],
  };
  const values = candidates[filter.Key ?? ''];
  if (!values)
    throw new AwsError('NotImplemented', `The local cloud does not filter secrets by ${filter.Key}.`, { status: 501 });
  return (filter.Values ?? []).some((wanted) =>
    wanted.startsWith('!')
      ? !values.some((value) => value.startsWith(wanted.slice(1)))
      : values.some((value) => value.startsWith(wanted)),
  );
}
