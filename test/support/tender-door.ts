import { vi } from 'vitest';
import { listen } from '../../simulator/wire/http-server.ts';
import type { FaultScenario } from './scenarios/fault-scenario.ts';
import { type Ran, runTenderAt } from './tender-command.ts';

/** Opens a socket of the local cloud, which keeps pace with real time while the work is done with the `tender` command; `more` is added to its environment. */
export async function atTheDoor(
  scenario: FaultScenario,
  work: (run: (...args: string[]) => Promise<Ran>) => Promise<void>,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const door = await listen({ endpoint: scenario.cloud.front });
  const environment = { AWS_ENDPOINT_URL: door.url, AWS_REGION: 'us-east-1', ...more };
  // The SDK reads the process's own.
  for (const [name, value] of Object.entries({ AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', ...environment }))
    vi.stubEnv(name, value);
  const stop = new AbortController();
  const pace = scenario.world.pace(5, stop.signal);
  try {
    await work((...args) => runTenderAt(() => new Date(scenario.world.now()), environment, ...args));
  } finally {
    stop.abort();
    await pace;
    await door.close();
    vi.unstubAllEnvs();
  }
}
