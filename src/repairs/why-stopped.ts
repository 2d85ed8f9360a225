import type { Sight } from './observe.ts';
import type { RepairAndon, RepairPolicy } from './ports.ts';
import { whyPaused } from './why-paused.ts';

/** Who asked that nothing more is done to a node: a pause, the registry entry by now, the andon; in words. undefined: nobody. */
export async function whyStopped(
  sight: Sight,
  { signal }: { readonly signal: string },
  andon: RepairAndon,
  policy: RepairPolicy,
  now: Date,
): Promise<string | undefined> {
  const paused = whyPaused(sight, policy, now);
  if (paused !== undefined) return paused;
  // What a person began goes on.
  if (signal !== '' && policy.health.repair !== 'on')
    return `health.repair of the registry entry is ${policy.health.repair}`;
  const cord = await andon.read();
  return cord ? `the andon is on since ${cord.since} (${cord.by}): ${cord.reason}` : undefined;
}
