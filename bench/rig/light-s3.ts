import type { IncomingMessage, ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';

/** Bytes as they came in, never put together: copying them would cost as much as receiving them. */
interface Stored {
  readonly chunks: readonly Buffer[];
  readonly bytes: number;
  /** Base64; where the client has said one, it is compared. */
  readonly crc32: string;
  readonly encryption: string;
}

interface Upload {
  readonly key: string;
  readonly encryption: string;
  readonly parts: Map<number, Stored>;
}

/**
 * As much of S3 as snapshots need, with as little work as it can be done with: what a client is measured against shares the machine with it, and the real S3 does not. Compares the
 * CRC-32 of whatever is said to have one, reads no signature, and knows one bucket. One object and one in parts cost it the same for each byte.
 */
export class LightS3 {
  readonly #objects = new Map<string, Stored>();
  readonly #uploads = new Map<string, Upload>();
  #begun = 0;

  clear(): void {
    this.#objects.clear();
    this.#uploads.clear();
  }

  /** Answers one request. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://s3');
    const key = decodeURIComponent(pathname.split('/').slice(2).join('/'));
    const method = request.method ?? 'GET';
    if (method === 'PUT') return this.#put(request, response, key, searchParams);
    if (method === 'POST') return this.#post(request, response, key, searchParams);
    if (method === 'DELETE') {
      if (!this.#uploads.delete(searchParams.get('uploadId') ?? '')) this.#objects.delete(key);
      response.writeHead(204).end();
      return;
    }
    if (key === '') return send(response, this.#listing(searchParams));
    this.#get(request, response, key, method === 'HEAD');
  }

  async #put(request: IncomingMessage, response: ServerResponse, key: string, query: URLSearchParams): Promise<void> {
    const upload = this.#uploads.get(query.get('uploadId') ?? '');
    const stored = await received(request, upload?.encryption ?? encryptionOf(request));
    const said = request.headers['x-amz-checksum-crc32'] ?? stored.crc32;
    if (said !== stored.crc32) return send(response, error('BadDigest'), 400);
    if (upload) upload.parts.set(Number(query.get('partNumber')), stored);
    else this.#objects.set(key, stored);
    response.writeHead(200, { etag: `"${Buffer.from(stored.crc32).toString('hex')}"` }).end();
  }

  async #post(request: IncomingMessage, response: ServerResponse, key: string, query: URLSearchParams): Promise<void> {
    const { chunks } = await received(request, '');
    if (query.has('uploads')) {
      this.#begun += 1;
      const id = `upload-${this.#begun}`;
      this.#uploads.set(id, { key, encryption: encryptionOf(request), parts: new Map() });
      return send(
        response,
        `<InitiateMultipartUploadResult>${element('UploadId', id)}</InitiateMultipartUploadResult>`,
      );
    }
    const id = query.get('uploadId') ?? '';
    const upload = this.#uploads.get(id);
    if (!upload) return send(response, error('NoSuchUpload'), 404);
    const numbers = [
      ...Buffer.concat(chunks)
        .toString()
        .matchAll(/<PartNumber>(\d+)</g),
    ].map(([, number]) => Number(number));
    const parts = numbers.flatMap((number) => upload.parts.get(number) ?? []);
    const whole = stored(
      parts.flatMap((part) => part.chunks),
      upload.encryption,
    );
    if (parts.length !== numbers.length) return send(response, error('InvalidPart'), 400);
    if ((request.headers['x-amz-checksum-crc32'] ?? whole.crc32) !== whole.crc32)
      return send(response, error('BadDigest'), 400);
    this.#uploads.delete(id);
    this.#objects.set(upload.key, whole);
    send(response, `<CompleteMultipartUploadResult>${element('Key', key)}</CompleteMultipartUploadResult>`);
  }

  #get(request: IncomingMessage, response: ServerResponse, key: string, isHead: boolean): void {
    const object = this.#objects.get(key);
    if (!object) {
      send(response, isHead ? '' : error('NoSuchKey'), 404);
      return;
    }
    const [, first = '0', last = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const end = Math.min(object.bytes, last === '' ? object.bytes : Number(last) + 1);
    response.writeHead(request.headers.range === undefined ? 200 : 206, {
      'content-length': end - Number(first),
      'content-range': `bytes ${first}-${end - 1}/${object.bytes}`,
      ...(request.headers.range === undefined && { 'x-amz-checksum-crc32': object.crc32 }),
      'x-amz-server-side-encryption': object.encryption,
    });
    if (!isHead) for (const chunk of range(object.chunks, Number(first), end)) response.write(chunk);
    response.end();
  }

  #listing(query: URLSearchParams): string {
    if (query.has('uploads')) return '<ListMultipartUploadsResult></ListMultipartUploadsResult>';
    const found = [...this.#objects].filter(([key]) => key.startsWith(query.get('prefix') ?? ''));
    const contents = found.map(
      ([key, { bytes }]) =>
        `<Contents>${element('Key', key)}${element('Size', String(bytes))}${element('LastModified', new Date().toISOString())}</Contents>`,
    );
    return `<ListBucketResult>${contents.join('')}<IsTruncated>false</IsTruncated></ListBucketResult>`;
  }
}

async function received(request: IncomingMessage, encryption: string): Promise<Stored> {
  const chunks: Buffer[] = [];
  // Not by the stream's iterator, which puts together what has come in meanwhile.
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve, reject) => request.once('end', resolve).once('error', reject));
  return stored(chunks, encryption);
}

function stored(chunks: readonly Buffer[], encryption: string): Stored {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(chunks.reduce((running, chunk) => crc32(chunk, running), 0));
  const bytes = chunks.reduce((total, { length }) => total + length, 0);
  return { chunks, bytes, crc32: sum.toString('base64'), encryption };
}

function* range(chunks: readonly Buffer[], first: number, end: number): Generator<Buffer> {
  let at = 0;
  for (const chunk of chunks) {
    const some = chunk.subarray(Math.max(0, first - at), Math.max(0, end - at));
    if (some.length > 0) yield some;
    at += chunk.length;
  }
}

function encryptionOf({ headers }: IncomingMessage): string {
  return String(headers['x-amz-server-side-encryption'] ?? 'AES256');
}

function element(name: string, text: string): string {
  return `<${name}>${text}</${name}>`;
}

function error(code: string): string {
  return `<Error>${element('Code', code)}${element('Message', code)}</Error>`;
}

function send(response: ServerResponse, text: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(text);
}
