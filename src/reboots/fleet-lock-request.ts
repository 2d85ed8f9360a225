import * as z from 'zod/mini';
import { type FleetLockAnswer, fleetLockAnswer } from './fleet-lock-answer.ts';

/** What a client asks for. */
export interface FleetLockRequest {
  readonly cluster: string;
  readonly operation: 'pre-reboot' | 'steady-state';
  /** Of the client. */
  readonly id: string;
  readonly group: string;
}

/** An HTTP request, as far as the protocol goes. Header names in lower case. */
export interface HttpQuestion {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const PATH = /^\/([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)\/v1\/(pre-reboot|steady-state)\/?$/;
const Body = z.object({
  client_params: z.object({
    id: z.string().check(z.minLength(1), z.maxLength(128)),
    group: z.string().check(z.regex(/^[a-zA-Z0-9.-]+$/), z.maxLength(255)),
  }),
});

/**
 * Reads a request of FleetLock's protocol, `/<cluster>/v1/pre-reboot` or `/<cluster>/v1/steady-state`, or says what is wrong with it. The header says that it is meant,
 * and is no secret.
 */
export function readFleetLockRequest({
  method,
  path,
  headers,
  body,
}: HttpQuestion): FleetLockRequest | FleetLockAnswer {
  const wrong = (what: string) => fleetLockAnswer('bad_request', what);
  const [, cluster = '', , operation] = PATH.exec(path) ?? [];
  if (operation !== 'pre-reboot' && operation !== 'steady-state')
    return wrong('the path is /<cluster>/v1/pre-reboot or /<cluster>/v1/steady-state');
  if (method !== 'POST') return wrong('FleetLock’s requests are POST');
  if (headers['fleet-lock-protocol'] !== 'true') return wrong('the header fleet-lock-protocol: true is missing');
  const parsed = z.safeParse(Body, jsonOf(body));
  if (!parsed.success)
    return wrong(
      'the body is {"client_params": {"id": "…", "group": "…"}}, and a group is of letters, digits, dots and hyphens',
    );
  const { id, group } = parsed.data.client_params;
  return { cluster, operation, id, group };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
