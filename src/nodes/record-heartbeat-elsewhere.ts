import type { HookAnswers, WaitingHook } from './ports.ts';

/**
 * Sends the heartbeat of a launch hook in another account or region, where Step Functions' own SDK tasks do not reach (docs/adr/0006).
 * Says whether the hook still waits. Can run again.
 */
export async function recordHeartbeatElsewhere(
  hook: WaitingHook,
  hooks: HookAnswers,
): Promise<{ stillWaiting: boolean }> {
  return { stillWaiting: (await hooks.heartbeat(hook)) === 'recorded' };
}
