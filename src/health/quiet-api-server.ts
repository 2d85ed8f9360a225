import type { Quiet } from './finding.ts';
import type { ApiServerMemory } from './memory.ts';
import type { Observations, ObservedApiServer } from './observations.ts';
import { minutesAfter } from './time.ts';

/**
 * Whether the API server is there to be told by nodes that they are well. While it is away every node is silent, and for a while after: kubelets
 * come back one by one, and the node controller has marked them by then. One that is reachable but not ready (its etcd fails) takes no lease either.
 */
export function quietOf(
  { apiServer, at, memory }: Pick<Observations, 'apiServer' | 'at' | 'memory'>,
  { quietMinutes }: { readonly quietMinutes: number },
): Quiet {
  const known = rememberApiServer(apiServer, memory.apiServer, at);
  if (known.awaySince !== null) return { state: 'away', since: known.awaySince, words: awayWords(apiServer) };
  if (known.lastOutage === null) return { state: 'well' };
  const until = minutesAfter(known.lastOutage.to, quietMinutes);
  if (Date.parse(until) <= Date.parse(at)) return { state: 'well' };
  const back = Math.max(0, Math.floor((Date.parse(at) - Date.parse(known.lastOutage.to)) / 60_000));
  return { state: 'back', until, words: `the API server is back for ${back} of ${quietMinutes} minutes` };
}

/** When it went and when it came back, as of this look. */
export function rememberApiServer(seen: ObservedApiServer, memory: ApiServerMemory, at: string): ApiServerMemory {
  if (!seen.reachable || !seen.ready) return { ...memory, awaySince: memory.awaySince ?? at };
  if (memory.awaySince === null) return memory;
  return { awaySince: null, lastOutage: { from: memory.awaySince, to: at } };
}

function awayWords({ reachable, failingChecks, problem }: ObservedApiServer): string {
  const what = reachable
    ? `is not ready (${failingChecks.join(', ') || problem || 'it does not say why'})`
    : `is unreachable${problem === '' ? '' : ` (${problem})`}`;
  return `the API server ${what}: no node is judged by its silence`;
}
