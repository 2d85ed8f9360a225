import 'reflect-metadata';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';

/** An https server on localhost with a certificate of its own. */
export interface ApiServer {
  readonly endpoint: string;
  readonly certificateAuthority: string;
  /** What was asked, `GET /api/v1/nodes`, in order. */
  readonly requests: string[];
  /** TLS connections that were opened. */
  connections: number;
  close(): Promise<void>;
}

/** Starts one that answers with this. `subject` is the only name in its certificate. */
export async function startApiServer(
  answer: (request: IncomingMessage & { body: string }, response: ServerResponse) => void,
  subject = 'localhost',
): Promise<ApiServer> {
  const { cert, key } = await certificateFor(subject);
  const server: Server = createServer({ cert, key }, async (request, response) => {
    api.requests.push(`${request.method} ${request.url}`);
    let body = '';
    for await (const chunk of request) body += chunk;
    answer(Object.assign(request, { body }), response);
  });
  const api: ApiServer = {
    endpoint: '',
    certificateAuthority: cert,
    requests: [],
    connections: 0,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('secureConnection', () => {
    api.connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(api, { endpoint: `https://localhost:${(server.address() as AddressInfo).port}` });
}

/** Answers with JSON, as the API server does. */
export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** The Status object of an error. */
export function failure(message: string): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', message };
}

const certificates = new Map<string, { cert: string; key: string }>();

async function certificateFor(subject: string): Promise<{ cert: string; key: string }> {
  const known = certificates.get(subject);
  if (known) return known;
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${subject}`,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: subject }])],
  });
  const key = PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  const made = { cert: certificate.toString('pem'), key };
  certificates.set(subject, made);
  return made;
}
