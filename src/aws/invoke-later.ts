import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { AwsAccess } from './aws-access.ts';
import { awsCall } from './errors.ts';

/** Hands an event to a function and does not wait for what becomes of it. It may come twice. */
export async function invokeLater(aws: AwsAccess, functionName: string, event: unknown): Promise<void> {
  const command = new InvokeCommand({
    FunctionName: functionName,
    InvocationType: 'Event',
    Payload: Buffer.from(JSON.stringify(event)),
  });
  await awsCall(aws.client(LambdaClient).send(command));
}
