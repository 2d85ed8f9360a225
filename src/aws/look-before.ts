import { channel } from 'node:diagnostics_channel';

/** Whoever keeps records of what is changed says here whether it has seen something in this step already, and remembers what it was asked. */
const questions = channel('tender.audit.ask');
/** Most answers come within a tenth of it; a change waits no longer for its record's sake. */
const PATIENCE_MS = 1_000;

/** For a client of its own that only looks: it tries once, and what slows it down does not slow down the client that changes something. */
export const LOOKS_ONCE = { maxAttempts: 1, retryMode: 'standard' } as const;

/**
 * Looks at what is changed next, where its record would not say how it was: somebody keeps one, and the step has not looked at it. A look that fails, or has no answer within a second, is none:
 * the change is made all the same, and the step looks for its records no more.
 *
 * @param target as the record of the change calls it (`targetOf`)
 * @param look to be ended by the signal; with a client made with {@link LOOKS_ONCE}
 */
export async function lookBefore(
  target: string,
  look: (options: { readonly abortSignal: AbortSignal }) => Promise<unknown>,
): Promise<void> {
  const question = { target, isWanted: false, isLost: false };
  questions.publish(question);
  if (!question.isWanted) return;
  const patience = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<'lost'>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, 'lost');
  });
  const answer = await Promise.race([look({ abortSignal: patience.signal }).catch(() => 'lost'), over]);
  clearTimeout(timer);
  if (answer !== 'lost') return;
  question.isLost = true;
  patience.abort();
}
