import { SendTaskFailureCommand, SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { AskedRestores } from '../answers/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCallUnless } from './errors.ts';

/** Somebody has answered it, or its execution has ended. Our own answer, where what came back was lost and it was sent again, is told the same. */
const GONE = ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'];

/** Answers tasks that wait for the word of a person, by their tokens. */
export function taskAnswers(aws: AwsAccess): Pick<AskedRestores, 'approve' | 'refuse'> {
  const sfn = aws.client(SFNClient);
  return {
    async approve(taskToken, by) {
      const command = new SendTaskSuccessCommand({ taskToken, output: JSON.stringify({ by }) });
      return (await awsCallUnless(GONE, sfn.send(command))) ? 'answered' : 'gone';
    },
    async refuse(taskToken, cause) {
      const command = new SendTaskFailureCommand({ taskToken, error: 'Refused', cause });
      return (await awsCallUnless(GONE, sfn.send(command))) ? 'answered' : 'gone';
    },
  };
}
