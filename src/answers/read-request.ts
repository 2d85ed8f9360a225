import * as z from 'zod/mini';

/** What a function URL gives to its function: docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads */
const Request = z.object({
  rawPath: z.optional(z.string()),
  rawQueryString: z.optional(z.string()),
  body: z.nullish(z.string()),
  isBase64Encoded: z.optional(z.boolean()),
  requestContext: z.object({
    domainName: z.string(),
    requestId: z.string(),
    http: z.object({ method: z.string(), sourceIp: z.string() }),
  }),
});

/** Somebody has opened a link, or pressed its button. */
export interface AnswerRequest {
  /** Of this one request. */
  readonly id: string;
  readonly method: string;
  /** Those of the link when it is opened, those of the form when the button is pressed. */
  readonly fields: Readonly<Record<string, string>>;
  /** Address that it came from. */
  readonly from: string;
  /** `https://<id>.lambda-url.<region>.on.aws/` */
  readonly base: string;
}

/** undefined: nothing that a function URL gives. */
export function readAnswerRequest(event: unknown): AnswerRequest | undefined {
  const parsed = z.safeParse(Request, event);
  if (!parsed.success) return undefined;
  const { rawQueryString = '', body, isBase64Encoded, requestContext } = parsed.data;
  const { method, sourceIp } = requestContext.http;
  const { requestId: id } = requestContext;
  const text = isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString('utf8') : (body ?? '');
  const fields = Object.fromEntries(new URLSearchParams(method === 'POST' ? text : rawQueryString));
  return { id, method, fields, from: sourceIp, base: `https://${requestContext.domainName}/` };
}
