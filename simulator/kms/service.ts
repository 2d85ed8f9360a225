import * as sdk from '@aws-sdk/client-kms';
import { AwsError, defineService, type Service } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import { keyAdministration, onAlias } from './key-administration.ts';
import type { Key, Keys } from './keys.ts';

/** KMS, for symmetric keys, for pairs of RSA that decrypt, and for HMAC-SHA-256. */
export function kmsService(world: World, keys: Keys): Service {
  // Key policies and IAM policies decide together, in Keys.authorizeUse; so the operations name no access of their own.
  const none = () => [];
  return defineService('kms', sdk, {
    ...keyAdministration(world, keys),
    CreateKey: {
      run: (input) => {
        const key = keys.createKey({
          ...(input.Description === undefined ? {} : { description: input.Description }),
          ...(input.Policy === undefined ? {} : { policy: JSON.parse(input.Policy) }),
          ...(input.KeySpec === undefined ? {} : { spec: input.KeySpec }),
        });
        return { KeyMetadata: describe(key) };
      },
    },
    CreateAlias: {
      access: ({ AliasName, TargetKeyId }, call) => onAlias('CreateAlias', keys, AliasName, TargetKeyId, call),
      run: (input) => {
        keys.createAlias(input.AliasName ?? '', input.TargetKeyId ?? '');
        return {};
      },
    },
    // Rotation keeps the key's id and everything it encrypted readable: nobody can tell it from none.
    EnableKeyRotation: {
      access: none,
      run: (input, { caller }) => {
        keys.authorizeUse(caller, input.KeyId ?? '', { action: 'kms:EnableKeyRotation' });
        return {};
      },
    },
    DescribeKey: {
      access: none,
      run: (input, { caller }) => ({
        KeyMetadata: describe(keys.authorizeUse(caller, input.KeyId ?? '', { action: 'kms:DescribeKey' })),
      }),
    },
    ListKeys: {
      run: () => ({ Keys: keys.list().map(({ id, arn }) => ({ KeyId: id, KeyArn: arn })), Truncated: false }),
    },
    GetPublicKey: {
      mutating: false,
      access: none,
      run: (input, { caller }) => {
        const key = keys.authorizeUse(caller, input.KeyId ?? '', { action: 'kms:GetPublicKey' });
        const metadata = describe(key);
        return { ...metadata, KeyId: key.arn, PublicKey: keys.publicKey(key) };
      },
    },
    Encrypt: {
      mutating: false,
      access: none,
      run: (input, { caller }) => {
        const encryptionContext = input.EncryptionContext ?? {};
        const key = keys.authorizeUse(caller, input.KeyId ?? '', { action: 'kms:Encrypt', encryptionContext });
        const plaintext = input.Plaintext ?? new Uint8Array();
        if (plaintext.length > 4096) {
          throw new AwsError(
            'ValidationException',
            "Member must have length less than or equal to 4096 at 'plaintext'",
          );
        }
        return {
          KeyId: key.arn,
          CiphertextBlob: keys.encrypt(key, plaintext, encryptionContext),
          EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        };
      },
    },
    Decrypt: {
      mutating: false,
      access: none,
      run: (input, { caller }) => {
        const encryptionContext = input.EncryptionContext ?? {};
        const ciphertext = input.CiphertextBlob ?? new Uint8Array();
        if (input.EncryptionAlgorithm === 'RSAES_OAEP_SHA_256') {
          const pair = keys.authorizeUse(caller, input.KeyId ?? '', { action: 'kms:Decrypt' });
          const Plaintext = keys.decryptWithPair(pair, ciphertext);
          return { KeyId: pair.arn, Plaintext, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' };
        }
        const key = keys.authorizeUse(caller, keys.keyOf(ciphertext).id, { action: 'kms:Decrypt', encryptionContext });
        if (input.KeyId !== undefined && keys.get(input.KeyId) !== key) {
          const message = 'The key ID in the request does not identify a CMK that can perform this operation.';
          throw new AwsError('IncorrectKeyException', message);
        }
        return {
          KeyId: key.arn,
          Plaintext: keys.decrypt(ciphertext, encryptionContext),
          EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        };
      },
    },
    GenerateMac: {
      mutating: false,
      access: none,
      run: (input, { caller }) => {
        const key = keys.authorizeUse(caller, input.KeyId ?? '', { action: 'kms:GenerateMac' });
        const Mac = keys.mac(key, input.Message ?? new Uint8Array());
        return { KeyId: key.arn, Mac, MacAlgorithm: 'HMAC_SHA_256' };
      },
    },
    VerifyMac: {
      mutating: false,
      access: none,
      run: (input, { caller }) => {
        const key = keys.authorizeUse(caller, input.KeyId ?? '', { action: 'kms:VerifyMac' });
        keys.verifyMac(key, input.Message ?? new Uint8Array(), input.Mac ?? new Uint8Array());
        return { KeyId: key.arn, MacValid: true, MacAlgorithm: 'HMAC_SHA_256' };
      },
    },
    GenerateDataKey: {
      mutating: false,
      access: none,
      run: (input, { caller }) => {
        const encryptionContext = input.EncryptionContext ?? {};
        const key = keys.authorizeUse(caller, input.KeyId ?? '', { action: 'kms:GenerateDataKey', encryptionContext });
        const length = input.NumberOfBytes ?? (input.KeySpec === 'AES_128' ? 16 : 32);
        const plaintext = world.random.for('kms:data-key').bytes(length);
        return {
          KeyId: key.arn,
          Plaintext: plaintext,
          CiphertextBlob: keys.encrypt(key, plaintext, encryptionContext),
        };
      },
    },
  });
}

function stateOf(key: Key): sdk.KeyState {
  if (key.deletionAt !== undefined) return 'PendingDeletion';
  return key.enabled ? 'Enabled' : 'Disabled';
}

function describe(key: Key): sdk.KeyMetadata {
  return {
    AWSAccountId: key.arn.split(':')[4],
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: key.createdAt,
    Enabled: key.enabled,
    Description: key.description,
    KeyUsage: key.spec === 'HMAC_256' ? 'GENERATE_VERIFY_MAC' : 'ENCRYPT_DECRYPT',
    KeyState: stateOf(key),
    ...(key.deletionAt !== undefined && { DeletionDate: new Date(key.deletionAt) }),
    Origin: 'AWS_KMS',
    KeyManager: key.manager,
    KeySpec: key.spec as sdk.KeySpec,
    ...algorithmsOf(key),
    MultiRegion: false,
  };
}

function algorithmsOf({ spec }: Key): Pick<sdk.KeyMetadata, 'EncryptionAlgorithms' | 'MacAlgorithms'> {
  if (spec === 'HMAC_256') return { MacAlgorithms: ['HMAC_SHA_256'] };
  return { EncryptionAlgorithms: [spec === 'SYMMETRIC_DEFAULT' ? 'SYMMETRIC_DEFAULT' : 'RSAES_OAEP_SHA_256'] };
}
