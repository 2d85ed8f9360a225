import { vi } from 'vitest';
import type { HttpEndpoint } from '../../simulator/wire/http.ts';
import { listen } from '../../simulator/wire/http-server.ts';
import type { FaultScenario } from './scenarios/fault-scenario.ts';
import { type Ran, runTenderAt } from './tender-command.ts';

/** What is unusual at a door. */
interface DoorOptions {
  /** Added to the environment of the commands. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether answers have the date of the local cloud, as those of `npm start` have; default: they have none, and commands go by the world's clock. */
  readonly ownDate?: boolean;
}

/** Opens a socket of the local cloud, which keeps pace with real time while the work is done with the `tender` command. */
export async function atTheDoor(
  scenario: FaultScenario,
  work: (run: (...args: string[]) => Promise<Ran>) => Promise<void>,
  { environment: more = {}, ownDate = false }: DoorOptions = {},
): Promise<void> {
  const { front } = scenario.cloud;
  const door = await listen({ endpoint: ownDate ? front : withoutDate(front) });
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

/**
 * Answers without a date. By one that is minutes away from the machine's, and further away each time, the SDK takes whatever is refused for a matter of clocks, and asks
 * again within milliseconds: no account can be asked so often.
 */
function withoutDate(front: HttpEndpoint): HttpEndpoint {
  return {
    handle: async (request, origin) => {
      const answer = await front.handle(request, origin);
      const { date: _, ...headers } = answer.headers;
      return { ...answer, headers };
    },
  };
}
