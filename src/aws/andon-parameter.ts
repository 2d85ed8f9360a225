import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import * as z from 'zod/mini';
import { andonParameterName } from '../nodes/names.ts';
import type { Andon, AndonCord } from '../nodes/retire-ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall, awsCallUnless } from './errors.ts';

const Cord = z.object({
  reason: z._default(z.string(), 'no reason is given'),
  since: z._default(z.string(), 'an unknown time'),
  by: z._default(z.string(), 'somebody'),
});

/** The andon of this deployment. A parameter with any other text in it is on, too: whoever wrote it wanted to stop something. */
export function andonParameter(home: AwsAccess): AndonCord {
  const ssm = home.client(SSMClient);
  return {
    async read() {
      const command = new GetParameterCommand({ Name: andonParameterName });
      const answer = await awsCallUnless(['ParameterNotFound'], ssm.send(command));
      return answer ? cordIn(answer.Parameter?.Value ?? '') : null;
    },
  };
}

/** Switches it on, or gives it another reason. */
export async function pullAndon(home: AwsAccess, andon: Andon): Promise<void> {
  const put = { Name: andonParameterName, Type: 'String', Value: JSON.stringify(andon), Overwrite: true } as const;
  await awsCall(home.client(SSMClient).send(new PutParameterCommand(put)));
}

/** Switches it off. One that is off is fine. */
export async function releaseAndon(home: AwsAccess): Promise<void> {
  const command = new DeleteParameterCommand({ Name: andonParameterName });
  await awsCallUnless(['ParameterNotFound'], home.client(SSMClient).send(command));
}

function cordIn(text: string): Andon {
  try {
    return z.parse(Cord, JSON.parse(text));
  } catch {
    return z.parse(Cord, text === '' ? {} : { reason: text.slice(0, 300) });
  }
}
