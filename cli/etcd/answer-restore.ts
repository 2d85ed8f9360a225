import { SendTaskFailureCommand, SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
import { awsCall } from '../../src/aws/errors.ts';
import { waitingQuestion } from '../../src/runs/what-waits.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';
import type { Deployment } from '../deployment.ts';
import { NothingToApprove } from '../errors.ts';
import { runsOf } from '../on-deployment.ts';
import { print } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';

/**
 * Answers the restore of a cluster's etcd that waits for a person: yes, or no with a reason. Shows before what it is that is answered.
 * @throws NothingToApprove, and what AWS throws
 */
export async function answerRestore(
  context: CommandContext,
  deployment: Deployment,
  cluster: string,
  answer: { readonly yes: true } | { readonly yes: false; readonly reason: string },
): Promise<void> {
  const { execution, token, shows } = await waiting(deployment, cluster);
  context.err.write(`${shows}\n`);
  const client = homeAws(deployment.environment).client(SFNClient);
  const by = context.environment.USER ?? 'somebody';
  if (answer.yes) {
    await awsCall(client.send(new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify({ by }) })));
  } else {
    const cause = `${by}: ${answer.reason}`;
    await awsCall(client.send(new SendTaskFailureCommand({ taskToken: token, error: 'Refused', cause })));
  }
  const fields = { [answer.yes ? 'approved' : 'refused']: execution, by };
  print(context, fields, { kind: 'fields', fields });
}

async function waiting(deployment: Deployment, cluster: string) {
  const runs = runsOf(deployment);
  for await (const { execution } of runs.list('etcd-restore', { status: 'RUNNING', atOnce: 20 })) {
    if ((await runs.describe(execution))?.input.cluster !== cluster) continue;
    const question = waitingQuestion(await runs.history(execution));
    if (question) return { execution, ...question };
  }
  throw new NothingToApprove(cluster);
}
