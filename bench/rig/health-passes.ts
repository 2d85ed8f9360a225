// A process of its own, as the function has one: health passes over the cluster `large` with what the function is made of, one for each message
// {at} (the time of the pass, ISO 8601), which it answers with what the pass took. Environment: AWS's own, and what check-health has.

import { checkHealth, type PassOutcome, type PassServices } from '../../src/health/check-health.ts';
import { jsonLogger } from '../../src/runtime/logger.ts';
import { healthOf } from '../../src/wiring/health-of.ts';

/** What one pass took. */
export interface PassFigures {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The most that the process has had in memory until now, passes before this one included. */
  readonly peakMiB: number;
  readonly outcome: PassOutcome;
}

let offsetMs = 0;
const now = () => new Date(Date.now() + offsetMs);
const logger = jsonLogger({ now, write: (line) => process.stderr.write(`${line}\n`) }, 'warn', {});
/** Kept from pass to pass, as the function keeps them: one invocation finds the connections of the one before. */
let services: PassServices | undefined;

process.on('message', ({ at }: { readonly at: string }) => void pass(at));
process.on('disconnect', () => process.exit());

async function pass(at: string): Promise<void> {
  offsetMs = Date.parse(at) - Date.now();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  services ??= await healthOf('large', process.env, { now, logger });
  const outcome = await checkHealth(services, now);
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const figures: PassFigures = {
    seconds,
    cpuSeconds: (user + system) / 1e6,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    outcome,
  };
  process.send?.(figures);
}
