import { types } from 'node:util';
import type { Death } from './sandbox.ts';

/**
 * A thrown value as the Node runtime reports it: `errorType` is the error's `name`, or the type of what is no error.
 * Frames of the trace outside the function's own code are left out: Lambda has none of them.
 */
export function functionError(thrown: unknown): Required<Death> {
  if (!isError(thrown)) return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  const { name, message, stack } = thrown;
  return { errorType: name, errorMessage: message, trace: ownFrames(stack ?? `${name}: ${message}`) };
}

function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

function ownFrames(stack: string): string[] {
  return stack.split('\n').filter((line) => !/^\s+at /.test(line) || /\/var\/task\/|node:/.test(line));
}
