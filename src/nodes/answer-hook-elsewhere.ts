import type { HookAnswers, WaitingHook } from './ports.ts';

/**
 * Answers the launch hook of an instance in another account or region, where Step Functions' own SDK tasks do not reach (docs/adr/0006).
 * Can run again: a hook that is finished is fine.
 */
export async function answerHookElsewhere(
  { answer, ...hook }: WaitingHook & { answer: 'CONTINUE' | 'ABANDON' },
  hooks: HookAnswers,
): Promise<{ outcome: 'answered' | 'finished' }> {
  return { outcome: await hooks.complete(hook, answer) };
}
