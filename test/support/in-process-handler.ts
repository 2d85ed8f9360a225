import { HttpResponse } from '@smithy/core/transport';
import type { HttpEndpoint, RequestOrigin } from '../../simulator/wire/http.ts';

interface SdkRequest {
  readonly method: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A request handler for real SDK clients that reaches an endpoint of the simulated world without a socket. */
export function inProcessHandler(endpoint: HttpEndpoint, origin: RequestOrigin = { kind: 'outside', name: '' }) {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    destroy() {},
    async handle(request: SdkRequest): Promise<{ response: HttpResponse }> {
      const headers = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]);
      const response = await endpoint.handle(
        {
          method: request.method,
          host: request.hostname,
          port: request.port ?? 443,
          path: request.path + queryString(request.query ?? {}),
          headers: Object.fromEntries(headers),
          body: await bytesOf(request.body),
        },
        origin,
      );
      if (!(response.body instanceof Uint8Array)) throw new Error('the in-process handler does not stream');
      const body = new Response(new Uint8Array(response.body)).body;
      return { response: new HttpResponse({ statusCode: response.status, headers: { ...response.headers }, body }) };
    },
  };
}

function queryString(query: Readonly<Record<string, string | readonly string[] | null>>): string {
  const parts = Object.entries(query).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).map((each) =>
      each === null ? encodeURIComponent(key) : `${encodeURIComponent(key)}=${encodeURIComponent(String(each))}`,
    ),
  );
  return parts.length > 0 ? `?${parts.join('&')}` : '';
}

async function bytesOf(body: unknown): Promise<Uint8Array> {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return Uint8Array.from(body); // as a wire does: whoever sent it may use it again
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
