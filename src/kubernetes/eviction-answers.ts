import type { EvictionAnswer } from '../drains/ports.ts';
import { missingRule, type Refusal, refusalOf } from './errors.ts';

const SEVERAL_BUDGETS = /more than one PodDisruptionBudget/;
/** `The disruption budget web needs 2 healthy pods and has 2 currently`, and its siblings. */
const BUDGET = /^The disruption budget (\S+) /;
/** `Operation cannot be fulfilled on Pod "a": the UID in the precondition (x) does not match the UID in record (y). …` */
const OTHER_UID = /UID in (the )?precondition/;
/** What the API server advises when it says nothing: its own default of priority and fairness. */
const RETRY_SECONDS = 1;

/**
 * What an eviction that failed says about the pod (S9); undefined when it says something about the API server or about
 * Tender's rights, which is an error and no answer. The eviction API has no reasons for all of it, so some is told by its message,
 * which the contract suite holds against a real API server.
 */
export function refusedEviction(error: unknown): Exclude<EvictionAnswer, { kind: 'evicted' }> | undefined {
  const refusal = refusalOf(error);
  if (!refusal) return undefined;
  const { status, message } = refusal;
  if (status === 404 || isOtherUid(refusal)) return { kind: 'gone' };
  if (status === 429) return tooMany(refusal);
  // 409: the pod or its budget was written by others each time that the API server tried; 504: the same, told by another branch.
  if (status === 409 || (status === 504 && refusal.reason === 'Timeout')) return throttled(refusal);
  if (status === 500 && SEVERAL_BUDGETS.test(message)) return { kind: 'several-budgets', message };
  if (status === 401 || status > 500 || (status === 403 && missingRule(message) !== undefined)) return undefined;
  return { kind: 'refused', message };
}

/** Whether a precondition named the uid of a pod that another one has replaced. */
export function isOtherUid({ status, message }: Refusal): boolean {
  return status === 409 && OTHER_UID.test(message);
}

function tooMany(refusal: Refusal): EvictionAnswer & { kind: 'blocked' | 'throttled' } {
  const cause = refusal.causes.find(({ reason }) => reason === 'DisruptionBudget');
  if (!cause) return throttled(refusal);
  const budget = BUDGET.exec(cause.message)?.[1];
  return { kind: 'blocked', ...(budget !== undefined && { budget }), message: cause.message };
}

function throttled({ retryAfterSeconds = RETRY_SECONDS }: Refusal): EvictionAnswer & { kind: 'throttled' } {
  return { kind: 'throttled', retryAfterSeconds };
}
