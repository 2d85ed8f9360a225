import { Sha256 } from '@smithy/core/checksum';
import { HttpRequest } from '@smithy/core/protocols';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsAccess } from './aws-access.ts';

/** Together they are what a step may be held up. */
const TRIES_MS = [600, 350];
const CONNECT_MS = 300;

let handler: NodeHttpHandler | undefined;

/**
 * Writes an object of JSON, in a second at most. One signed request: most functions have no client of S3, which would cost each of their cold starts more than the record.
 * @throws Error when it is not written, as far as anybody knows
 */
export async function putAuditRecord(
  aws: Pick<AwsAccess, 'region' | 'credentials'>,
  { bucket, key, endpoint }: { readonly bucket: string; readonly key: string; readonly endpoint?: string | undefined },
  record: object,
): Promise<void> {
  const body = JSON.stringify(record);
  let failure: unknown;
  for (const timeoutMs of TRIES_MS) {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      return await put(aws, addressOf(bucket, key, aws.region, endpoint), body, signal);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function put(
  { region, credentials }: Pick<AwsAccess, 'region' | 'credentials'>,
  { protocol, hostname, port, pathname }: URL,
  body: string,
  abortSignal: AbortSignal,
): Promise<void> {
  const signer = new SignatureV4({
    credentials: await credentials(),
    region,
    service: 's3',
    sha256: Sha256,
    uriEscapePath: false,
  });
  const request = new HttpRequest({
    method: 'PUT',
    protocol,
    hostname,
    ...(port !== '' && { port: Number(port) }),
    path: pathname,
    headers: { host: port === '' ? hostname : `${hostname}:${port}`, 'content-type': 'application/json' },
    body,
  });
  handler ??= new NodeHttpHandler({ connectionTimeout: CONNECT_MS });
  const { response } = await handler.handle((await signer.sign(request)) as HttpRequest, { abortSignal });
  for await (const _ of response.body as AsyncIterable<unknown>);
  if (response.statusCode !== 200) throw new Error(`S3 answered ${response.statusCode}`);
}

// China has a suffix of its own (docs.aws.amazon.com/general/latest/gr/s3.html). Stand-ins are addressed by path.
function addressOf(bucket: string, key: string, region: string, endpoint: string | undefined): URL {
  if (endpoint !== undefined) return new URL(`/${bucket}/${key}`, endpoint);
  return new URL(`https://${bucket}.s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/${key}`);
}
