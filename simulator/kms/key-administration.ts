import type * as sdk from '@aws-sdk/client-kms';
import { type Access, AwsError, type CallContext, type Caller, type Operations } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import type { Keys } from './keys.ts';

const DAY_MS = 86_400_000;

/** What changes keys and their names, and what ends them. */
export function keyAdministration(world: World, keys: Keys): Operations<typeof sdk> {
  // Key policies and IAM policies decide together, in Keys.authorizeUse; so the operations name no access of their own.
  const access = () => [];
  const administer = (caller: Caller, keyId: string | undefined, action: string) =>
    keys.authorizeUse(caller, keyId ?? '', { action: `kms:${action}` });
  return {
    PutKeyPolicy: {
      access,
      run: (input, { caller }) => {
        administer(caller, input.KeyId, 'PutKeyPolicy').policy = JSON.parse(input.Policy ?? '');
        return {};
      },
    },
    GetKeyPolicy: {
      access,
      run: (input, { caller }) => ({
        Policy: JSON.stringify(administer(caller, input.KeyId, 'GetKeyPolicy').policy),
        PolicyName: 'default',
      }),
    },
    UpdateKeyDescription: {
      access,
      run: (input, { caller }) => {
        administer(caller, input.KeyId, 'UpdateKeyDescription').description = input.Description ?? '';
        return {};
      },
    },
    // As EnableKeyRotation: nobody can tell.
    DisableKeyRotation: {
      access,
      run: (input, { caller }) => {
        administer(caller, input.KeyId, 'DisableKeyRotation');
        return {};
      },
    },
    ScheduleKeyDeletion: {
      access,
      run: (input, { caller }) => {
        const key = administer(caller, input.KeyId, 'ScheduleKeyDeletion');
        if (key.deletionAt !== undefined)
          throw new AwsError('KMSInvalidStateException', `${key.arn} is pending deletion.`, { status: 400 });
        const days = input.PendingWindowInDays ?? 30;
        key.enabled = false;
        key.deletionAt = world.now() + days * DAY_MS;
        const DeletionDate = new Date(key.deletionAt);
        return { KeyId: key.arn, DeletionDate, KeyState: 'PendingDeletion', PendingWindowInDays: days };
      },
    },
    UpdateAlias: {
      access: ({ AliasName, TargetKeyId }, call) => onAlias('UpdateAlias', keys, AliasName, TargetKeyId, call),
      run: (input) => {
        keys.get(input.AliasName ?? '');
        keys.createAlias(input.AliasName ?? '', input.TargetKeyId ?? '');
        return {};
      },
    },
    DeleteAlias: {
      access: ({ AliasName }, call) => onAlias('DeleteAlias', keys, AliasName, AliasName, call),
      run: (input) => {
        keys.get(input.AliasName ?? '');
        keys.deleteAlias(input.AliasName ?? '');
        return {};
      },
    },
    ListAliases: {
      run: () => ({
        Aliases: keys.aliases().map(([AliasName, TargetKeyId]) => ({ AliasName, TargetKeyId })),
        Truncated: false,
      }),
    },
  };
}

/** Whoever names a key must be allowed so for the name and for the key. https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html */
export function onAlias(
  operation: string,
  keys: Keys,
  alias = '',
  keyId = '',
  { region, account }: CallContext,
): Access[] {
  const action = `kms:${operation}`;
  return [
    { action, resource: `arn:aws:kms:${region}:${account}:${alias}` },
    { action, resource: keys.get(keyId).arn },
  ];
}
