import { StateError } from './state-error.ts';

/** A mistake of the simulator or of a port: it ends the execution, uncaught, so that nobody takes it for AWS's answer. */
export function internalError(thrown: unknown): StateError {
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new StateError('States.Runtime', `The local cloud failed: ${text}`, { fatal: true });
}
