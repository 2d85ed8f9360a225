import { Readable } from 'node:stream';
import type { VirtualClientRequest } from './http-client.ts';
import type { VirtualIncomingMessage } from './http-response.ts';

interface HttpLike {
  readonly request?: (url: URL, options: object, onResponse: (response: VirtualIncomingMessage) => void) => unknown;
}

// Statuses whose responses have no body, by the Fetch standard.
const WITHOUT_BODY = new Set([101, 204, 205, 304]);

/** The global `fetch` of a sandbox, on its own `http` and `https` modules. Redirects are not followed. */
export function virtualFetch(http: HttpLike, https: HttpLike): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const { request: open } = url.protocol === 'https:' ? https : http;
    const body = Buffer.from(await request.arrayBuffer());
    return await new Promise<Response>((resolve, reject) => {
      const options = { method: request.method, headers: Object.fromEntries(request.headers), signal: request.signal };
      const sent = open?.(url, options, (message) => resolve(toResponse(message))) as VirtualClientRequest;
      sent.on('error', (cause: Error) => reject(cause.name === 'AbortError' ? cause : fetchFailed(cause)));
      sent.end(body);
    });
  };
}

function toResponse(message: VirtualIncomingMessage): Response {
  const empty = WITHOUT_BODY.has(message.statusCode);
  const body = empty ? null : (Readable.toWeb(message) as ReadableStream);
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headers)) headers.set(name, String(value));
  return new Response(body, { status: message.statusCode, statusText: message.statusMessage, headers });
}

function fetchFailed(cause: Error): TypeError {
  return new TypeError('fetch failed', { cause });
}
