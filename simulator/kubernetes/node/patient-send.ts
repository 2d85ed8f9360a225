import type { World } from '../../world/world.ts';
import type { Send } from './api-client.ts';

/** A kubelet waits so long for an answer to begin; then it asks again. client-go has its own way of finding that a connection is dead; the outcome is alike. */
const PATIENCE_MS = 30_000;

/** Sends as a kubelet does: whoever is silent is given up. Without it, one list that an API server has swallowed would make a node deaf for ever. */
export function patientSend(world: World, send: Send): Send {
  return async (request) => {
    const silence = new AbortController();
    const timer = world.afterInBackground(PATIENCE_MS, 'kubelet waits for an answer', () => silence.abort());
    // Not `AbortSignal.any`: Node keeps such signals for as long as somebody listens, and with them the world.
    if (request.signal?.aborted) silence.abort();
    request.signal?.addEventListener('abort', () => silence.abort(), { once: true });
    try {
      return await send({ ...request, signal: silence.signal });
    } finally {
      timer.cancel();
    }
  };
}
