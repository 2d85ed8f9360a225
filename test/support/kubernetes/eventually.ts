import type { ContractTarget } from './contract-target.ts';

/**
 * Controllers and caches follow within this time, or a test fails. A deleted token may be honoured for 10 s (the server's token cache), and a
 * controller-manager that is still starting does nothing: that takes six seconds, and a slow machine under load ten times as long.
 */
const patienceMs = 60_000;

/** For a test, or for making a cluster ready: an API server that starts, or starts again, and twice that patience. */
export const slowTargetMs = 180_000;

/** Looks again until the assertions in `look` hold, letting the target's time pass between. @throws what `look` threw last. */
export async function eventually<T>(target: ContractTarget, look: () => Promise<T>): Promise<T> {
  const deadline = target.now() + patienceMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (target.now() >= deadline) throw error;
      await target.pass(100);
    }
  }
}

/** Waits for a promise while the target's time passes. For what only time brings: a bookmark, the end of a watch. */
export async function whileTimePasses<T>(target: ContractTarget, promise: Promise<T>): Promise<T> {
  let settled = false;
  const done = promise.finally(() => {
    settled = true;
  });
  done.catch(() => {}); // told to the caller below
  while (!settled) await target.pass(50);
  return done;
}
