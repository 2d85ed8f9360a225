import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import * as z from 'zod/mini';
import { andonParameterName } from '../nodes/names.ts';
import type { Andon, AndonCord } from '../nodes/retire-ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { AwsUnavailable, awsCallUnless } from './errors.ts';

const TRIES = 3;

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

/**
 * Switches it on, and gives how it is on then: one that somebody else has pulled stays theirs.
 *
 * @throws AwsUnavailable where somebody pulls and releases it all the time
 */
export async function pullAndon(home: AwsAccess, andon: Andon): Promise<Andon> {
  const put = { Name: andonParameterName, Type: 'String', Value: JSON.stringify(andon), Overwrite: false } as const;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const command = new PutParameterCommand(put);
    if (await awsCallUnless(['ParameterAlreadyExists'], home.client(SSMClient).send(command))) return andon;
    // Perhaps by this very call, whose first answer was lost.
    const on = await andonParameter(home).read();
    if (on) return on;
  }
  throw new AwsUnavailable(
    `${andonParameterName} comes and goes: somebody else pulls and releases the andon right now`,
  );
}

/**
 * Switches it off where it is still on as `andon` says, and otherwise leaves it. SSM deletes without a condition: whoever pulls it anew
 * between the look and the deletion, some milliseconds, loses their pull.
 */
export async function releaseAndon(home: AwsAccess, andon: Andon): Promise<'released' | 'changed'> {
  const on = await andonParameter(home).read();
  if (on?.since !== andon.since || on.by !== andon.by || on.reason !== andon.reason) return 'changed';
  const command = new DeleteParameterCommand({ Name: andonParameterName });
  await awsCallUnless(['ParameterNotFound'], home.client(SSMClient).send(command));
  return 'released';
}

function cordIn(text: string): Andon {
  try {
    return z.parse(Cord, JSON.parse(text));
  } catch {
    return z.parse(Cord, text === '' ? {} : { reason: text.slice(0, 300) });
  }
}
