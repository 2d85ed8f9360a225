import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import type { KubernetesCredential, KubernetesEndpoint } from '../clusters/ports.ts';

/** Whoever asks can do without the answer. */
const TIMEOUT_MS = 5_000;

/**
 * The version of an API server, `v1.36.3`. One request without the generated client, which would be two thirds of its caller's bundle.
 * @throws Error when it does not answer in time, or does not say
 */
export async function serverVersion(
  { endpoint, certificateAuthority, tlsServerName }: KubernetesEndpoint,
  { token, clientCertificate }: KubernetesCredential,
): Promise<string> {
  const answer = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    const sent = request(`${endpoint.replace(/\/$/, '')}/version`, {
      ca: certificateAuthority,
      ...(tlsServerName !== undefined && { servername: tlsServerName }),
      ...(clientCertificate && { cert: clientCertificate.certificate, key: clientCertificate.key }),
      headers: { 'user-agent': 'tender', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    sent.on('response', resolve).on('error', reject).end();
  });
  const { gitVersion } = (await json(answer)) as { readonly gitVersion?: unknown };
  if (typeof gitVersion !== 'string') throw new Error(`${endpoint} does not say its version`);
  return gitVersion;
}
