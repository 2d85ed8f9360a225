import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** Something that a step has changed, as adapters say it; without anything secret. */
export interface AuditedAction {
  /** `AutoScaling`, `Kubernetes`, … */
  readonly service: string;
  readonly action: string;
  /** An instance, a group, `s3://bucket/key`, a path of the API server. */
  readonly target: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** How the target was when this step last looked at it before; absent where it did not. */
  readonly before?: Readonly<Record<string, unknown>>;
  /** `done`, or the name of the error. */
  readonly outcome: string;
}

// Adapters publish here and know nothing of who listens; the name is the contract between them and this file.
const CHANNEL = 'tender.audit.action';
const SIGHTS = 'tender.audit.seen';
const QUESTIONS = 'tender.audit.ask';
const current = new AsyncLocalStorage<AuditedAction[]>();
/** A record is for people and for queries: a step that changes more than this tells the first ones. */
const MOST = 200;

/**
 * Runs something, and collects into `trail` what it changes. What is kept in the state bucket, Tender's own notes, is no change of anything.
 *
 * @param notes how targets begin that are not told: `s3://bucket/`
 */
export async function trailing<T>(trail: AuditedAction[], notes: string, run: () => Promise<T>): Promise<T> {
  const seen = new Map<string, NonNullable<AuditedAction['before']>>();
  const listen = (message: unknown) => {
    const action = message as AuditedAction;
    if (current.getStore() !== trail || action.target.startsWith(notes) || trail.length >= MOST) return;
    const before = seen.get(action.target);
    trail.push(before ? { ...action, before } : action);
    // What is changed is no more as it was seen.
    seen.delete(action.target);
  };
  const look = (message: unknown) => {
    const { target, state } = message as { target: string; state: NonNullable<AuditedAction['before']> };
    // Each look knows something else of the same thing.
    if (current.getStore() === trail) seen.set(target, { ...seen.get(target), ...state });
  };
  const asked: { readonly isLost: boolean }[] = [];
  const answer = (message: unknown) => {
    const question = message as { readonly target: string; isWanted: boolean; readonly isLost: boolean };
    const isTold = !question.target.startsWith(notes) && trail.length < MOST && !asked.some(({ isLost }) => isLost);
    if (current.getStore() !== trail || !isTold || seen.has(question.target)) return;
    question.isWanted = true;
    asked.push(question);
  };
  subscribe(CHANNEL, listen);
  subscribe(SIGHTS, look);
  subscribe(QUESTIONS, answer);
  try {
    return await current.run(trail, run);
  } finally {
    unsubscribe(CHANNEL, listen);
    unsubscribe(SIGHTS, look);
    unsubscribe(QUESTIONS, answer);
  }
}

/** Where and what a record is. */
export interface AuditCall {
  readonly time: Date;
  readonly cluster: string;
  readonly functionName: string;
  readonly requestId: string;
  readonly execution: string | undefined;
  readonly step: string | undefined;
  readonly workflow: string | undefined;
  /** What the input says; for people. */
  readonly reason: string | undefined;
  readonly outcome: string;
}

/** The key and the content of the record of one invocation: `audit/demo/2026/03/02/090000.123-terminate-instance-<request>.json`. */
export function auditRecord(
  { time, requestId, reason, ...call }: AuditCall,
  actions: readonly AuditedAction[],
): { readonly key: string; readonly record: object } {
  const at = time.toISOString();
  const [day = '', clock = ''] = at.slice(0, -1).split('T');
  const name = `${clock.replaceAll(':', '')}-${call.functionName}-${requestId}`;
  return {
    key: `audit/${call.cluster}/${day.replaceAll('-', '/')}/${name}.json`,
    record: { time: at, ...call, requestId, ...(reason !== undefined && { reason: reason.slice(0, 300) }), actions },
  };
}
