import { X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { KubernetesEndpoint } from '../clusters/ports.ts';
import type { DoorFacts } from '../doctor/ports.ts';
import { kubernetesCall } from './errors.ts';

const TIMEOUT_MS = 10_000;
/** Whoever is nobody may read it, by default. */
const PATH = '/version';

/**
 * The API server's certificate and clock, asked for without a credential: nothing secret goes to a server that may be another.
 * @throws ClusterUnreachable
 */
export async function apiServerDoor(where: KubernetesEndpoint, now: () => Date): Promise<DoorFacts> {
  const { endpoint, certificateAuthority, tlsServerName } = where;
  const { distrust, certificate, date } = await kubernetesCall(
    asked(`${endpoint.replace(/\/$/, '')}${PATH}`, certificateAuthority, tlsServerName),
  );
  const ahead = Date.parse(date) - now().getTime();
  return {
    distrust,
    certificateUntil: certificate,
    ...(Number.isFinite(ahead) && { clockAheadSeconds: Math.round(ahead / 1000) }),
  };
}

interface Answer {
  readonly distrust: string;
  readonly certificate: Date;
  readonly date: string;
}

function asked(url: string, ca: string, servername: string | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      ca,
      ...(servername !== undefined && { servername }),
      // What does not hold is told, rather than refused.
      rejectUnauthorized: false,
      agent: false,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    sent.on('response', (answer) => {
      const socket = answer.socket as TLSSocket;
      const { raw } = socket.getPeerCertificate();
      const error = socket.authorizationError as Error | string | undefined;
      resolve({
        distrust: socket.authorized ? '' : wordsOf(error),
        certificate: new Date(new X509Certificate(raw).validTo),
        date: answer.headers.date ?? '',
      });
      answer.destroy();
    });
    sent.on('error', reject).end();
  });
}

function wordsOf(error: Error | string | undefined): string {
  if (error instanceof Error) return 'code' in error ? String(error.code) : error.message;
  return error ?? 'it is not trusted';
}
