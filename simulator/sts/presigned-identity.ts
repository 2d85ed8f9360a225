import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { AwsError, type Caller } from '../cloud/service.ts';
import type { Credentials } from '../iam/credentials.ts';

/** What a verified presigned GetCallerIdentity URL proves. */
export interface PresignedIdentity {
  readonly caller: Caller;
  readonly accessKeyId: string;
  /** Names in lower case. A Kubernetes authenticator requires `x-k8s-aws-id` among them. */
  readonly signedHeaders: readonly string[];
  /** Epoch milliseconds: fifteen minutes after the signature's date, whatever X-Amz-Expires says. */
  readonly expiresAt: number;
}

// STS takes a presigned request for so long; it does not look at X-Amz-Expires (aws-iam-authenticator's token format).
const lifetimeMs = 15 * 60_000;
const token = 'k8s-aws-v1.';

/** The URL inside a bearer token of aws-iam-authenticator (`k8s-aws-v1.` and base64url); `undefined` for other tokens. */
export function presignedUrlOf(bearerToken: string): string | undefined {
  return bearerToken.startsWith(token)
    ? Buffer.from(bearerToken.slice(token.length), 'base64url').toString()
    : undefined;
}

/**
 * Verifies a presigned `sts:GetCallerIdentity` URL as STS does: form, date and SigV4 signature with the issued secret.
 * `headers`: what is sent along besides Host (`x-k8s-aws-id`); names in lower case. `now`: epoch milliseconds.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 * @throws AwsError InvalidClientTokenId, SignatureDoesNotMatch, ExpiredToken, ValidationError.
 */
export function verifyPresignedIdentity(
  credentials: Credentials,
  url: string,
  headers: Readonly<Record<string, string>>,
  now: number,
): PresignedIdentity {
  const parsed = parse(url);
  const query = parsed.searchParams;
  const [accessKeyId = '', date = '', region = '', service = ''] = (query.get('X-Amz-Credential') ?? '').split('/');
  const issued = credentials.secretOf(accessKeyId);
  if (
    !issued ||
    (query.get('X-Amz-Security-Token') ?? '') !== issued.sessionToken ||
    credentials.hasExpired(accessKeyId)
  ) {
    throw new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.', {
      status: 403,
    });
  }
  const signedAt = parseDate(query.get('X-Amz-Date') ?? '');
  if (now > signedAt + lifetimeMs || now < signedAt - 5 * 60_000) {
    throw new AwsError('ExpiredToken', 'Signature expired', { status: 403 });
  }
  const signedHeaders = (query.get('X-Amz-SignedHeaders') ?? '').split(';');
  const canonical = canonicalRequest(parsed, signedHeaders, { ...headers, host: parsed.host });
  const scope = [date, region, service, 'aws4_request'].join('/');
  const toSign = ['AWS4-HMAC-SHA256', query.get('X-Amz-Date') ?? '', scope, sha256(canonical)].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${issued.secretAccessKey}`);
  if (!sameText(hmac(key, toSign).toString('hex'), query.get('X-Amz-Signature') ?? '')) {
    const message =
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
    throw new AwsError('SignatureDoesNotMatch', message, { status: 403 });
  }
  return { caller: credentials.lookup(accessKeyId), accessKeyId, signedHeaders, expiresAt: signedAt + lifetimeMs };
}

function parse(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const valid =
    parsed?.protocol === 'https:' &&
    /^sts(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?$/.test(parsed.host) &&
    parsed.pathname === '/' &&
    parsed.searchParams.get('Action') === 'GetCallerIdentity' &&
    parsed.searchParams.get('X-Amz-Algorithm') === 'AWS4-HMAC-SHA256';
  if (!parsed || !valid)
    throw new AwsError('ValidationError', 'not a presigned GetCallerIdentity request', { status: 400 });
  return parsed;
}

function canonicalRequest(
  url: URL,
  signedHeaders: readonly string[],
  headers: Readonly<Record<string, string>>,
): string {
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${uriEscape(name)}=${uriEscape(value)}`)
    .sort();
  const lines = signedHeaders.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/\s+/g, ' ')}\n`);
  return ['GET', url.pathname, query.join('&'), lines.join(''), signedHeaders.join(';'), sha256('')].join('\n');
}

// encodeURIComponent leaves what SigV4 escapes.
function uriEscape(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function parseDate(text: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
