import * as z from 'zod/mini';
import { type Envelope, workflowOf } from './envelope.ts';

/** The ARN of an execution, Standard or Express. */
export const ExecutionArn = z
  .string()
  .check(
    z.regex(/^arn:aws[\w-]*:states:[\w-]+:\d{12}:(execution|express):[^:]+:[^:]+/, 'must be the ARN of an execution'),
  );

/**
 * For whom a step acts: the owner that it was given, or else the execution that calls it. An owner's workflow is read from its ARN,
 * whatever the caller's is.
 */
export function claimantOf(
  owner: string | undefined,
  { execution = 'none', workflow = 'none' }: Pick<Envelope, 'execution' | 'workflow'>,
): { readonly owner: string; readonly workflow: string } {
  if (owner === undefined) return { owner: execution, workflow };
  return { owner, workflow: workflowOf(owner) ?? 'none' };
}
