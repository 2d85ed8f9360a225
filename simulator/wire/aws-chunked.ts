import { AwsError } from '../cloud/service.ts';
import { toText } from './codec.ts';
import type { HttpRequest } from './http.ts';

/**
 * Takes the aws-chunked framing off a request: `<hex size>[;chunk-signature=…]\r\n<data>\r\n … 0\r\n<trailers>\r\n\r\n`.
 * Trailers (`x-amz-checksum-crc32`) become headers. Requests without the framing come back as they are.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 * @throws AwsError IncompleteBody when the framing does not add up.
 */
export function withoutAwsChunks(request: HttpRequest): HttpRequest {
  const encoding = request.headers['content-encoding'] ?? '';
  const streaming = request.headers['x-amz-content-sha256']?.startsWith('STREAMING-') ?? false;
  if (!streaming && !encoding.includes('aws-chunked')) return request;
  const { data, trailers } = unframe(request.body);
  const left = encoding
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'aws-chunked')
    .join(',');
  const { 'content-encoding': _, ...headers } = request.headers;
  return {
    ...request,
    headers: { ...headers, ...trailers, ...(left ? { 'content-encoding': left } : {}) },
    body: data,
  };
}

function unframe(body: Uint8Array): { readonly data: Uint8Array; readonly trailers: Record<string, string> } {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = buffer.indexOf('\r\n', at);
    const size = lineEnd < 0 ? Number.NaN : Number.parseInt(buffer.toString('latin1', at, lineEnd), 16);
    if (Number.isNaN(size)) throw incomplete();
    at = lineEnd + 2;
    if (size === 0) return { data: Buffer.concat(chunks), trailers: readTrailers(toText(buffer.subarray(at))) };
    if (at + size + 2 > buffer.length) throw incomplete();
    chunks.push(buffer.subarray(at, at + size));
    at += size + 2;
  }
}

function readTrailers(text: string): Record<string, string> {
  const pairs = text.split(/\r?\n/).flatMap((line) => {
    const [, name, value] = /^([^:]+):\s*(.*?)\s*$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value] as const];
  });
  return Object.fromEntries(pairs);
}

function incomplete(): AwsError {
  const message = 'You did not provide the number of bytes specified by the Content-Length HTTP header';
  return new AwsError('IncompleteBody', message, { status: 400 });
}
