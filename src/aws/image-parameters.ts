import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { ImageParameters } from '../images/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCallUnless } from './errors.ts';

/** Parameters of SSM that hold ids of images: AWS's public ones, and such below `/tender/images/`. */
export function imageParameters(aws: AwsAccess): ImageParameters {
  const ssm = aws.client(SSMClient);
  return {
    async read(Name) {
      const answer = await awsCallUnless(['ParameterNotFound'], ssm.send(new GetParameterCommand({ Name })));
      return answer?.Parameter?.Value;
    },
  };
}
