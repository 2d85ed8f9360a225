import type { ContractTarget } from './contract-target.ts';

/** Controllers and caches follow within this time, or a test fails. A deleted token may be honoured for 10 s (the server's token cache). */
const patienceMs = 15_000;

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
