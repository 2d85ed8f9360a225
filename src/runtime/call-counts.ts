import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** Requests that one invocation sent, retries included. */
export interface CallCounts {
  awsCalls: number;
  kubernetesCalls: number;
}

// Adapters publish here and know nothing of who listens; the names are the contract between them and this file.
const CHANNELS = { 'tender.aws.call': 'awsCalls', 'tender.kubernetes.call': 'kubernetesCalls' } as const;

const current = new AsyncLocalStorage<CallCounts>();

/**
 * Runs something and counts the requests that adapters send meanwhile into `counts`.
 *
 * Async context keeps invocations in one process apart, as in tests; listening only meanwhile leaves nothing behind.
 */
export async function countingCalls<T>(counts: CallCounts, run: () => Promise<T>): Promise<T> {
  const listeners = Object.entries(CHANNELS).map(([channel, counter]) => {
    const listen = () => {
      if (current.getStore() === counts) counts[counter] += 1;
    };
    subscribe(channel, listen);
    return () => unsubscribe(channel, listen);
  });
  try {
    return await current.run(counts, run);
  } finally {
    for (const stop of listeners) stop();
  }
}
