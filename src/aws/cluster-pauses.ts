import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { clusterPauseParameter } from '../health/names.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall, awsCallUnless } from './errors.ts';

/** Pauses of whole clusters as SSM parameters: the registry entry is somebody's file, and stays as it is. */
export function clusterPauses(aws: AwsAccess) {
  const ssm = aws.client(SSMClient);
  return {
    /** ISO 8601; null: there is none. */
    async until(cluster: string): Promise<string | null> {
      const command = new GetParameterCommand({ Name: clusterPauseParameter(cluster) });
      return (await awsCallUnless(['ParameterNotFound'], ssm.send(command)))?.Parameter?.Value ?? null;
    },
    async set(cluster: string, until: Date | null): Promise<void> {
      const Name = clusterPauseParameter(cluster);
      if (until === null) await awsCallUnless(['ParameterNotFound'], ssm.send(new DeleteParameterCommand({ Name })));
      else {
        const put = { Name, Type: 'String', Value: until.toISOString(), Overwrite: true } as const;
        await awsCall(ssm.send(new PutParameterCommand(put)));
      }
    },
  };
}
