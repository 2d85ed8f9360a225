import * as z from 'zod/mini';
import { type FleetLockAnswer, fleetLockAnswer } from '../../src/reboots/fleet-lock-answer.ts';
import { type FleetLockRequest, readFleetLockRequest } from '../../src/reboots/fleet-lock-request.ts';
import { preReboot } from '../../src/reboots/pre-reboot.ts';
import { steadyState } from '../../src/reboots/steady-state.ts';
import { type TaskRuntime, task } from '../../src/runtime/task.ts';
import { fleetLockOf } from '../../src/wiring/fleet-lock-of.ts';

/** What API Gateway gives to a function that answers a request. */
const Request = z.object({
  httpMethod: z.string(),
  path: z.string(),
  headers: z.nullish(z.record(z.string(), z.string())),
  body: z.nullish(z.string()),
  isBase64Encoded: z.optional(z.boolean()),
});

/** Answers FleetLock's requests, behind a private API. */
export const handler = task({
  input: z.unknown(),
  output: z.object({ statusCode: z.number(), headers: z.record(z.string(), z.string()), body: z.string() }),
  services: () => ({}),
  run: async (event, _, runtime) => {
    const request = requestIn(event);
    const { status, kind, value } = 'kind' in request ? request : await answerOf(request, runtime);
    runtime.logger.info(`FleetLock ${kind}`, { ...('id' in request && request), kind, value });
    const headers = { 'content-type': 'application/json' };
    return { statusCode: status, headers, body: JSON.stringify({ kind, value }) };
  },
  counters: ({ statusCode }) => ({ FleetLocksGranted: statusCode === 200 ? 1 : 0 }),
});

function requestIn(event: unknown): FleetLockRequest | FleetLockAnswer {
  const parsed = z.safeParse(Request, event);
  if (!parsed.success) return fleetLockAnswer('bad_request', 'this is no request of API Gateway');
  const { httpMethod: method, path, headers, body, isBase64Encoded } = parsed.data;
  const lower = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  const text = isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString('utf8') : (body ?? '');
  return readFleetLockRequest({ method, path, headers: Object.fromEntries(lower), body: text });
}

/** What fails is a no that says so: a client asks again by itself, and takes anything but 200 for one. */
async function answerOf(request: FleetLockRequest, runtime: TaskRuntime): Promise<FleetLockAnswer> {
  const now = runtime.now();
  try {
    const { policyNow, ports } = await fleetLockOf(request.cluster, process.env, runtime);
    if (request.operation === 'steady-state') return await steadyState(request, ports, now);
    return await preReboot(request, ports, await policyNow(), now);
  } catch (error) {
    if (error instanceof Error && error.name === 'ClusterNotFound')
      return fleetLockAnswer('unknown_cluster', `no cluster ${request.cluster} is registered`);
    runtime.logger.error('FleetLock not answered', { error });
    return fleetLockAnswer('failed_unavailable', 'it cannot be looked at right now');
  }
}
