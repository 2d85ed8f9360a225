import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { AwsAccess, AwsClientSettings } from './aws-access.ts';
import { awsCall, awsCallUnless } from './errors.ts';
import { fieldsOf } from './running-executions.ts';

/** What came of another try. */
export interface Tried {
  /** `dropped`: it was read, and nothing came of it, or not of all that it is about. */
  readonly outcome: 'done' | 'dropped' | 'failed';
  /** In words: what was started, or why it failed or was dropped. */
  readonly words: string;
}

/** Longer than any function of a signal may take: who stopped waiting would call it a second time while it works. */
const PATIENCE = { requestTimeout: 70_000 };

/** Asks once: what was asked twice would be answered twice. */
class AskingOnce extends LambdaClient {
  constructor(settings: AwsClientSettings) {
    super({ ...settings, maxAttempts: 1 });
  }
}

/** Calls a function and waits for what it says. Not done: it threw, says that it could not read a record, or dropped what is in one. */
export async function callAgain(aws: AwsAccess, functionName: string, event: unknown): Promise<Tried> {
  const command = new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(event)) });
  const { FunctionError, Payload } = await awsCall(aws.client(AskingOnce).send(command, PATIENCE));
  const answer = fieldsOf(Buffer.from(Payload ?? []).toString('utf8') || '{}');
  if (FunctionError !== undefined)
    return { outcome: 'failed', words: `${String(answer.errorType)}: ${String(answer.errorMessage)}` };
  const problems = listOf(answer.problems);
  if (problems.length > 0 || listOf(answer.batchItemFailures).length > 0)
    return { outcome: 'failed', words: problems.map(String).join('; ') || 'it failed again' };
  const routed = listOf(answer.routed);
  const words = routed.map(wordsOf).join('; ') || 'done';
  return { outcome: routed.some(isDropped) ? 'dropped' : 'done', words };
}

/** Starts an execution; one of its name that is there was this one. */
export async function startAgain(aws: AwsAccess, stateMachineArn: string, name: string, input: string): Promise<Tried> {
  const command = new StartExecutionCommand({ stateMachineArn, name, input });
  const started = await awsCallUnless(['ExecutionAlreadyExists'], aws.client(SFNClient).send(command));
  return { outcome: 'done', words: started ? `started ${name}` : `${name} was started before` };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isDropped(routed: unknown): boolean {
  return typeof routed === 'object' && routed !== null && 'outcome' in routed && routed.outcome === 'dropped';
}

function wordsOf(routed: unknown): string {
  const { outcome, detail, execution } = { outcome: '', detail: '', execution: '', ...(routed as object) };
  return [outcome, detail, execution].filter((one) => one !== '').join(' ');
}
