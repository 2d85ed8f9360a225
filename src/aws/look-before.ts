import { channel } from 'node:diagnostics_channel';

/** Whoever keeps records of what is changed says here whether it has seen something in this step already. */
const questions = channel('tender.audit.ask');

/**
 * Looks at what is changed next, where its record would not say how it was: somebody keeps one, and the step has not looked at it. A look that fails is none, and the change
 * is made all the same.
 *
 * @param target as the record of the change calls it (`targetOf`)
 */
export async function lookBefore(target: string, look: () => Promise<unknown>): Promise<void> {
  const question = { target, isWanted: false };
  questions.publish(question);
  if (question.isWanted) await look().catch(() => undefined);
}
