import type { LocalDeployment } from '../../rehearsal/local-deployment.ts';
import { callsOf } from '../../rehearsal/usage.ts';
import type { MeterLine } from '../../simulator/cloud/meter.ts';
import { rounded } from './statistics.ts';

/** Calls by service, divided: `{ ssm: 12.3 }`. */
export function callsByService(lines: readonly MeterLine[], divisor: number): Record<string, number> {
  const calls = new Map<string, number>();
  for (const line of lines) {
    const service = line.operation.split(':')[0] ?? '';
    calls.set(service, (calls.get(service) ?? 0) + line.calls);
  }
  return Object.fromEntries([...calls].sort().map(([service, count]) => [service, rounded(count / divisor)]));
}

/** Refused calls by operation, with the caller's name where that is not a role of Tender's workflows. */
export function throttlesByOperation(lines: readonly MeterLine[]): Record<string, number> {
  const met = new Map<string, number>();
  for (const line of lines.filter((one) => one.throttles > 0)) {
    const who = callsOf('launches')(line) ? '' : ` (${line.caller})`;
    const key = `${line.operation}${who}`;
    met.set(key, (met.get(key) ?? 0) + line.throttles);
  }
  return Object.fromEntries([...met].sort());
}

/** How many Lambda functions ran at once at most, from the world's log. */
export function concurrencyPeak({ cloud }: LocalDeployment): number {
  let running = 0;
  let peak = 0;
  for (const { event } of cloud.world.history.entries) {
    if (event === 'FunctionStarted') running += 1;
    if (event === 'FunctionEnded') running -= 1;
    peak = Math.max(peak, running);
  }
  return peak;
}
