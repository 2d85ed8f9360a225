import {
  AutoScalingClient,
  CreateOrUpdateTagsCommand,
  DeleteLifecycleHookCommand,
  DeleteTagsCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeLifecycleHooksCommand,
  PutLifecycleHookCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Json, Thing } from '../adoption/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall, awsCallUnless } from './errors.ts';

type Of<K extends Thing['kind']> = Extract<Thing, { readonly kind: K }>;
/** How things of one kind are read and written. */
export interface Kind<K extends Thing['kind']> {
  read(thing: Of<K>): Promise<Json>;
  write(thing: Of<K>, value: Json): Promise<void>;
}

/** Registry parameters, as text. */
export function adoptedParameters(home: AwsAccess): Kind<'parameter'> {
  const ssm = home.client(SSMClient);
  return {
    async read({ name }) {
      const command = new GetParameterCommand({ Name: name, WithDecryption: true });
      return (await awsCallUnless(['ParameterNotFound'], ssm.send(command)))?.Parameter?.Value ?? null;
    },
    async write({ name }, value) {
      if (value === null) {
        await awsCallUnless(['ParameterNotFound'], ssm.send(new DeleteParameterCommand({ Name: name })));
        return;
      }
      const input = {
        Name: name,
        Value: String(value),
        Type: 'String',
        Tier: 'Intelligent-Tiering',
        Overwrite: true,
      } as const;
      await awsCall(ssm.send(new PutParameterCommand(input)));
    },
  };
}

/** Tags of Auto Scaling groups: `{value, propagated}`. */
export function adoptedTags(aws: AwsAccess): Kind<'tag'> {
  const client = aws.client(AutoScalingClient);
  return {
    async read({ group, name }) {
      const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group], IncludeInstances: false });
      const { AutoScalingGroups = [] } = await awsCall(client.send(command));
      const tag = AutoScalingGroups[0]?.Tags?.find(({ Key }) => Key === name);
      return tag ? { value: tag.Value ?? '', propagated: tag.PropagateAtLaunch ?? false } : null;
    },
    async write({ group, name }, value) {
      const tag = { ResourceId: group, ResourceType: 'auto-scaling-group', Key: name };
      if (value === null) {
        await awsCallUnless(['ValidationError'], client.send(new DeleteTagsCommand({ Tags: [tag] })));
        return;
      }
      const { value: Value, propagated } = value as { readonly value: string; readonly propagated: boolean };
      await awsCall(
        client.send(new CreateOrUpdateTagsCommand({ Tags: [{ ...tag, Value, PropagateAtLaunch: propagated }] })),
      );
    },
  };
}

/** Lifecycle hooks of groups, with everything that can be said of one. */
export function adoptedHooks(aws: AwsAccess): Kind<'hook'> {
  const client = aws.client(AutoScalingClient);
  return {
    async read({ group: AutoScalingGroupName, name }) {
      const command = new DescribeLifecycleHooksCommand({ AutoScalingGroupName });
      // A group that is gone has none; Auto Scaling has no error of its own for that.
      const answer = await awsCallUnless(['ValidationError'], client.send(command));
      const hook = answer?.LifecycleHooks?.find(({ LifecycleHookName }) => LifecycleHookName === name);
      if (!hook) return null;
      return {
        transition: hook.LifecycleTransition ?? '',
        heartbeatTimeout: hook.HeartbeatTimeout ?? 3600,
        defaultResult: hook.DefaultResult ?? 'ABANDON',
        ...(hook.NotificationTargetARN && { notificationTarget: hook.NotificationTargetARN }),
        ...(hook.NotificationMetadata && { notificationMetadata: hook.NotificationMetadata }),
        ...(hook.RoleARN && { role: hook.RoleARN }),
      };
    },
    async write({ group: AutoScalingGroupName, name: LifecycleHookName }, value) {
      if (value === null) {
        const command = new DeleteLifecycleHookCommand({ AutoScalingGroupName, LifecycleHookName });
        // Auto Scaling has no error of its own for a hook that is gone.
        await awsCallUnless(['ValidationError'], client.send(command));
        return;
      }
      const hook = value as Readonly<Record<string, string | number>>;
      const command = new PutLifecycleHookCommand({
        AutoScalingGroupName,
        LifecycleHookName,
        LifecycleTransition: String(hook.transition),
        HeartbeatTimeout: Number(hook.heartbeatTimeout),
        DefaultResult: String(hook.defaultResult),
        ...(hook.notificationTarget !== undefined && { NotificationTargetARN: String(hook.notificationTarget) }),
        ...(hook.notificationMetadata !== undefined && { NotificationMetadata: String(hook.notificationMetadata) }),
        ...(hook.role !== undefined && { RoleARN: String(hook.role) }),
      });
      await awsCall(client.send(command));
    },
  };
}

const NO_SECRET = ['ResourceNotFoundException'];
const DESCRIPTION = 'Token of serviceaccount kube-system/tender, by npx tender cluster adopt';

/** Secrets with a token: read only by whether they are there, and written with a new token. One that somebody else made is not touched. */
export function adoptedSecrets(aws: AwsAccess, mint: () => Promise<string>): Kind<'secret'> {
  const secrets = aws.client(SecretsManagerClient);
  const content = { 'token of': 'serviceaccount kube-system/tender' };
  return {
    async read({ name }) {
      const found = await awsCallUnless(NO_SECRET, secrets.send(new DescribeSecretCommand({ SecretId: name })));
      return found && !found.DeletedDate ? content : null;
    },
    async write({ name }, value) {
      if (value === null) {
        const command = new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true });
        await awsCallUnless(NO_SECRET, secrets.send(command));
        return;
      }
      const SecretString = await mint();
      const command = new CreateSecretCommand({ Name: name, Description: DESCRIPTION, SecretString });
      await awsCallUnless(['ResourceExistsException'], secrets.send(command));
    },
  };
}
