import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type PromiseHttpLibrary, type RequestContext, ResponseContext } from '@kubernetes/client-node';
import type { KubernetesCredential } from '../clusters/ports.ts';
import { socketCodeOf } from './errors.ts';
import { seenNode } from './seen-node.ts';
import { seenRequest } from './seen-request.ts';

export interface TransportOptions {
  /** PEM of the authority that signed the API server's certificate. */
  readonly certificateAuthority: string;
  /** Name to expect in that certificate. Default: the host of the URL. */
  readonly tlsServerName?: string | undefined;
  /** The credential to use; with `refused`, a new one, since the API server did not accept this one. */
  readonly credential: (refused?: KubernetesCredential) => Promise<KubernetesCredential>;
}

/** One request may take this long, body included. */
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_SOCKETS = 32;

const calls = channel('tender.kubernetes.call');
/** Whoever keeps records of what was changed listens here. */
const mutations = channel('tender.audit.action');
const sights = channel('tender.audit.seen');
const unzip = promisify(gunzip);

/**
 * Sends client-node's requests over node:https with one keep-alive agent.
 *
 * client-node's own transport opens a TLS connection for every request and never times out. This one shares connections,
 * gives each request ten seconds, asks for gzip (lists shrink sixteenfold), repeats a read once when the
 * connection broke under it, and asks once for a new credential when the API server answers 401.
 */
export class HttpsTransport implements PromiseHttpLibrary {
  readonly #options: TransportOptions;
  #agent: { readonly for: KubernetesCredential['clientCertificate']; readonly agent: Agent } | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  async send(request: RequestContext): Promise<ResponseContext> {
    const answer = await this.#answer(request);
    tellMutation(request, answer.httpStatusCode < 300 ? 'done' : String(answer.httpStatusCode));
    await tellSight(request, answer);
    return answer;
  }

  async #answer(request: RequestContext): Promise<ResponseContext> {
    const credential = await this.#options.credential();
    const answer = await this.#attempt(request, credential);
    if (answer.httpStatusCode !== 401) return answer;
    return this.#attempt(request, await this.#options.credential(credential));
  }

  async #attempt(request: RequestContext, credential: KubernetesCredential): Promise<ResponseContext> {
    try {
      return await this.#exchange(request, credential);
    } catch (error) {
      // The server closes idle connections, and may do so in the very moment in which one is used again.
      const broke = socketCodeOf(error);
      const repeat = request.getHttpMethod() === 'GET' && (broke === 'ECONNRESET' || broke === 'EPIPE');
      if (!repeat) throw error;
      return this.#exchange(request, credential);
    }
  }

  async #exchange(request: RequestContext, credential: KubernetesCredential): Promise<ResponseContext> {
    const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    try {
      return await this.#send(request, credential, timeout);
    } catch (error) {
      // Node reports an abort by a name of its own; the reason is what happened.
      if (timeout.aborted) throw timeout.reason;
      throw error;
    }
  }

  async #send(
    request: RequestContext,
    credential: KubernetesCredential,
    timeout: AbortSignal,
  ): Promise<ResponseContext> {
    const own = request.getSignal();
    const body = request.getBody();
    const text = body === undefined ? undefined : String(body);
    calls.publish(undefined);
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = httpsRequest(request.getUrl(), {
        method: request.getHttpMethod(),
        agent: this.#agentFor(credential.clientCertificate),
        headers: headersOf(request, credential, text),
        signal: own ? AbortSignal.any([own, timeout]) : timeout,
      });
      sent.on('response', resolve).on('error', reject).end(text);
    });
    return responseOf(message);
  }

  // A certificate belongs to the connection, so a new one takes a new agent.
  #agentFor(clientCertificate: KubernetesCredential['clientCertificate']): Agent {
    if (this.#agent && this.#agent.for?.certificate === clientCertificate?.certificate) return this.#agent.agent;
    const { certificateAuthority, tlsServerName } = this.#options;
    const agent = new Agent({
      keepAlive: true,
      maxSockets: MAX_SOCKETS,
      ca: certificateAuthority,
      ...(tlsServerName !== undefined && { servername: tlsServerName }),
      ...(clientCertificate && { cert: clientCertificate.certificate, key: clientCertificate.key }),
    });
    this.#agent?.agent.destroy();
    this.#agent = { for: clientCertificate, agent };
    return agent;
  }
}

/** Questions that are asked by creating something, and what is only said about a Node. */
const UNSAID = /\/(selfsubjectaccessreviews|selfsubjectreviews|subjectaccessreviews|tokenreviews|events)$/;

const NODE = /^\/api\/v1\/nodes\/[^/]+$/;
const REQUEST = /^\/apis\/certificates\.k8s\.io\/v1\/certificatesigningrequests\/[^/]+$/;

/** What is changed is told by verb and path; bodies may hold a secret. */
function tellMutation(request: RequestContext, outcome: string): void {
  const method = request.getHttpMethod();
  const { pathname } = new URL(request.getUrl());
  if (method === 'GET' || !mutations.hasSubscribers || UNSAID.test(pathname)) return;
  mutations.publish({ service: 'Kubernetes', action: method, target: pathname, parameters: {}, outcome });
}

/** How a Node or a request for a certificate was, for whoever keeps records of what is changed. */
async function tellSight(request: RequestContext, { httpStatusCode, body }: ResponseContext): Promise<void> {
  const { pathname } = new URL(request.getUrl());
  if (!sights.hasSubscribers || httpStatusCode !== 200) return;
  const isRequest = REQUEST.test(pathname);
  if (!isRequest && !NODE.test(pathname)) return;
  const state = (isRequest ? seenRequest : seenNode)(await body.text());
  if (state) sights.publish({ target: isRequest ? `${pathname}/approval` : pathname, state });
}

function headersOf(
  request: RequestContext,
  { token }: KubernetesCredential,
  body: string | undefined,
): Record<string, string> {
  return {
    'accept-encoding': 'gzip',
    'user-agent': 'tender',
    ...request.getHeaders(),
    ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
}

async function responseOf(message: IncomingMessage): Promise<ResponseContext> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(chunk);
  const raw = Buffer.concat(chunks);
  const bytes = message.headers['content-encoding'] === 'gzip' ? await unzip(raw) : raw;
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  return new ResponseContext(message.statusCode ?? 0, headers, {
    text: async () => bytes.toString('utf8'),
    binary: async () => bytes,
    stream: () => null,
  });
}
